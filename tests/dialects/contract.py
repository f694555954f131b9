"""What every dialect promises, in a form that one shared module can test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from httpx import Response

from pagelapse.capture.jobs import CaptureJob
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import PagelapseError


def _is_the_picture(response: Response, job: CaptureJob) -> None:
    assert response.content == job.job_id.encode()


@dataclass(frozen=True)
class Contract:
    """A dialect's documented example and its errors.

    `tests/dialects/<name>/contract.py` holds one as `CONTRACT`.
    """

    path: str
    """Of the endpoint that takes a picture by GET."""
    key_parameter: str
    example: Mapping[str, str]
    """The vendor's documented example request, without the key."""
    options: CaptureOptions
    """The capture that the example asks for."""
    bad_parameters: Mapping[str, str]
    """Parameters out of range, each to be named in the answer."""
    errors: Mapping[type[PagelapseError], tuple[int, str]]
    """HTTP status and vendor's code, also for `PagelapseError` itself: anything that is our own fault."""
    unknown_connector: tuple[int, str]
    no_route: tuple[int, str]
    wrong_method: tuple[int, str]
    error_of: Callable[[Response], str]
    """The vendor's code in an error answer; asserts the vendor's form around it."""
    url_parameter: str = "url"
    connector_parameter: str = "connector_id"
    assert_taken: Callable[[Response, CaptureJob], None] = _is_the_picture
    """That the answer to a successful capture gives the job's picture, in the vendor's way."""

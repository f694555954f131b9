"""Browshot's errors: JSON with `error` and `status`, or the not-found picture with `X-Error` (docs/adr/0033).

The vendor answers 403 to what is malformed and 200 to everything else, errors included; the simple API has statuses of
its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi.responses import JSONResponse, Response

from pagelapse.dialects.answers import SAFE_HEADERS, printable
from pagelapse.dialects.browshot.parsing import OPTION_NAMES
from pagelapse.errors import (
    AccountSuspended,
    CaptureError,
    ConnectorNotFound,
    ExportFailed,
    InvalidKey,
    InvalidOption,
    InvalidSignature,
    InvalidUrl,
    JobNotFound,
    JobPending,
    MissingKey,
    PagelapseError,
    RateLimitExceeded,
    ServiceBusy,
    UsageLimitExceeded,
)

OURS = "Something went wrong on our side."
_RETRY_AFTER_S = "3"


class Refused(PagelapseError):
    """A well-formed request that can't be fulfilled; the message is the vendor's."""

    code = "refused"


_MALFORMED = (MissingKey, InvalidKey, InvalidSignature, AccountSuspended, InvalidOption, ConnectorNotFound)
_UNFULFILLED = (Refused, UsageLimitExceeded, JobNotFound, JobPending, ExportFailed)


def describe(error: PagelapseError) -> str:
    """The error in the vendor's words where its text has some; led by the caller's own parameter where there is one."""
    if isinstance(error, InvalidUrl):
        return "Wrong URL format"
    if isinstance(error, UsageLimitExceeded):
        return "No free screenshots available"
    if not _is_known(error):
        return OURS
    if error.option is None:
        return error.message
    return f"{OPTION_NAMES.get(error.option, error.option)}: {error.message}"


def json_status(error: PagelapseError) -> int:
    """The status of a JSON answer."""
    if isinstance(error, _MALFORMED):
        return HTTPStatus.FORBIDDEN
    if isinstance(error, RateLimitExceeded):
        return HTTPStatus.TOO_MANY_REQUESTS
    if isinstance(error, ServiceBusy):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.OK if isinstance(error, (*_UNFULFILLED, CaptureError)) else HTTPStatus.INTERNAL_SERVER_ERROR


def simple_status(error: PagelapseError) -> int:
    """The status of the simple API's answer to a request that came to no screenshot."""
    if isinstance(error, (*_MALFORMED, UsageLimitExceeded, JobNotFound)):
        return HTTPStatus.BAD_REQUEST
    return json_status(error)


def json_failure(status: int, content: Mapping[str, object], message: str, headers: Mapping[str, str]) -> JSONResponse:
    """A failure as JSON."""
    all_headers = {**SAFE_HEADERS, "Cache-Control": "no-store", "X-Error": printable(message), **headers}
    return JSONResponse(dict(content), status, headers=all_headers)


def text_failure(status: int, message: str, headers: Mapping[str, str]) -> Response:
    """A failure of the simple API: the description is in a header, and in the body for people."""
    all_headers = {**SAFE_HEADERS, "Cache-Control": "no-store", "X-Error": printable(message), **headers}
    return Response(message, status, media_type="text/plain; charset=utf-8", headers=all_headers)


def not_found_picture(message: str) -> Response:
    """404 with the picture that stands for a missing one."""
    headers = {**SAFE_HEADERS, "Cache-Control": "no-store", "X-Error": printable(message)}
    return Response(_not_found_png(), 404, media_type="image/png", headers=headers)


def retry_after(error: PagelapseError) -> dict[str, str]:
    """When to ask again, where that helps."""
    if isinstance(error, RateLimitExceeded):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": _RETRY_AFTER_S} if isinstance(error, ServiceBusy) else {}


@cache
def _not_found_png() -> bytes:
    return Path(__file__).with_name("not-found.png").read_bytes()


def _is_known(error: PagelapseError) -> bool:
    return isinstance(error, (*_MALFORMED, *_UNFULFILLED, CaptureError, RateLimitExceeded))

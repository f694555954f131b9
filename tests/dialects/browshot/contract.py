"""Browshot's promises, from its text: "Simple API"."""

from __future__ import annotations

from httpx import Response
from tests.dialects.contract import Contract

from pagelapse.capture.jobs import CaptureJob
from pagelapse.capture.options import CaptureOptions, Viewport
from pagelapse.errors import (
    BrowserLost,
    CaptureError,
    CaptureTimeout,
    ElementNotFound,
    InvalidKey,
    InvalidOption,
    InvalidUrl,
    MissingKey,
    PagelapseError,
    PictureImpossible,
    ServiceBusy,
    TargetRefused,
    TargetUnreachable,
    UsageLimitExceeded,
)

NO_PICTURE = (404, "picture")


def error_of(response: Response) -> str:
    """What an error comes as. The vendor has no codes: `X-Error` describes it; the body repeats that, or is a PNG."""
    assert response.headers["X-Error"]
    if response.headers["Content-Type"] == "image/png":
        assert response.content.startswith(b"\x89PNG")
        return "picture"
    if response.headers["Content-Type"] == "application/json":
        assert response.json() == {"error": response.headers["X-Error"], "status": "error"}
        return "json"
    assert response.text == response.headers["X-Error"]
    return "text"


def _is_the_picture(response: Response, job: CaptureJob) -> None:
    assert response.content == job.job_id.encode()
    assert response.headers["Content-Type"] == "image/png"


CONTRACT = Contract(
    path="/api/v1/simple",
    key_parameter="key",
    example={"url": "http://mobilito.net/", "instance_id": "12"},
    options=CaptureOptions(
        url="http://mobilito.net/",
        viewport=Viewport(width=1024, height=768),
        type="png",
        delay_ms=5000,
        inventory=True,
    ),
    bad_parameters={"delay": "11", "instance_id": "999", "size": "large", "width": "0", "screen": "big", "cookie": "a"},
    errors={
        MissingKey: (400, "text"),
        InvalidKey: (400, "text"),
        UsageLimitExceeded: (400, "text"),
        InvalidUrl: (400, "text"),
        InvalidOption: (400, "text"),
        TargetRefused: NO_PICTURE,
        TargetUnreachable: NO_PICTURE,
        CaptureTimeout: NO_PICTURE,
        ElementNotFound: NO_PICTURE,
        PictureImpossible: NO_PICTURE,
        ServiceBusy: NO_PICTURE,
        BrowserLost: NO_PICTURE,
        CaptureError: NO_PICTURE,
        PagelapseError: (500, "text"),
    },
    unknown_connector=(400, "text"),
    no_route=(404, "json"),
    wrong_method=(405, "json"),
    error_of=error_of,
    assert_taken=_is_the_picture,
)

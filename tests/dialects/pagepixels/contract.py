"""PagePixels' promises, from its text: "API Errors", "HTTP Status Codes", "Quick Snaps"."""

from __future__ import annotations

from httpx import Response
from tests.dialects.contract import Contract

from pagelapse.capture.options import CaptureOptions, Viewport
from pagelapse.errors import (
    ActionFailed,
    BrowserLost,
    CaptureError,
    CaptureTimeout,
    ElementNotFound,
    InvalidActions,
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


def error_of(response: Response) -> str:
    """The `error_code` of a failure in the vendor's form."""
    body = response.json()
    assert body["success"] is False
    assert set(body) == {"success", "error_code", "note"}
    assert isinstance(body["note"], str)
    return str(body["error_code"])


CONTRACT = Contract(
    path="/snap",
    key_parameter="access_token",
    example={"url": "https://en.wikipedia.org/wiki/Perseverance_(rover)"},
    options=CaptureOptions(
        url="https://en.wikipedia.org/wiki/Perseverance_(rover)",
        viewport=Viewport(width=1920, height=1000),
        type="jpeg",
        quality=100,
        delay_ms=1500,
    ),
    bad_parameters={"wait": "20001", "page_width": "0", "image_format": "gif", "fullpage": "perhaps"},
    errors={
        MissingKey: (401, "missing_access_token"),
        InvalidKey: (401, "invalid_access_token"),
        UsageLimitExceeded: (403, "usage_limit_exceeded"),
        InvalidUrl: (400, "missing_or_invalid_url"),
        InvalidActions: (400, "invalid_multi_step_actions"),
        InvalidOption: (400, "unexpected_error"),
        TargetRefused: (400, "missing_or_invalid_url"),
        TargetUnreachable: (400, "missing_or_invalid_url"),
        CaptureTimeout: (408, "unexpected_error"),
        ElementNotFound: (400, "unexpected_error"),
        ActionFailed: (400, "unexpected_error"),
        PictureImpossible: (400, "unexpected_error"),
        ServiceBusy: (503, "unexpected_error"),
        BrowserLost: (500, "unexpected_error"),
        CaptureError: (500, "unexpected_error"),
        PagelapseError: (500, "unexpected_error"),
    },
    unknown_connector=(404, "unexpected_error"),
    no_route=(404, "unexpected_error"),
    wrong_method=(405, "unexpected_error"),
    error_of=error_of,
)

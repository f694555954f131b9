"""Pixcap's promises, from its text: "GET /screenshot", "Parameters", "Error Codes"."""

from __future__ import annotations

from httpx import Response
from tests.dialects.contract import Contract

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


def error_of(response: Response) -> str:
    """The code of a failure in the vendor's form; the rate limit's headers are on every one."""
    body = response.json()
    assert body["success"] is False
    assert set(body) == {"success", "error"}
    assert set(body["error"]) == {"code", "message"}
    assert isinstance(body["error"]["message"], str)
    for name in ("Limit", "Remaining", "Reset"):
        assert response.headers[f"X-RateLimit-{name}"].isdecimal()
    return str(body["error"]["code"])


CONTRACT = Contract(
    path="/api/v1/screenshot",
    key_parameter="api_key",
    example={"url": "https://stripe.com", "width": "1440", "format": "png"},
    options=CaptureOptions(url="https://stripe.com", viewport=Viewport(width=1440, height=800), type="png"),
    bad_parameters={"width": "319", "height": "2161", "scale": "4", "delay": "10001", "format": "gif"},
    errors={
        MissingKey: (401, "API_KEY_REQUIRED"),
        InvalidKey: (401, "INVALID_API_KEY"),
        UsageLimitExceeded: (402, "INSUFFICIENT_CREDITS"),
        InvalidUrl: (400, "INVALID_URL"),
        InvalidOption: (400, "INVALID_PARAMETER"),
        TargetRefused: (400, "URL_BLOCKED"),
        TargetUnreachable: (500, "CAPTURE_ERROR"),
        CaptureTimeout: (500, "CAPTURE_ERROR"),
        ElementNotFound: (400, "INVALID_PARAMETER"),
        PictureImpossible: (500, "CAPTURE_ERROR"),
        ServiceBusy: (500, "CAPTURE_ERROR"),
        BrowserLost: (500, "CAPTURE_ERROR"),
        CaptureError: (500, "CAPTURE_ERROR"),
        PagelapseError: (500, "INTERNAL_ERROR"),
    },
    unknown_connector=(404, "CONNECTOR_NOT_FOUND"),
    no_route=(404, "NOT_FOUND"),
    wrong_method=(405, "METHOD_NOT_ALLOWED"),
    error_of=error_of,
)

"""Our own API's promises: docs/native-api.md."""

from __future__ import annotations

from httpx import Response
from tests.dialects.contract import Contract

from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import (
    ActionFailed,
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
    """The `code` of a problem (RFC 9457)."""
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert set(body) - {"parameter"} == {"type", "title", "status", "code", "detail"}
    assert body["type"] == f"urn:pagelapse:{body['code']}"
    assert body["status"] == response.status_code
    return str(body["code"])


CONTRACT = Contract(
    path="/pagelapse/v1/picture",
    key_parameter="key",
    example={"url": "https://example.com/", "full_page": "true"},
    options=CaptureOptions(url="https://example.com/", full_page=True),
    bad_parameters={
        "quality": "101",
        "viewport": "0x10",
        "type": "gif",
        "full_page": "perhaps",
        "delay_ms": "30001",
        "max_age": "-1",
    },
    errors={
        MissingKey: (401, "missing_key"),
        InvalidKey: (401, "invalid_key"),
        UsageLimitExceeded: (403, "usage_limit_exceeded"),
        InvalidUrl: (400, "invalid_url"),
        InvalidOption: (400, "invalid_option"),
        TargetRefused: (422, "target_refused"),
        TargetUnreachable: (422, "target_unreachable"),
        CaptureTimeout: (504, "capture_timeout"),
        ElementNotFound: (422, "element_not_found"),
        ActionFailed: (422, "action_failed"),
        PictureImpossible: (422, "picture_impossible"),
        ServiceBusy: (503, "service_busy"),
        BrowserLost: (502, "browser_lost"),
        CaptureError: (502, "capture_failed"),
        PagelapseError: (500, "internal_error"),
    },
    unknown_connector=(404, "connector_not_found"),
    no_route=(404, "not_found"),
    wrong_method=(405, "method_not_allowed"),
    error_of=error_of,
    connector_parameter="connector",
)

"""GetScreenshot's promises, from its text "API Overview" and its published parameters."""

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

KEYS = {"status", "message", "screenshotImage", "screenshot", "url", "width", "height"}


def error_of(response: Response) -> str:
    """The `status` of a failure in the vendor's form."""
    body = response.json()
    assert set(body) == {"status", "message"}
    assert isinstance(body["message"], str)
    return str(body["status"])


def assert_taken(response: Response, job: CaptureJob) -> None:
    """The JSON links to the job's picture."""
    body = response.json()
    assert set(body) == KEYS
    assert body["screenshotImage"] == body["screenshot"] == f"https://pictures.test/{job.key_prefix}.bin"


CONTRACT = Contract(
    path="/v1/get-screenshot",
    key_parameter="apikey",
    example={"url": "https://www.apple.com"},
    options=CaptureOptions(
        url="https://www.apple.com",
        viewport=Viewport(width=1280, height=800),
        type="png",
        delay_ms=2000,
        scroll=True,
    ),
    bad_parameters={"timewait": "30001", "width": "0", "format": "gif", "fullpage": "perhaps", "preset": "nokia"},
    errors={
        MissingKey: (403, "denied"),
        InvalidKey: (403, "denied"),
        UsageLimitExceeded: (429, "denied"),
        InvalidUrl: (400, "failed"),
        InvalidOption: (400, "failed"),
        TargetRefused: (400, "failed"),
        TargetUnreachable: (400, "failed"),
        CaptureTimeout: (504, "failed"),
        ElementNotFound: (400, "failed"),
        PictureImpossible: (400, "failed"),
        ServiceBusy: (503, "failed"),
        BrowserLost: (500, "failed"),
        CaptureError: (500, "failed"),
        PagelapseError: (500, "failed"),
    },
    unknown_connector=(404, "failed"),
    no_route=(404, "failed"),
    wrong_method=(405, "failed"),
    error_of=error_of,
    assert_taken=assert_taken,
)

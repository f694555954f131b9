"""SavePage's promises, from its text: "Required parameters", "Optional parameters", "Error codes"."""

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

TEXTS = {
    "461": "Cannot verify the API Key",
    "462": "Invalid or blank URL sent",
    "471": "Invalid security hash, access denied",
    "472": "IP restricted, access denied",
    "473": "Origin restricted, access denied",
    "474": "Too many requests from the same IP address",
    "481": "All workers are busy, please try again later",
    "482": "Too many requests, limit exceeded for this plan",
    "483": "Too many screenshots, limit exceeded for this plan",
    "490": "Rendering error, cannot generate screenshot",
    "491": "Cache error, cannot fetch the cached image",
}


def error_of(response: Response) -> str:
    """The vendor's number of a failure in its form; `none` where it has none."""
    body = response.json()
    assert set(body) == {"error"}
    number = str(response.headers.get("X-Error-Code", "none"))
    assert body["error"] == TEXTS.get(number, body["error"])
    return number


CONTRACT = Contract(
    path="/v1/",
    key_parameter="key",
    example={"q": "https://en.wikipedia.org/wiki/Perseverance_(rover)"},
    options=CaptureOptions(
        url="https://en.wikipedia.org/wiki/Perseverance_(rover)",
        viewport=Viewport(width=1440, height=900),
        type="jpeg",
    ),
    bad_parameters={"delay": "21", "width": "0", "format": "gif", "fullpage": "perhaps", "refresh": "-2"},
    errors={
        MissingKey: (422, "461"),
        InvalidKey: (422, "461"),
        UsageLimitExceeded: (422, "483"),
        InvalidUrl: (422, "462"),
        InvalidOption: (422, "none"),
        TargetRefused: (422, "462"),
        TargetUnreachable: (422, "490"),
        CaptureTimeout: (422, "490"),
        ElementNotFound: (422, "490"),
        PictureImpossible: (422, "490"),
        ServiceBusy: (422, "481"),
        BrowserLost: (422, "490"),
        CaptureError: (422, "490"),
        PagelapseError: (422, "490"),
    },
    unknown_connector=(422, "none"),
    no_route=(404, "none"),
    wrong_method=(405, "none"),
    error_of=error_of,
    url_parameter="q",
)

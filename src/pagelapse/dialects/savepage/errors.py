"""SavePage's error form: status 422 and `{"error": …}`. Its numbers are in `X-Error-Code` (docs/adr/0024)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi.responses import JSONResponse

from pagelapse.dialects.answers import SAFE_HEADERS, printable
from pagelapse.dialects.savepage.params import OPTION_NAMES
from pagelapse.errors import (
    AccountSuspended,
    AddressRateExceeded,
    AddressRestricted,
    CaptureError,
    CaptureTimeout,
    InvalidKey,
    InvalidOption,
    InvalidSignature,
    InvalidUrl,
    MissingKey,
    OriginRestricted,
    PagelapseError,
    RateLimitExceeded,
    ServiceBusy,
    StorageFailed,
    TargetRefused,
    UsageLimitExceeded,
)


@dataclass(frozen=True, slots=True)
class Code:
    """One of the vendor's "Error codes"."""

    number: int
    text: str


KEY = Code(461, "Cannot verify the API Key")
URL = Code(462, "Invalid or blank URL sent")
HASH = Code(471, "Invalid security hash, access denied")
ADDRESS = Code(472, "IP restricted, access denied")
ORIGIN = Code(473, "Origin restricted, access denied")
ADDRESS_REQUESTS = Code(474, "Too many requests from the same IP address")
BUSY = Code(481, "All workers are busy, please try again later")
REQUESTS = Code(482, "Too many requests, limit exceeded for this plan")
SCREENSHOTS = Code(483, "Too many screenshots, limit exceeded for this plan")
RENDERING = Code(490, "Rendering error, cannot generate screenshot")
CACHE = Code(491, "Cache error, cannot fetch the cached image")

_RETRY_AFTER_S = "3"

_CODES: tuple[tuple[type[PagelapseError], Code], ...] = (
    (MissingKey, KEY),
    (AddressRestricted, ADDRESS),
    (OriginRestricted, ORIGIN),
    (InvalidKey, KEY),
    (AccountSuspended, KEY),
    (InvalidSignature, HASH),
    (UsageLimitExceeded, SCREENSHOTS),
    (AddressRateExceeded, ADDRESS_REQUESTS),
    (RateLimitExceeded, REQUESTS),
    (InvalidUrl, URL),
    (TargetRefused, URL),
    (ServiceBusy, BUSY),
    (CaptureError, RENDERING),
    (StorageFailed, CACHE),
)
"""The first class that fits decides. A bad parameter has no number of its own."""


def error_response(error: PagelapseError) -> JSONResponse:
    """An error in the vendor's form; the text of a number is the vendor's, what we know more is in a header."""
    if isinstance(error, InvalidOption) and not isinstance(error, InvalidUrl):
        return failure(_reason(error), headers=_retry_after(error))
    for kind, code in _CODES:
        if isinstance(error, kind):
            return _coded(code, _retry_after(error) | {"X-Error-Reason": printable(_reason(error))})
    return internal_error()


def internal_error() -> JSONResponse:
    """Something broke on our side; the log says what."""
    return _coded(RENDERING, {})


def failure(
    text: str, *, status: int = HTTPStatus.UNPROCESSABLE_ENTITY, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The vendor's form of a failure."""
    return JSONResponse(
        {"error": text}, status, headers={**SAFE_HEADERS, "Cache-Control": "no-store", **(headers or {})}
    )


def _coded(code: Code, headers: dict[str, str]) -> JSONResponse:
    return failure(code.text, headers={"X-Error-Code": str(code.number), **headers})


def _retry_after(error: PagelapseError) -> dict[str, str]:
    if isinstance(error, RateLimitExceeded):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": _RETRY_AFTER_S} if isinstance(error, ServiceBusy | CaptureTimeout) else {}


def _reason(error: PagelapseError) -> str:
    """The message, led by the caller's own parameter where there is one."""
    return error.message if error.option is None else f"{OPTION_NAMES.get(error.option, error.option)}: {error.message}"

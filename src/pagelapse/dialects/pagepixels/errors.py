"""PagePixels' error form: `{"success": false, "error_code": …, "note": …}`.

The vendor's list of codes is closed and has none for a bad option, a page that fails or a time-out: these are
`unexpected_error` with an HTTP status of the vendor's table and a `note` that says more (docs/adr).
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import JSONResponse

from pagelapse.dialects.pagepixels.params import OPTION_NAMES
from pagelapse.errors import (
    CaptureError,
    CaptureTimeout,
    ElementNotFound,
    InvalidKey,
    InvalidOption,
    InvalidSignature,
    InvalidUrl,
    MissingKey,
    PagelapseError,
    PictureImpossible,
    ServiceBusy,
    TargetRefused,
    TargetUnreachable,
    UsageLimitExceeded,
)

UNEXPECTED = "unexpected_error"
SAFE_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
"""For every answer: nothing that a page or a caller sent may run or be taken for something else on our origin."""

_RETRY_AFTER_S = "3"

_FORMS: tuple[tuple[type[PagelapseError], HTTPStatus, str], ...] = (
    (MissingKey, HTTPStatus.UNAUTHORIZED, "missing_access_token"),
    (InvalidKey, HTTPStatus.UNAUTHORIZED, "invalid_access_token"),
    (InvalidSignature, HTTPStatus.FORBIDDEN, "invalid_hash_key"),
    # Not 429, which the vendor's table keeps for "too quickly": waiting a second does not help.
    (UsageLimitExceeded, HTTPStatus.FORBIDDEN, "usage_limit_exceeded"),
    (InvalidUrl, HTTPStatus.BAD_REQUEST, "missing_or_invalid_url"),
    (InvalidOption, HTTPStatus.BAD_REQUEST, UNEXPECTED),
    (TargetRefused, HTTPStatus.BAD_REQUEST, "missing_or_invalid_url"),
    (TargetUnreachable, HTTPStatus.BAD_REQUEST, "missing_or_invalid_url"),
    (CaptureTimeout, HTTPStatus.REQUEST_TIMEOUT, UNEXPECTED),
    (ElementNotFound, HTTPStatus.BAD_REQUEST, UNEXPECTED),
    (PictureImpossible, HTTPStatus.BAD_REQUEST, UNEXPECTED),
    (ServiceBusy, HTTPStatus.SERVICE_UNAVAILABLE, UNEXPECTED),
    (CaptureError, HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED),
)
"""The first class that fits decides."""


def error_response(error: PagelapseError) -> JSONResponse:
    """An error that has a form of its own; any other is ours, and says no more than that."""
    for kind, status, code in _FORMS:
        if isinstance(error, kind):
            retry = {"Retry-After": _RETRY_AFTER_S} if kind in (ServiceBusy, CaptureTimeout) else {}
            return failure(status, code, _note(error), headers=retry)
    return internal_error()


def internal_error() -> JSONResponse:
    """Something broke on our side; the log says what."""
    return failure(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED, "Something went wrong on our side.")


def failure(status: int, code: str, note: str, *, headers: dict[str, str] | None = None) -> JSONResponse:
    """The vendor's form of a failure."""
    body = {"success": False, "error_code": code, "note": note}
    return JSONResponse(body, status, headers={**SAFE_HEADERS, "Cache-Control": "no-store", **(headers or {})})


def _note(error: PagelapseError) -> str:
    """The message, led by the caller's own parameter where there is one."""
    if error.option is None:
        return error.message
    return f"{OPTION_NAMES.get(error.option, error.option)}: {error.message}"

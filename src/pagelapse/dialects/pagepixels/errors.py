"""PagePixels' error form: `{"success": false, "error_code": …, "note": …}`.

The vendor's list of codes is closed and has none for a bad option, a page that fails or a time-out: these are
`unexpected_error` with an HTTP status of the vendor's table and a `note` that says more (docs/adr).
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import JSONResponse

from pagelapse.dialects.pagepixels.actions import in_vendor_terms
from pagelapse.dialects.pagepixels.params import OPTION_NAMES
from pagelapse.errors import (
    AccountSuspended,
    ActionFailed,
    AnalysisFailed,
    CaptureError,
    CaptureTimeout,
    CaptureUnderWay,
    ConfigurationNotFound,
    ConnectorNotFound,
    ConnectorOffline,
    ConnectorTimeout,
    ElementNotFound,
    InvalidActions,
    InvalidKey,
    InvalidOption,
    InvalidPage,
    InvalidSchedule,
    InvalidSignature,
    InvalidUrl,
    JobNotFound,
    JobPending,
    MissingKey,
    PagelapseError,
    PictureImpossible,
    RateLimitExceeded,
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
    (RateLimitExceeded, HTTPStatus.TOO_MANY_REQUESTS, "rate_limit_exceeded"),
    (AccountSuspended, HTTPStatus.FORBIDDEN, "billing_not_up_to_date"),
    (ConfigurationNotFound, HTTPStatus.NOT_FOUND, "screenshot_configuration_not_found"),
    (JobNotFound, HTTPStatus.NOT_FOUND, "screenshot_not_found"),
    # The vendor's table has neither 202 nor 409; its "can't be fulfilled" fits both.
    (CaptureUnderWay, HTTPStatus.BAD_REQUEST, "screenshot_already_in_progress"),
    (JobPending, HTTPStatus.BAD_REQUEST, "screenshot_capturing_in_progress"),
    (InvalidSchedule, HTTPStatus.BAD_REQUEST, "invalid_schedule_provided"),
    (InvalidUrl, HTTPStatus.BAD_REQUEST, "missing_or_invalid_url"),
    (InvalidActions, HTTPStatus.BAD_REQUEST, "invalid_multi_step_actions"),
    (InvalidOption, HTTPStatus.BAD_REQUEST, UNEXPECTED),
    (TargetRefused, HTTPStatus.BAD_REQUEST, "missing_or_invalid_url"),
    (TargetUnreachable, HTTPStatus.BAD_REQUEST, "missing_or_invalid_url"),
    (CaptureTimeout, HTTPStatus.REQUEST_TIMEOUT, UNEXPECTED),
    (ElementNotFound, HTTPStatus.BAD_REQUEST, UNEXPECTED),
    (ActionFailed, HTTPStatus.BAD_REQUEST, UNEXPECTED),
    (PictureImpossible, HTTPStatus.BAD_REQUEST, UNEXPECTED),
    (ServiceBusy, HTTPStatus.SERVICE_UNAVAILABLE, UNEXPECTED),
    (ConnectorNotFound, HTTPStatus.NOT_FOUND, UNEXPECTED),
    (ConnectorOffline, HTTPStatus.SERVICE_UNAVAILABLE, UNEXPECTED),
    (ConnectorTimeout, HTTPStatus.REQUEST_TIMEOUT, UNEXPECTED),
    (CaptureError, HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED),
    (AnalysisFailed, HTTPStatus.BAD_GATEWAY, UNEXPECTED),
)
"""The first class that fits decides."""

_PAGE_CODES = {
    "page": "invalid_page_number",
    "limit": "invalid_limit",
    "after": "invalid_after_date",
    "before": "invalid_before_date",
}


def error_response(error: PagelapseError) -> JSONResponse:
    """An error that has a form of its own; any other is ours, and says no more than that."""
    if isinstance(error, InvalidPage):
        return failure(HTTPStatus.BAD_REQUEST, _PAGE_CODES.get(error.option or "", UNEXPECTED), _note(error))
    for kind, status, code in _FORMS:
        if isinstance(error, kind):
            return failure(status, code, _note(error), headers=_retry_after(error))
    return internal_error()


def _retry_after(error: PagelapseError) -> dict[str, str]:
    if isinstance(error, RateLimitExceeded):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": _RETRY_AFTER_S} if isinstance(error, ServiceBusy | CaptureTimeout | ConnectorOffline) else {}


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
    message = in_vendor_terms(error.message) if isinstance(error, ActionFailed) else error.message
    return f"{OPTION_NAMES.get(error.option, error.option)}: {message}"

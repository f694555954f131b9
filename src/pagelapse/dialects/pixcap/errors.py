"""Pixcap's error form: `{"success": false, "error": {"code": …, "message": …}}`, and its codes ("Error Codes")."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import JSONResponse

from pagelapse.errors import (
    AccountSuspended,
    ArchiveExpired,
    CaptureError,
    CaptureTimeout,
    ConnectorNotFound,
    ConnectorOffline,
    ConnectorTimeout,
    ElementNotFound,
    EmailTaken,
    InvalidKey,
    InvalidOption,
    InvalidUrl,
    JobFailed,
    JobNotFound,
    JobPending,
    KeyNotFound,
    LastKey,
    MissingKey,
    PagelapseError,
    RateLimitExceeded,
    RegistrationClosed,
    ServiceBusy,
    SitemapUnusable,
    TargetRefused,
    TooManyKeys,
    UsageLimitExceeded,
)

SAFE_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
"""For every answer: nothing that a page or a caller sent may run or be taken for something else on our origin."""

_RETRY_AFTER_S = "3"

_FORMS: tuple[tuple[type[PagelapseError], HTTPStatus, str], ...] = (
    (MissingKey, HTTPStatus.UNAUTHORIZED, "API_KEY_REQUIRED"),
    (InvalidKey, HTTPStatus.UNAUTHORIZED, "INVALID_API_KEY"),
    (AccountSuspended, HTTPStatus.UNAUTHORIZED, "INVALID_API_KEY"),
    (UsageLimitExceeded, HTTPStatus.PAYMENT_REQUIRED, "INSUFFICIENT_CREDITS"),
    (RateLimitExceeded, HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED"),
    (InvalidUrl, HTTPStatus.BAD_REQUEST, "INVALID_URL"),
    (SitemapUnusable, HTTPStatus.BAD_REQUEST, "SITEMAP_NOT_FOUND"),
    (InvalidOption, HTTPStatus.BAD_REQUEST, "INVALID_PARAMETER"),
    (TargetRefused, HTTPStatus.BAD_REQUEST, "URL_BLOCKED"),
    (ElementNotFound, HTTPStatus.BAD_REQUEST, "INVALID_PARAMETER"),
    (ConnectorNotFound, HTTPStatus.NOT_FOUND, "CONNECTOR_NOT_FOUND"),
    (ConnectorOffline, HTTPStatus.SERVICE_UNAVAILABLE, "CONNECTOR_OFFLINE"),
    (ConnectorTimeout, HTTPStatus.GATEWAY_TIMEOUT, "CONNECTOR_TIMEOUT"),
    (JobNotFound, HTTPStatus.NOT_FOUND, "JOB_NOT_FOUND"),
    (JobPending, HTTPStatus.CONFLICT, "JOB_NOT_COMPLETED"),
    (JobFailed, HTTPStatus.CONFLICT, "JOB_FAILED"),
    (ArchiveExpired, HTTPStatus.GONE, "DOWNLOAD_EXPIRED"),
    (CaptureError, HTTPStatus.INTERNAL_SERVER_ERROR, "CAPTURE_ERROR"),
    (RegistrationClosed, HTTPStatus.FORBIDDEN, "REGISTRATION_CLOSED"),
    (EmailTaken, HTTPStatus.CONFLICT, "EMAIL_ALREADY_REGISTERED"),
    (TooManyKeys, HTTPStatus.CONFLICT, "API_KEY_LIMIT_REACHED"),
    (LastKey, HTTPStatus.CONFLICT, "LAST_API_KEY"),
    (KeyNotFound, HTTPStatus.NOT_FOUND, "API_KEY_NOT_FOUND"),
)
"""The first class that fits decides."""


def error_response(error: PagelapseError) -> JSONResponse:
    """An error that has a form of its own; any other is ours, and says no more than that."""
    message = error.message if error.option is None else f"{error.option}: {error.message}"
    for kind, status, code in _FORMS:
        if isinstance(error, kind):
            return failure(status, code, message, headers=_retry_after(error))
    return internal_error()


def _retry_after(error: PagelapseError) -> dict[str, str]:
    if isinstance(error, RateLimitExceeded):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": _RETRY_AFTER_S} if isinstance(error, ServiceBusy | CaptureTimeout | ConnectorOffline) else {}


def internal_error() -> JSONResponse:
    """Something broke on our side; the log says what."""
    return failure(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Something went wrong on our side.")


def failure(status: int, code: str, message: str, *, headers: dict[str, str] | None = None) -> JSONResponse:
    """The vendor's form of a failure."""
    body = {"success": False, "error": {"code": code, "message": message}}
    return JSONResponse(body, status, headers={**SAFE_HEADERS, "Cache-Control": "no-store", **(headers or {})})

"""GetScreenshot's error form, `{"status": …, "message": …}`: `denied` to who may not ask, `failed` for the rest."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from fastapi.responses import JSONResponse

from pagelapse.dialects.answers import SAFE_HEADERS
from pagelapse.dialects.getscreenshot.params import OPTION_NAMES
from pagelapse.errors import (
    AccountSuspended,
    ActionFailed,
    CaptureTimeout,
    ElementNotFound,
    ExportFailed,
    InvalidKey,
    InvalidOption,
    InvalidSignature,
    MissingKey,
    PagelapseError,
    PictureImpossible,
    RateLimitExceeded,
    ServiceBusy,
    TargetRefused,
    TargetUnreachable,
    UsageLimitExceeded,
)

Status = Literal["denied", "failed"]

_RETRY_AFTER_S = "3"

_FORMS: tuple[tuple[type[PagelapseError], HTTPStatus, Status], ...] = (
    (MissingKey, HTTPStatus.FORBIDDEN, "denied"),
    (InvalidKey, HTTPStatus.FORBIDDEN, "denied"),
    (InvalidSignature, HTTPStatus.FORBIDDEN, "denied"),
    (AccountSuspended, HTTPStatus.FORBIDDEN, "denied"),
    (UsageLimitExceeded, HTTPStatus.TOO_MANY_REQUESTS, "denied"),
    (RateLimitExceeded, HTTPStatus.TOO_MANY_REQUESTS, "denied"),
    (InvalidOption, HTTPStatus.BAD_REQUEST, "failed"),
    (TargetRefused, HTTPStatus.BAD_REQUEST, "failed"),
    (TargetUnreachable, HTTPStatus.BAD_REQUEST, "failed"),
    (ElementNotFound, HTTPStatus.BAD_REQUEST, "failed"),
    (ActionFailed, HTTPStatus.BAD_REQUEST, "failed"),
    (PictureImpossible, HTTPStatus.BAD_REQUEST, "failed"),
    (ExportFailed, HTTPStatus.BAD_REQUEST, "failed"),
    (CaptureTimeout, HTTPStatus.GATEWAY_TIMEOUT, "failed"),
    (ServiceBusy, HTTPStatus.SERVICE_UNAVAILABLE, "failed"),
)
"""The first class that fits decides; any other is a failed capture."""


def error_response(error: PagelapseError) -> JSONResponse:
    """An error in the vendor's form."""
    for kind, code, status in _FORMS:
        if isinstance(error, kind):
            return failure(code, status, _message(error), headers=_retry_after(error))
    return failure(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", _message(error))


def internal_error() -> JSONResponse:
    """Something broke on our side; the log says what."""
    return failure(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", "Something went wrong on our side.")


def failure(code: int, status: Status, message: str, *, headers: dict[str, str] | None = None) -> JSONResponse:
    """The vendor's form of a failure."""
    shown = {**SAFE_HEADERS, "Cache-Control": "no-store", **(headers or {})}
    return JSONResponse({"status": status, "message": message}, code, headers=shown)


def _retry_after(error: PagelapseError) -> dict[str, str]:
    if isinstance(error, RateLimitExceeded):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": _RETRY_AFTER_S} if isinstance(error, ServiceBusy | CaptureTimeout) else {}


def _message(error: PagelapseError) -> str:
    """The message, led by the caller's own parameter where there is one."""
    return error.message if error.option is None else f"{OPTION_NAMES.get(error.option, error.option)}: {error.message}"

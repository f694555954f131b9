"""Errors as problem details (RFC 9457): `code` is stable, `detail` is for people, `parameter` is the one at fault."""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.responses import Response

from pagelapse.dialects.answers import SAFE_HEADERS
from pagelapse.dialects.native.params import OPTION_NAMES
from pagelapse.errors import (
    AccountSuspended,
    ActionFailed,
    BrowserLost,
    CaptureError,
    CaptureTimeout,
    CaptureUnderWay,
    ConfigurationNotFound,
    ConnectorNotFound,
    ConnectorOffline,
    ConnectorTimeout,
    ElementNotFound,
    InvalidKey,
    InvalidOption,
    InvalidSignature,
    JobFailed,
    JobNotFound,
    JobPending,
    KeyReused,
    MadeElsewhere,
    MissingKey,
    PagelapseError,
    PictureImpossible,
    RateLimitExceeded,
    RequestUnderWay,
    ServiceBusy,
    StorageFailed,
    TargetRefused,
    TargetUnreachable,
    UsageLimitExceeded,
)

MEDIA_TYPE = "application/problem+json"

_RETRY_AFTER_S = "3"

STATUSES: tuple[tuple[type[PagelapseError], HTTPStatus], ...] = (
    (MissingKey, HTTPStatus.UNAUTHORIZED),
    (InvalidKey, HTTPStatus.UNAUTHORIZED),
    (InvalidSignature, HTTPStatus.FORBIDDEN),
    (AccountSuspended, HTTPStatus.FORBIDDEN),
    # Not 429, after which clients ask again: that does not help before the month ends.
    (UsageLimitExceeded, HTTPStatus.FORBIDDEN),
    (RateLimitExceeded, HTTPStatus.TOO_MANY_REQUESTS),
    (ConfigurationNotFound, HTTPStatus.NOT_FOUND),
    (JobNotFound, HTTPStatus.NOT_FOUND),
    (ConnectorNotFound, HTTPStatus.NOT_FOUND),
    (CaptureUnderWay, HTTPStatus.CONFLICT),
    (JobPending, HTTPStatus.CONFLICT),
    (JobFailed, HTTPStatus.CONFLICT),
    (RequestUnderWay, HTTPStatus.CONFLICT),
    (MadeElsewhere, HTTPStatus.CONFLICT),
    (KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InvalidOption, HTTPStatus.BAD_REQUEST),
    (TargetRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TargetUnreachable, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ElementNotFound, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ActionFailed, HTTPStatus.UNPROCESSABLE_ENTITY),
    (PictureImpossible, HTTPStatus.UNPROCESSABLE_ENTITY),
    (CaptureTimeout, HTTPStatus.GATEWAY_TIMEOUT),
    (ConnectorTimeout, HTTPStatus.GATEWAY_TIMEOUT),
    (ConnectorOffline, HTTPStatus.SERVICE_UNAVAILABLE),
    (ServiceBusy, HTTPStatus.SERVICE_UNAVAILABLE),
    (BrowserLost, HTTPStatus.BAD_GATEWAY),
    (CaptureError, HTTPStatus.BAD_GATEWAY),
    (StorageFailed, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""The first class that fits decides."""


def error_response(error: PagelapseError) -> Response:
    """An error that a caller may see; any other is ours, and says no more than that."""
    for kind, status in STATUSES:
        if isinstance(error, kind):
            name = OPTION_NAMES.get(error.option, error.option) if error.option else None
            detail = error.message if name is None else f"{name}: {error.message}"
            return problem(status, error.code, detail, parameter=name, headers=_headers(error))
    return internal_error()


def internal_error() -> Response:
    """Something broke on our side; the log says what."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong on our side.")


def problem(
    status: int, code: str, detail: str, *, parameter: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """A problem of the kind `code`."""
    title = code.replace("_", " ").capitalize()
    content = {"type": f"urn:pagelapse:{code}", "title": title, "status": int(status), "code": code, "detail": detail}
    if parameter is not None:
        content["parameter"] = parameter
    body = json.dumps(content, ensure_ascii=False).encode(errors="replace")
    safe = {**SAFE_HEADERS, "Cache-Control": "no-store", **(headers or {})}
    return Response(body, status, headers=safe, media_type=MEDIA_TYPE)


def _headers(error: PagelapseError) -> dict[str, str]:
    if isinstance(error, MissingKey | InvalidKey):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, RateLimitExceeded):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": _RETRY_AFTER_S} if isinstance(error, ServiceBusy | CaptureTimeout | ConnectorOffline) else {}

"""Pixcap's answers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from fastapi.responses import JSONResponse, RedirectResponse, Response

from pagelapse.accounts import Caller
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.answers import target_headers
from pagelapse.dialects.pixcap.errors import SAFE_HEADERS
from pagelapse.services.snaps import Snap

UNLIMITED_CREDITS = 999_999_999
"""What an account without a limit is shown: the vendor's clients read a number."""

_MAX_IGNORED = 20
_PLAIN_NAME = re.compile(r"(?!pl_)[A-Za-z0-9_.\-\[\]]{1,40}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


def success(data: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The vendor's envelope."""
    shown = {**SAFE_HEADERS, "Cache-Control": "no-store", **(headers or {})}
    return JSONResponse({"success": True, "data": data}, status, headers=shown)


def timestamp(unix_ms: float) -> str:
    """ISO 8601 in UTC with milliseconds: `2024-01-15T10:30:00.000Z`."""
    moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def credits_left(caller: Caller, *, spent: int = 0) -> int:
    """What the account may still capture this month, after `spent` more than when it was read."""
    left = caller.captures_left
    return UNLIMITED_CREDITS if left is None else max(0, left - spent)


def image_response(snap: Snap, headers: Mapping[str, str]) -> Response:
    """The picture itself; a redirect to it where it is too large for Lambda (docs/adr)."""
    if snap.body is None:
        return RedirectResponse(snap.link, 302, headers=dict(headers))
    return Response(snap.body, media_type=snap.picture.file.media_type, headers=dict(headers))


def json_response(
    snap: Snap, options: CaptureOptions, elapsed_ms: int, credits_remaining: int, headers: Mapping[str, str]
) -> JSONResponse:
    """The picture as base64; a link to it where it is too large for Lambda (docs/adr)."""
    picture = snap.picture
    data: dict[str, object] = {"image": None if snap.body is None else base64.b64encode(snap.body).decode()}
    if snap.body is None:
        data["image_url"] = snap.link
    data["metadata"] = {
        "url": options.url,
        "width": picture.file.width,
        "height": picture.file.height,
        "format": options.type,
        "responseTimeMs": elapsed_ms,
        "timestamp": timestamp(picture.taken_at_ms),
    }
    return success({**data, "credits_remaining": credits_remaining}, headers=headers)


def capture_headers(snap: Snap, elapsed_ms: int, credits_remaining: int, ignored: Iterable[str]) -> dict[str, str]:
    """The text's headers of a picture, and what we say about it besides."""
    picture = snap.picture
    headers = {
        **SAFE_HEADERS,
        "Cache-Control": "no-store",
        "X-Screenshot-Width": str(picture.file.width),
        "X-Screenshot-Height": str(picture.file.height),
        "X-Response-Time": f"{elapsed_ms}ms",
        "X-Credits-Remaining": str(credits_remaining),
        "X-Pagelapse-Source": snap.source,
        "X-Pagelapse-Job": picture.job_id,
        "X-Pagelapse-Complete": "true" if picture.complete else "false",
        **target_headers(picture.target),
    }
    if picture.shortfall:
        headers["X-Pagelapse-Shortfall"] = _UNPRINTABLE.sub("?", picture.shortfall)[:200]
    return headers | ignored_header(ignored)


def ignored_header(ignored: Iterable[str]) -> dict[str, str]:
    """The parameters that nobody looked at, as far as their names are harmless."""
    names = [name for name in ignored if _PLAIN_NAME.fullmatch(name)][:_MAX_IGNORED]
    return {"X-Pagelapse-Ignored": ", ".join(names)} if names else {}

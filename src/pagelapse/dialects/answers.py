"""Headers that answers of several dialects share."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response

from pagelapse.capture.jobs import Target
from pagelapse.dialects.request_log import note
from pagelapse.errors import PagelapseError
from pagelapse.observability import log_unexpected
from pagelapse.services.snaps import Snap

SAFE_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
"""For every answer: nothing that a page or a caller sent may run or be taken for something else on our origin."""

_MAX_IGNORED = 20
_MAX_URL = 2_000
_MAX_TARGET_HEADERS = 3_000
"""Bytes of JSON. API Gateway passes on 10,240 bytes of headers (AWS quota), ours among them."""

_PLAIN_NAME = re.compile(r"(?!pl_)[A-Za-z0-9_.\-\[\]]{1,40}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


async def guarded(
    request: Request,
    handler: Callable[[], Awaitable[Response]],
    error_response: Callable[[PagelapseError], Response],
    internal_error: Callable[[], Response],
) -> Response:
    """The handler's answer, or its failure in the vendor's form; nobody sees a traceback, and the log says why.

    Args:
        request: What was asked.
        handler: Answers it.
        error_response: The vendor's form of an error that a caller may see.
        internal_error: That of a failure of our own.
    """
    try:
        return await handler()
    except PagelapseError as error:
        note(request.scope, error=error.code, why=error.message, option=error.option)
        return error_response(error)
    except Exception as error:  # noqa: BLE001 - the last resort: the caller gets the vendor's form, the log the cause
        note(request.scope, error="internal_error")
        log_unexpected(error)
        return internal_error()


def snap_headers(snap: Snap, ignored: Iterable[str] = ()) -> dict[str, str]:
    """What we say about a picture beside what the vendor says."""
    picture = snap.picture
    headers = {
        **SAFE_HEADERS,
        "X-Pagelapse-Source": snap.source,
        "X-Pagelapse-Job": picture.job_id,
        "X-Pagelapse-Complete": "true" if picture.complete else "false",
        **target_headers(picture.target),
    }
    if picture.shortfall:
        headers["X-Pagelapse-Shortfall"] = printable(picture.shortfall)
    return headers | ignored_header(ignored)


def target_headers(target: Target) -> dict[str, str]:
    """What the page's own server answered, where one did: status, address after redirects, headers as JSON."""
    told = {}
    if target.status is not None:
        told["X-Pagelapse-Target-Status"] = str(target.status)
    if target.url:
        told["X-Pagelapse-Target-Url"] = _UNPRINTABLE.sub("?", target.url)[:_MAX_URL]
    shown = _shown(target.headers)
    if shown:
        told["X-Pagelapse-Target-Headers"] = json.dumps(shown, separators=(",", ":"))
    return told


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    """As many as an answer has room for, in the server's order; cookies are the capture's own secret."""
    shown, left = {}, _MAX_TARGET_HEADERS
    for name, value in headers.items():
        size = len(json.dumps({name: value}))
        if size <= left and name.lower() not in ("set-cookie", "set-cookie2"):
            shown[name] = value
            left -= size
    return shown


def ignored_header(ignored: Iterable[str]) -> dict[str, str]:
    """Names the parameters that were not looked at."""
    names = [name for name in ignored if _PLAIN_NAME.fullmatch(name)][:_MAX_IGNORED]
    return {"X-Pagelapse-Ignored": ", ".join(names)} if names else {}


def printable(text: str) -> str:
    """What of a text fits into a header: ASCII, 200 characters."""
    return _UNPRINTABLE.sub("?", text)[:200]


def http_date(seconds: int) -> str:
    """Unix time in the form of HTTP's dates (RFC 9110, 5.6.7)."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)

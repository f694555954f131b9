"""PagePixels' answers to a snap."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fastapi.responses import JSONResponse, RedirectResponse, Response

from pagelapse.dialects.answers import target_headers
from pagelapse.dialects.pagepixels.errors import SAFE_HEADERS
from pagelapse.services.snaps import Snap

MAX_TEXT_BYTES = 1_500_000
"""HTML that still fits Lambda's 6 MB answer after JSON escaping; longer documents are linked to."""

_NAMES = {"text/plain; charset=utf-8": "text", "text/markdown; charset=utf-8": "markdown"}
_MAX_IGNORED = 20
_PLAIN_NAME = re.compile(r"(?!pl_)[A-Za-z0-9_.\-\[\]]{1,40}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


def file_response(snap: Snap, ignored: Iterable[str]) -> Response:
    """The image or the document itself; a redirect to it where it is too large for Lambda (docs/adr)."""
    headers = _headers(snap, ignored)
    media_type = snap.picture.file.media_type
    is_text = not media_type.startswith("image/")
    if snap.body is None or (is_text and len(snap.body) > MAX_TEXT_BYTES):
        return RedirectResponse(snap.link, 302, headers=headers)
    return Response(snap.body, media_type=media_type, headers=headers)


def links_response(snap: Snap, ignored: Iterable[str]) -> JSONResponse:
    """`json=true`: the shape of the vendor's jobs and screenshots; a snap belongs to no configuration."""
    screenshot = {
        "screenshot_configuration_id": "",
        "direct_link": snap.link,
        "direct_thumbnail_link": snap.thumbnail_link,
        "taken_at_timestamp": snap.picture.taken_at_ms // 1000,
        "job_id": snap.picture.job_id,
    }
    answer: dict[str, object] = {"success": True, "screenshot": screenshot}
    if snap.body is not None and len(snap.body) <= MAX_TEXT_BYTES:
        answer[_NAMES.get(snap.picture.file.media_type, "html")] = snap.body.decode(errors="replace")
    return JSONResponse(answer, headers=_headers(snap, ignored))


def _headers(snap: Snap, ignored: Iterable[str]) -> dict[str, str]:
    picture = snap.picture
    headers = {
        **SAFE_HEADERS,
        "Cache-Control": f"private, max-age={snap.max_age_s}",
        "X-Pagelapse-Source": snap.source,
        "X-Pagelapse-Job": picture.job_id,
        "X-Pagelapse-Complete": "true" if picture.complete else "false",
        **target_headers(picture.target),
    }
    if picture.shortfall:
        headers["X-Pagelapse-Shortfall"] = _UNPRINTABLE.sub("?", picture.shortfall)[:200]
    return headers | ignored_header(ignored)


def ignored_header(ignored: Iterable[str]) -> dict[str, str]:
    """Names the parameters that were not looked at."""
    names = [name for name in ignored if _PLAIN_NAME.fullmatch(name)][:_MAX_IGNORED]
    return {"X-Pagelapse-Ignored": ", ".join(names)} if names else {}

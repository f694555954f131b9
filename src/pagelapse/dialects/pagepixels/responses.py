"""PagePixels' answers to a snap."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.responses import JSONResponse, RedirectResponse, Response

from pagelapse.dialects.answers import snap_headers
from pagelapse.services.snaps import Snap

MAX_TEXT_BYTES = 1_500_000
"""HTML that still fits Lambda's 6 MB answer after JSON escaping; longer documents are linked to."""

_NAMES = {"text/plain; charset=utf-8": "text", "text/markdown; charset=utf-8": "markdown"}


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
    return snap_headers(snap, ignored) | {"Cache-Control": f"private, max-age={snap.max_age_s}"}

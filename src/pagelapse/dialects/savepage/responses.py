"""SavePage's answers: the image, a redirect to one that is too large, or that nothing has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from fastapi.responses import RedirectResponse, Response

from pagelapse.dialects.answers import SAFE_HEADERS, http_date, snap_headers
from pagelapse.records import Picture
from pagelapse.services.snaps import Snap


def image_response(snap: Snap, max_age_s: int, ignored: Iterable[str]) -> Response:
    """The image itself; a redirect to it where it is too large for Lambda (docs/adr/0012)."""
    headers = snap_headers(snap, ignored) | _caching(snap.picture, max_age_s)
    if snap.body is None:
        return RedirectResponse(snap.link, HTTPStatus.FOUND, headers=headers)
    return Response(snap.body, media_type=snap.file.media_type, headers=headers)


def not_modified(picture: Picture, max_age_s: int) -> Response:
    """The client's copy is still good, and may be kept for another `max_age_s` seconds."""
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=SAFE_HEADERS | _caching(picture, max_age_s))


def has_not_changed(picture: Picture, if_modified_since: str | None) -> bool:
    """Whether the picture is no newer than the client's (RFC 9110, 13.1.3); a date that is none says nothing."""
    try:
        since = parsedate_to_datetime(if_modified_since or "")
    except (ValueError, OverflowError):
        return False
    if since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return picture.taken_at_ms // 1000 <= since.timestamp()


def _caching(picture: Picture, max_age_s: int) -> dict[str, str]:
    return {
        "Cache-Control": f"public, max-age={max_age_s}",
        "Last-Modified": http_date(picture.taken_at_ms // 1000),
    }

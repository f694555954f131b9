"""GetScreenshot's answers: JSON with the picture's address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi.responses import JSONResponse

from pagelapse.accounts import Caller
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.answers import SAFE_HEADERS, snap_headers
from pagelapse.services.snaps import Snap


def screenshot_response(
    snap: Snap, options: CaptureOptions, *, exported: str | None, ignored: Iterable[str]
) -> JSONResponse:
    """The picture's address under each of the names that clients look for.

    Args:
        snap: The picture.
        options: What was asked for; a PDF has the viewport's size.
        exported: Address of the copy in the caller's own bucket, in the place of ours.
        ignored: Parameters that nobody looked at.
    """
    link = exported or snap.link
    file, shortfall = snap.picture.file, snap.picture.shortfall
    answer: dict[str, object] = {
        "status": "success",
        "message": f"Captured before it was complete: {shortfall}." if shortfall else "Screenshot captured.",
        "screenshotImage": link,
        "screenshot": link,
        "url": options.url,
        "width": file.width or options.viewport.width,
        "height": file.height or options.viewport.height,
    }
    if options.output == "pdf":
        answer["screenshotPDF"] = link
    return JSONResponse(answer, headers=snap_headers(snap, ignored) | {"Cache-Control": "no-store"})


def usage_response(caller: Caller) -> JSONResponse:
    """The month's usage; an unlimited account has `null` as its quota."""
    limit = caller.account.screenshot_limit
    answer = {
        "status": "success",
        "usedQuota": caller.usage,
        "remainingQuota": caller.captures_left,
        "totalQuota": limit,
        "planName": "unlimited" if limit is None else f"{limit} screenshots a month",
        "resetDate": _next_month(datetime.now(UTC)).date().isoformat(),
    }
    return plain_response(answer)


def plain_response(answer: dict[str, object]) -> JSONResponse:
    """JSON that nobody keeps."""
    return JSONResponse(answer, headers={**SAFE_HEADERS, "Cache-Control": "no-store"})


def _next_month(now: datetime) -> datetime:
    return now.replace(year=now.year + now.month // 12, month=now.month % 12 + 1, day=1)

"""Pictures of nothing, taken again once there is something to see."""

from __future__ import annotations

import asyncio
import logging
import time

from pagelapse.capture.images import is_uniform
from pagelapse.capture.result import File
from pagelapse.capture.settled import take_settled_picture
from pagelapse.capture.steps import Shooting, arrange, dismiss_cookie_banner, hide, hide_blocked, quiet, reveal
from pagelapse.errors import CaptureTimeout

logger = logging.getLogger(__name__)

PATIENCE_S = 2.0
"""Seconds for a page's scripts to bring something, where the caller leaves the wait to us."""

ASK_LIMIT_S = 1.0
RETRY_NEEDS_S = 3.0


async def take_visible_picture(s: Shooting) -> File:
    """Take the picture, and once more when it has a single colour though the document has words or pictures.

    A page that has none yet, but scripts that may bring them, is waited for; one without scripts stays blank.

    Raises:
        CaptureError: As `take_settled_picture` does.
        BrowserGoneError: The browser gave no bytes.
    """
    file = await take_settled_picture(s)
    if not s.options.java_script_enabled or s.options.selector is not None or not await _is_blank(file):
        return file
    began = time.monotonic()
    visible = s.budget.remaining() > RETRY_NEEDS_S and await _becomes_visible(s)
    if visible:
        try:
            file = await _once_more(s)
        except CaptureTimeout:
            s.progress.shortfalls.append("the page was blank, and too busy to be pictured again")
    ended = {"taken_again": visible, "still_blank": not visible or await _is_blank(file)}
    logger.info("blank picture", extra={**ended, "took_ms": round((time.monotonic() - began) * 1000)})
    return file


async def _is_blank(file: File) -> bool:
    if file.width is None or file.height is None or len(file.body) > _most_bytes(file.width * file.height):
        return False
    return await asyncio.to_thread(is_uniform, file.body)


def _most_bytes(pixels: int) -> int:
    """What a picture of one colour takes at most in any format; more need not be looked at."""
    return 2_000 + pixels // 80


async def _becomes_visible(s: Shooting) -> bool:
    patience_s = PATIENCE_S if s.options.delay_ms is None else 0.0
    patience_s = min(patience_s, s.budget.allow(patience_s))
    try:
        return await s.page.wait_until_visible(patience_s=patience_s, timeout_s=patience_s + ASK_LIMIT_S)
    except TimeoutError:
        return False


async def _once_more(s: Shooting) -> File:
    for step in (quiet, dismiss_cookie_banner, hide_blocked, reveal, hide, arrange):
        await step(s)
    return await take_settled_picture(s)

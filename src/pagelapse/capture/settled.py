"""The last step of a picture: one shot, or as many as it takes until two in a row are equal."""

from __future__ import annotations

from pagelapse.capture.result import File
from pagelapse.capture.shot import take_picture
from pagelapse.capture.steps import Shooting

MAX_SHOTS = 6
STILL_LIMIT_S = 3.0
RESERVE_S = 3.0
"""Seconds that must be left for another shot."""


async def take_settled_picture(s: Shooting) -> File:
    """Take the picture; a deterministic one until it comes out the same twice.

    Raises:
        CaptureError: As `take_picture` does.
        BrowserGoneError: The browser gave no bytes.
    """
    if not s.options.deterministic:
        return await take_picture(s)
    await _hold_still(s)
    file = await take_picture(s)
    for _ in range(MAX_SHOTS - 1):
        if s.budget.remaining() < RESERVE_S:
            break
        await _hold_still(s)
        before, file = file, await take_picture(s)
        if file.body == before.body:
            return file
    s.progress.shortfalls.append("the page did not look the same twice")
    return file


async def _hold_still(s: Shooting) -> None:
    """A page too busy to be held still shows it by not looking the same twice."""
    try:
        await s.page.hold_still(timeout_s=s.budget.allow(STILL_LIMIT_S, reserve_s=RESERVE_S))
    except TimeoutError:
        return

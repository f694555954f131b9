"""What is kept beside a picture so that it can be compared with others: the page's text, and where not to look."""

from __future__ import annotations

import math

from pagelapse.capture.jobs import MAX_AREAS, Area
from pagelapse.capture.ports import Box
from pagelapse.capture.result import File, document
from pagelapse.capture.steps import STYLE_LIMIT_S, Shooting

MAX_TEXT = 500_000
"""Characters of a page's text that are kept."""

_MEASURE_LIMIT_S = 2.0
_READ_LIMIT_S = 5.0
_MISSING = "the elements that comparisons leave out could not be found"


async def note_ignored(s: Shooting) -> tuple[Area, ...]:
    """Where the elements that comparisons leave out are in the picture that was just taken."""
    if not s.options.ignored or s.options.output != "image":
        return ()
    try:
        shown = s.progress.pictured or await s.page.viewport_box(timeout_s=_limit_s(s, _MEASURE_LIMIT_S))
        boxes = await s.page.boxes(s.options.ignored, timeout_s=_limit_s(s, _MEASURE_LIMIT_S))
    except TimeoutError:
        s.progress.shortfalls.append(_MISSING)
        return ()
    scale = shown.zoom * s.options.device_scale_factor
    areas = (_area(box, shown, scale) for box in boxes[:MAX_AREAS])
    return tuple(area for area in areas if area is not None)


async def keep_text(s: Shooting) -> File | None:
    """What can be read of the page, without the elements that comparisons leave out. It hides those for good.

    A connector's agent has no place to store it.
    """
    if not s.options.keep_text or s.options.output != "image" or s.options.connector is not None:
        return None
    try:
        if s.options.ignored:
            await s.page.hide(s.options.ignored, timeout_s=_limit_s(s, STYLE_LIMIT_S))
        text = await s.page.text(timeout_s=_limit_s(s, _READ_LIMIT_S))
    except TimeoutError:
        s.progress.shortfalls.append("the page's text could not be read")
        return None
    return document("text", text[:MAX_TEXT])


def _limit_s(s: Shooting, seconds: float) -> float:
    return s.budget.allow(seconds, reserve_s=0)


def _area(box: Box, shown: Box, scale: float) -> Area | None:
    """A box of the page as the device px of a picture that shows `shown`, grown to whole ones; `None` outside of it."""
    left, top = math.floor((box.x - shown.x) * scale), math.floor((box.y - shown.y) * scale)
    right, bottom = math.ceil((box.x + box.width - shown.x) * scale), math.ceil((box.y + box.height - shown.y) * scale)
    right, bottom = min(right, math.ceil(shown.width * scale)), min(bottom, math.ceil(shown.height * scale))
    left, top = max(0, left), max(0, top)
    if left >= right or top >= bottom:
        return None
    return Area(x=left, y=top, width=right - left, height=bottom - top)

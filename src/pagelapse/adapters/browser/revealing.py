"""All of a page: what loads on scrolling, what scrolls inside, and what exists only while it is on the screen."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from contextlib import suppress
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Page

from pagelapse.adapters.browser.emulation import scale
from pagelapse.adapters.browser.navigation import first_line
from pagelapse.adapters.browser.reveal_scripts import (
    ARRANGE,
    GROWN,
    IN_FRAMES,
    MEASURE,
    OBSERVES,
    REVEAL,
    SURVEY,
    WATCH,
)
from pagelapse.adapters.browser.tabs import Session
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.ports import Box

logger = logging.getLogger(__name__)

MAX_WINDOW_PX = 30_000
"""Device px of height that the window grows to; what an inner part has beyond is not pictured."""

GROWTHS = 3
"""An inner part that loads more whenever it is longer is followed so many times."""

MAX_FRAMES = 20


class Revealing:
    """Does it to one page.

    The window grows to show what scrolls inside the page: whatever is laid out by the window's height follows by
    itself, lists that only have the rows on the screen included.
    """

    def __init__(self, page: Page, cdp: Session, options: CaptureOptions) -> None:
        self._page = page
        self._cdp = cdp
        self._options = options
        self._known_px: float | None = None
        self._grown_px = 0.0
        self._watched = False

    async def watch(self) -> None:
        """Notice what scripts do from the next document on."""
        await self._page.add_init_script(WATCH)
        self._watched = True

    def shows(self, clip: Box) -> bool:
        """Whether the window has grown to show it. Frames of other sites are painted there only, not beyond."""
        return clip.y + clip.height <= self._grown_px

    async def reveal(self, *, whole: bool, timeout_s: float) -> bool:
        """Scroll through the page; with `whole`, grow the window where that is what it takes.

        Called again, it goes on where it ended, if the document has grown since.

        Returns:
            Whether the document has changed meanwhile.
        """
        end = time.monotonic() + timeout_s
        survey, known_px = await self._ask(SURVEY), self._known_px
        if known_px is not None and survey["document"] <= known_px * 1.02:
            scrolls_inside = whole and survey["excess"] and not math.isinf(known_px)
            if not scrolls_inside:
                return False
        begin_px = known_px or 0
        grown = whole and await self._open_scroller(survey)
        listens = survey["document"] > survey["window"] and await self._listens_to_scrolling()
        left_ms = max(0.1, end - time.monotonic() - 0.1 * timeout_s) * 1000
        paced = listens or len(self._page.frames) > 1 or await self._observes()
        about = f"{_js(listens)}, {_js(whole and not grown)}, {_js(paced)}"
        told = await self._ask(f"{REVEAL}({left_ms:.0f}, {begin_px:.0f}, {about})")
        grown = grown or (told.get("windowed") is True and await self._grow(told["height"], survey))
        self._known_px = math.inf if grown else told.get("height", math.inf)
        await self._reveal_frames(max(0.1, end - time.monotonic() - 0.1))
        return bool(grown or told.get("changed"))

    async def arrange(self) -> None:
        """Put what is fixed to the window's lower edge at the page's."""
        await self._ask(ARRANGE)

    async def _open_scroller(self, survey: dict[str, Any]) -> bool:
        grown = False
        for _ in range(GROWTHS):
            if not survey["excess"] or not await self._grow(survey["window"] + survey["excess"], survey):
                break
            grown = True
            survey.update(await self._ask(SURVEY))
        return grown

    async def _grow(self, height: float, survey: dict[str, Any]) -> bool:
        """Make the window as high as `height`, CSS px of the page; `False` when it is as high as it may be."""
        zoom = survey["zoom"] or 1
        most = MAX_WINDOW_PX / self._options.device_scale_factor
        screen = math.ceil(min(height * zoom, most))
        if screen <= survey["window"] * zoom + 1:
            return False
        await self._ask(MEASURE)
        size = {"width": self._options.viewport.width, "height": screen}
        viewport = self._options.viewport.model_copy(update={"height": screen})
        await self._page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await scale(self._cdp, self._options.model_copy(update={"viewport": viewport}))
        await self._ask(f"{GROWN}({screen / zoom:.0f})")
        self._grown_px = screen / zoom
        return True

    async def _listens_to_scrolling(self) -> bool:
        found = await asyncio.gather(*(self._listeners(target) for target in ("window", "document")))
        return "scroll" in found[0] | found[1]

    async def _listeners(self, target: str) -> set[str]:
        with suppress(PlaywrightError):
            handle = await self._cdp.send("Runtime.evaluate", {"expression": target, "objectGroup": "pagelapse"})
            call = {"objectId": handle["result"]["objectId"]}
            told = await self._cdp.send("DOMDebugger.getEventListeners", call)
            return {listener["type"] for listener in told["listeners"]}
        return set()

    async def _observes(self) -> bool:
        """Whether a script looks at the page once a frame; unknown counts as yes."""
        if not self._watched:
            return True
        with suppress(PlaywrightError, KeyError):
            answer = await self._cdp.send("Runtime.evaluate", {"expression": OBSERVES, "returnByValue": True})
            return bool(answer["result"]["value"])
        return True

    async def _reveal_frames(self, limit_s: float) -> None:
        frames = self._page.frames[1 : 1 + MAX_FRAMES]
        if not frames:
            return
        works = (_reveal_frame(frame, limit_s) for frame in frames)
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*works, return_exceptions=True)

    async def _ask(self, expression: str) -> dict[str, Any]:
        """What an expression gives; nothing when the page goes elsewhere meanwhile, or has broken what it needs."""
        call = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        try:
            answer = await self._cdp.send("Runtime.evaluate", call)
        except PlaywrightError as error:
            logger.info("script ended early", extra={"reason": first_line(error)})
            answer = {}
        if "exceptionDetails" in answer:
            logger.info("script failed", extra={"reason": str(answer["exceptionDetails"].get("exception"))[:300]})
        value = answer.get("result", {}).get("value")
        nothing = {"excess": 0, "window": 0, "document": 0, "zoom": 1}
        return {**nothing, **value} if isinstance(value, dict) else nothing


async def _reveal_frame(frame: Frame, limit_s: float) -> None:
    """Let it load and paint; one that is on no part of the screen is not painted, and holds nobody up."""
    await frame.wait_for_load_state("load", timeout=limit_s * 1000)
    await frame.evaluate(f"{IN_FRAMES}({limit_s * 900:.0f})")


def _js(value: bool) -> str:
    return "true" if value else "false"

"""One page of Chromium's, as far as any tab can take it."""

from __future__ import annotations

import asyncio
import base64
import logging
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from pagelapse.adapters.browser import scripts
from pagelapse.adapters.browser.filtering import Filtering
from pagelapse.adapters.browser.inventory import list_inventory, measure
from pagelapse.adapters.browser.journey import target
from pagelapse.adapters.browser.lifeline import Lifeline
from pagelapse.adapters.browser.navigation import first_line, navigation_error
from pagelapse.adapters.browser.tabs import Answer, Session, Tab
from pagelapse.adapters.browser.timing import Timetable
from pagelapse.adapters.browser.worlds import evaluate_apart
from pagelapse.adapters.guard import Guard
from pagelapse.capture.jobs import Inventory, Target, Timings
from pagelapse.capture.options import LoadState
from pagelapse.capture.ports import Box, BrowserGoneError, ShotType

logger = logging.getLogger(__name__)

SHOT_ATTEMPTS = 4
FRAME_LIMIT_S = 1.0
FONTS_LEFT_AFTER_S = 3.5
"""Seconds of loading after which missing fonts alone are no reason to wait: Chromium shows another one after 3."""
ERROR_PAGE = "chrome-error://chromewebdata/"
ERROR_PAGE_LIMIT_S = 2.0


class TabPage:
    """The part of `capture.ports.Page` that any tab can do, Playwright's or a light one."""

    def __init__(self, browser: Browser, tab: Tab, cdp: Session, guard: Guard) -> None:
        self._tab = tab
        self._cdp = cdp
        self._guard = guard
        self._scripted = True
        self._filtering: Filtering | None = None
        self._timetable = Timetable(tab)
        self._life = Lifeline(browser, tab)

    @property
    def lost(self) -> bool:
        """Whether the page or its browser has crashed or ended."""
        return self._life.lost

    async def open(self, url: str, *, referer: str | None, timeout_s: float) -> Target:
        self._timetable.start(blank=False)
        try:
            response = await self._go(url, referer, timeout_s)
        except TimeoutError:
            await self._life.probe()
            raise
        except PlaywrightError as error:
            raise navigation_error(error.message, self._guard.last_refusal()) from None
        return target(self._tab.url, response)

    async def _go(self, url: str, referer: str | None, timeout_s: float) -> Answer | None:
        """Go to `url`, and again when it redirects to a host that is blocked elsewhere: now that is the page's own.

        Again, too, when the machine's network changed meanwhile, as it does when a container starts or ends there:
        Chromium then breaks off whatever is under way.
        """
        end = time.monotonic() + timeout_s
        while True:
            refusals, left_s = len(self._guard.refusals), max(0.1, end - time.monotonic())
            try:
                going = self._tab.goto(url, referer=referer, wait_until="commit", timeout=left_s * 1000)
                return await self._life.run(going, left_s + 1)
            except PlaywrightError as error:
                new = self._guard.refusals[refusals:]
                follows = new and self._filtering is not None and self._filtering.follow(new[-1])
                changed = "ERR_NETWORK_CHANGED" in error.message and time.monotonic() < end
                if not (follows or changed):
                    raise
                # Chromium's error page would break the next attempt off
                with suppress(PlaywrightTimeoutError, TimeoutError):
                    await self._tab.wait_for_url(ERROR_PAGE, wait_until="commit", timeout=ERROR_PAGE_LIMIT_S * 1000)

    async def wait_for_load(self, until: LoadState, *, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        try:
            await self._loaded(until, min(timeout_s, FONTS_LEFT_AFTER_S))
        except TimeoutError:
            if until == "load" and self._scripted and await self._lacks_only_fonts():
                return
            await self._loaded(until, end - time.monotonic())

    async def _loaded(self, until: LoadState, timeout_s: float) -> None:
        limit_s = max(0.05, timeout_s)
        await self._life.run(self._tab.wait_for_load_state(until, timeout=limit_s * 1000), limit_s + 1)

    async def _lacks_only_fonts(self) -> bool:
        try:
            return await self._ask(scripts.ONLY_FONTS_MISSING, FRAME_LIMIT_S) is True
        except TimeoutError:
            return False

    async def wait_for_fonts(self, *, timeout_s: float) -> None:
        await self._evaluate(scripts.FONTS, timeout_s)

    async def wait_until_visible(self, *, patience_s: float, timeout_s: float) -> bool:
        return await self._ask(scripts.visible(patience_s * 1000), timeout_s) is True

    async def delay(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await self._life.run(asyncio.get_running_loop().create_future(), seconds)

    async def add_style(self, css: str, *, timeout_s: float) -> None:
        await self._evaluate(scripts.add_style(css), timeout_s)

    async def hide(self, selectors: Sequence[str], *, timeout_s: float) -> None:
        await self._evaluate(scripts.hide(selectors), timeout_s)

    async def hide_blocked(self, *, timeout_s: float) -> None:
        if self._filtering is None:
            return
        script = await self._life.run(self._filtering.hide(self._cdp, self._tab.url), timeout_s)
        await self._evaluate(script, timeout_s)

    async def run_script(self, source: str, *, timeout_s: float) -> None:
        await self._evaluate(source, timeout_s)

    def timings(self) -> Timings:
        return self._timetable.timings()

    async def inventory(self, *, timeout_s: float) -> Inventory:
        try:
            return await self._life.run(list_inventory(self._cdp), timeout_s)
        except PlaywrightError as error:
            logger.info("no inventory", extra={"reason": first_line(error)})
            return Inventory()

    async def boxes(self, selectors: Sequence[str], *, timeout_s: float) -> list[Box]:
        return await self._life.run(measure(self._cdp, selectors), timeout_s)

    async def document_box(self, *, timeout_s: float) -> Box:
        metrics = await self._metrics(timeout_s)
        size, zoom = metrics["cssContentSize"], metrics["cssVisualViewport"]["scale"]
        return Box(0, 0, size["width"], size["height"], zoom)

    async def viewport_box(self, *, timeout_s: float) -> Box:
        shown = (await self._metrics(timeout_s))["cssVisualViewport"]
        viewport = self._tab.viewport_size or {"width": shown["clientWidth"], "height": shown["clientHeight"]}
        zoom = shown["scale"]
        return zoomed_box(shown["pageX"], shown["pageY"], viewport["width"] / zoom, viewport["height"] / zoom, zoom)

    async def shoot(
        self,
        image_type: ShotType,
        *,
        quality: int | None,
        clip: Box | None,
        beyond: bool,
        fast: bool,
        timeout_s: float,
    ) -> bytes:
        wanted: dict[str, Any] = {"format": image_type, "optimizeForSpeed": fast}
        if quality is not None and image_type != "png":
            wanted["quality"] = quality
        if clip is not None:
            area = {"x": clip.x, "y": clip.y, "width": clip.width, "height": clip.height, "scale": clip.zoom}
            wanted |= {"clip": area, "captureBeyondViewport": beyond and not self._window_shows(clip)}
        return base64.b64decode(await self._screenshot(wanted, timeout_s))

    def _window_shows(self, clip: Box) -> bool:
        """Whether nothing of it is beyond the window."""
        del clip
        return False

    async def _screenshot(self, wanted: dict[str, Any], timeout_s: float) -> str:
        """Chromium answers "Unable to capture screenshot" when it has no frame yet, about once in fifty; ask again."""
        for attempt in range(SHOT_ATTEMPTS):
            try:
                shot = await self._life.run(self._cdp.send("Page.captureScreenshot", wanted), timeout_s)
            except PlaywrightError as error:
                logger.info("no frame yet", extra={"attempt": attempt, "reason": first_line(error)})
                with suppress(TimeoutError):
                    await self._evaluate(scripts.NEXT_FRAME, FRAME_LIMIT_S)
            else:
                return str(shot["data"])
        raise BrowserGoneError("the browser could not paint the page")

    async def text(self, *, timeout_s: float) -> str:
        return await self._read(scripts.TEXT, timeout_s)

    async def bare_html(self, *, timeout_s: float) -> str:
        return await self._read(scripts.BARE_HTML, timeout_s)

    async def _read(self, expression: str, timeout_s: float) -> str:
        """A text that the document is asked for in a world of its own; a document that goes away meanwhile has none."""
        try:
            return str(await self._life.run(evaluate_apart(self._cdp, expression), timeout_s) or "")
        except PlaywrightError as error:
            logger.info("nothing read", extra={"reason": first_line(error)})
            raise TimeoutError from None

    async def _metrics(self, timeout_s: float) -> dict[str, Any]:
        return await self._life.run(self._cdp.send("Page.getLayoutMetrics"), timeout_s)

    async def _evaluate(self, expression: str, timeout_s: float) -> None:
        """Run an expression and await its promise; what it throws, and a navigation it starts, end it quietly."""
        await self._send(expression, timeout_s, by_value=False)

    async def _ask(self, expression: str, timeout_s: float) -> object:
        """What an expression gives, as JSON; `None` when it throws or a navigation ends it."""
        return await self._send(expression, timeout_s, by_value=True)

    async def _send(self, expression: str, timeout_s: float, *, by_value: bool) -> object:
        call = {"expression": expression, "awaitPromise": True, "userGesture": True, "returnByValue": by_value}
        try:
            answer = await self._life.run(self._cdp.send("Runtime.evaluate", call), timeout_s)
        except PlaywrightError as error:
            logger.info("script ended early", extra={"reason": first_line(error)})
            return None
        return answer.get("result", {}).get("value")


def zoomed_box(x: float, y: float, width: float, height: float, zoom: float) -> Box:
    """Chromium cuts a clip's sides down to whole CSS px, where a zoomed page's are a hair's breadth below."""
    if zoom == 1:
        return Box(x, y, width, height)
    return Box(x, y, math.ceil(width - 0.01), math.ceil(height - 0.01), zoom)

"""One page of Chromium's, in a context of its own."""

from __future__ import annotations

import asyncio
import base64
import logging
import math
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from pagelapse.adapters.browser import scripts
from pagelapse.adapters.browser.actions import SCRIPTS, explain, perform, why_not
from pagelapse.adapters.browser.consent import CookieBanner
from pagelapse.adapters.browser.cookies import add_cookies
from pagelapse.adapters.browser.emulation import identify, keep_off_pointer, scale
from pagelapse.adapters.browser.filtering import Filtering
from pagelapse.adapters.browser.interception import block_third_party_scripts
from pagelapse.adapters.browser.inventory import list_inventory, measure
from pagelapse.adapters.browser.journey import Journey, target
from pagelapse.adapters.browser.lifeline import Lifeline
from pagelapse.adapters.browser.light import LightContext
from pagelapse.adapters.browser.navigation import first_line, navigation_error
from pagelapse.adapters.browser.own_origin import OwnOrigin, is_asked_for
from pagelapse.adapters.browser.revealing import Revealing
from pagelapse.adapters.browser.stillness import hold_still, make_alike
from pagelapse.adapters.browser.tabs import Answer, Session, Tab
from pagelapse.adapters.browser.timing import Timetable
from pagelapse.adapters.browser.traffic import Traffic
from pagelapse.adapters.browser.worlds import evaluate_apart
from pagelapse.adapters.guard import Guard
from pagelapse.capture.actions import Action
from pagelapse.capture.jobs import Inventory, Target, Timings
from pagelapse.capture.options import CaptureOptions, LoadState
from pagelapse.capture.ports import ActionImpossibleError, Box, BrowserGoneError, Sheet, ShotType
from pagelapse.errors import ElementNotFound

T = TypeVar("T")
logger = logging.getLogger(__name__)

SHOT_ATTEMPTS = 4
FRAME_LIMIT_S = 1.0
FONTS_LEFT_AFTER_S = 3.5
"""Seconds of loading after which missing fonts alone are no reason to wait: Chromium shows another one after 3."""
ERROR_PAGE = "chrome-error://chromewebdata/"
ERROR_PAGE_LIMIT_S = 2.0


class ChromiumPage:
    """See `capture.ports.Page`.

    Args:
        full: The tab, when it is Playwright's own page; a light tab does what `light.suffices` for, and nothing else.
    """

    def __init__(self, browser: Browser, tab: Tab, cdp: Session, guard: Guard, *, full: Page | None = None) -> None:
        self._tab = tab
        self._full = full
        self._cdp = cdp
        self._guard = guard
        self._scripted = True
        self._journey: Journey | None = None
        self._filtering: Filtering | None = None
        self._banner: CookieBanner | None = None
        self._timetable = Timetable(tab)
        self._life = Lifeline(browser, tab)
        self._traffic: Traffic | None = None
        self._revealing: Revealing | None = None

    @property
    def lost(self) -> bool:
        """Whether the page or its browser has crashed or ended."""
        return self._life.lost

    @property
    def _page(self) -> Page:
        if self._full is None:
            raise TypeError("a light tab was taken for a capture that needs more")
        return self._full

    @classmethod
    async def create(
        cls, browser: Browser, context: BrowserContext, options: CaptureOptions, guard: Guard
    ) -> ChromiumPage:
        """Open a blank page that looks as `options` say, but knows nothing of one capture yet."""
        page = await context.new_page()
        cdp = await context.new_cdp_session(page)
        await asyncio.gather(identify(cdp, options, browser.version), scale(cdp, options), keep_off_pointer(cdp))
        created = cls(browser, page, cdp, guard, full=page)
        context.on("page", created._close_popup)
        return created

    @classmethod
    async def create_light(
        cls, browser: Browser, context: LightContext, options: CaptureOptions, guard: Guard
    ) -> ChromiumPage:
        """The same in a tab that Playwright knows nothing of."""
        tab, session = await context.new_tab(options)
        await asyncio.gather(tab.begin(), identify(session, options, browser.version))
        return cls(browser, tab, session, guard)

    async def equip(self, options: CaptureOptions, filtering: Filtering) -> None:
        """Put in place what belongs to one capture and has to be there before its first request."""
        self._filtering = filtering
        if options.cookies and options.url:
            await add_cookies(self._cdp, options.url, options.cookies)
        if options.url and is_asked_for(options):
            await OwnOrigin(self._cdp, options, options.url).begin()
        if self._full is not None:
            await self._equip_fully(self._full, options, filtering)

    async def _equip_fully(self, page: Page, options: CaptureOptions, filtering: Filtering) -> None:
        self._scripted = options.java_script_enabled
        self._revealing = Revealing(page, self._cdp, options)
        if options.cookie_banners != "keep":
            choice = options.cookie_banners if self._scripted else "hide"
            self._banner = CookieBanner(page, choice, filtering.lists.consent_engine)
        if options.deterministic:
            await make_alike(page, begun=options.html is not None and self._scripted)
        if self._scripted and options.url and (options.full_page or options.scroll or options.output == "pdf"):
            await self._revealing.watch()
        if (options.delay_ms is None or options.full_page) and self._scripted:
            self._traffic = Traffic(page)
        if options.block_third_party_scripts:
            await block_third_party_scripts(page.context, options.url)

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
                with suppress(
                    PlaywrightTimeoutError, TimeoutError
                ):  # Chromium's error page would break the next attempt off
                    await self._tab.wait_for_url(ERROR_PAGE, wait_until="commit", timeout=ERROR_PAGE_LIMIT_S * 1000)

    async def render(self, html: str, *, until: LoadState, timeout_s: float) -> None:
        self._timetable.start(blank=True)
        await self._life.run(self._page.set_content(html, wait_until=until, timeout=timeout_s * 1000), timeout_s + 1)

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

    async def wait_for_selector(self, selector: str, *, timeout_s: float) -> None:
        found = self._page.locator(f"css={selector}").first
        await self._on_element(
            found.wait_for(state="visible", timeout=timeout_s * 1000), "wait_for_selector", timeout_s
        )

    async def wait_for_fonts(self, *, timeout_s: float) -> None:
        await self._evaluate(scripts.FONTS, timeout_s)

    async def wait_until_quiet(self, *, timeout_s: float) -> bool:
        await self._life.run(self._become_quiet(timeout_s), timeout_s)
        return await self._ask(scripts.FONTS_LOADED, FRAME_LIMIT_S) is not False

    async def _become_quiet(self, timeout_s: float) -> None:
        """Once more after requests that began meanwhile: what they brought may change the document."""
        if self._full is None:
            await self._evaluate(scripts.QUIET, timeout_s)
            return
        traffic, known = self._traffic or Traffic(self._full), -1
        while known != traffic.begun:
            known = traffic.begun
            await asyncio.gather(traffic.wait_until_quiet(), self._evaluate(scripts.QUIET, timeout_s))

    async def reveal(self, *, whole: bool, timeout_s: float) -> bool:
        known = self._traffic.begun if self._traffic else 0
        if self._revealing is None:
            return False
        changed = await self._life.run(self._revealing.reveal(whole=whole, timeout_s=timeout_s), timeout_s)
        return changed or (self._traffic is not None and self._traffic.begun != known)

    async def arrange(self, *, timeout_s: float) -> None:
        if self._revealing is not None:
            await self._life.run(self._revealing.arrange(), timeout_s)

    async def wait_until_visible(self, *, patience_s: float, timeout_s: float) -> bool:
        return await self._ask(scripts.visible(patience_s * 1000), timeout_s) is True

    async def delay(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await self._life.run(asyncio.get_running_loop().create_future(), seconds)

    async def add_style(self, css: str, *, timeout_s: float) -> None:
        await self._evaluate(scripts.add_style(css), timeout_s)

    async def hide(self, selectors: Sequence[str], *, timeout_s: float) -> None:
        await self._evaluate(scripts.hide(selectors), timeout_s)

    async def dismiss_cookie_banner(self, *, timeout_s: float) -> None:
        if self._banner is not None:
            await self._life.run(self._banner.dismiss(timeout_s=timeout_s * 0.9), timeout_s)

    async def hide_blocked(self, *, timeout_s: float) -> None:
        if self._filtering is None:
            return
        script = await self._life.run(self._filtering.hide(self._cdp, self._tab.url), timeout_s)
        await self._evaluate(script, timeout_s)

    async def run_script(self, source: str, *, timeout_s: float) -> None:
        await self._evaluate(source, timeout_s)

    async def hold_still(self, *, timeout_s: float) -> None:
        await self._life.run(hold_still(self._page.frames, scripted=self._scripted), timeout_s)

    async def hover(self, selector: str, *, timeout_s: float) -> None:
        element = self._page.locator(f"css={selector}").first
        await self._on_element(element.hover(timeout=timeout_s * 1000), "selector", timeout_s)

    async def act(self, action: Action, *, timeout_s: float) -> str | None:
        try:
            if self._journey is None:
                self._journey = await self._life.run(
                    Journey.begin(self._page, self._cdp, scripted=self._scripted), timeout_s
                )
            self._journey.set_out()
            return await self._life.run(perform(action, self._page, self._cdp, timeout_s), timeout_s + 1)
        except TimeoutError:
            if isinstance(action, SCRIPTS):
                raise
            raise ActionImpossibleError(await why_not(action, self._page)) from None
        except PlaywrightError as error:
            raise ActionImpossibleError(explain(action, error, self._guard.last_refusal())) from None

    async def settle(self, *, timeout_s: float) -> None:
        if self._journey is None:
            return
        await self._life.run(self._journey.settle(), timeout_s)
        failure = self._journey.failure()
        if failure is not None:
            error = navigation_error(failure, self._guard.last_refusal())
            raise ActionImpossibleError(f"the page that it led to did not open: {error.message}")

    def target(self) -> Target | None:
        if self._journey is None or not self._journey.has_moved():
            return None
        return target(self._page.url, self._journey.response())

    def timings(self) -> Timings:
        return self._timetable.timings()

    async def inventory(self, *, timeout_s: float) -> Inventory:
        try:
            return await self._life.run(list_inventory(self._cdp), timeout_s)
        except PlaywrightError as error:
            logger.info("no inventory", extra={"reason": first_line(error)})
            return Inventory()

    async def box(self, selector: str, *, timeout_s: float) -> Box:
        element = self._page.locator(f"css={selector}").first
        milliseconds = timeout_s * 1000
        await self._on_element(element.wait_for(state="visible", timeout=milliseconds), "selector", timeout_s)
        await self._on_element(element.scroll_into_view_if_needed(timeout=milliseconds), "selector", timeout_s)
        box = await self._on_element(element.bounding_box(timeout=milliseconds), "selector", timeout_s)
        if box is None or box["width"] < 1 or box["height"] < 1:
            raise TimeoutError
        shown = (await self._metrics(timeout_s))["cssVisualViewport"]
        x, y = box["x"] + shown["pageX"], box["y"] + shown["pageY"]
        return _box(x, y, box["width"], box["height"], shown["scale"])

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
        return _box(shown["pageX"], shown["pageY"], viewport["width"] / zoom, viewport["height"] / zoom, zoom)

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
            wanted |= {"clip": area, "captureBeyondViewport": beyond and not self._has_grown_to(clip)}
        return base64.b64decode(await self._screenshot(wanted, timeout_s))

    def _has_grown_to(self, clip: Box) -> bool:
        return self._revealing is not None and self._revealing.shows(clip)

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

    async def print_pdf(self, sheet: Sheet, *, timeout_s: float) -> bytes:
        if sheet.as_on_screen:
            await self._life.run(self._page.emulate_media(media="screen"), timeout_s)
        call = {"printBackground": True, "paperWidth": sheet.width_in, "paperHeight": sheet.height_in}
        call |= {f"margin{side}": sheet.margin_in for side in ("Top", "Right", "Bottom", "Left")}
        printed = await self._life.run(self._cdp.send("Page.printToPDF", call), timeout_s)
        return base64.b64decode(printed["data"])

    async def content(self, *, timeout_s: float) -> str:
        return await self._life.run(self._page.content(), timeout_s)

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

    async def _on_element(self, work: Awaitable[T], option: str, timeout_s: float) -> T:
        try:
            return await self._life.run(work, timeout_s + 1)
        except PlaywrightError as error:
            raise ElementNotFound(f"is not a CSS selector: {first_line(error)[:200]}", option=option) from None

    async def _close_popup(self, popup: Page) -> None:
        if popup is not self._page:
            with suppress(PlaywrightError):
                await popup.close()


def _box(x: float, y: float, width: float, height: float, zoom: float) -> Box:
    """Chromium cuts a clip's sides down to whole CSS px, where a zoomed page's are a hair's breadth below."""
    if zoom == 1:
        return Box(x, y, width, height)
    return Box(x, y, math.ceil(width - 0.01), math.ceil(height - 0.01), zoom)

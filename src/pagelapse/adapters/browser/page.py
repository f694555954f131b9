"""One page of Chromium's, in a context of its own: what it takes Playwright's tab for."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.browser import scripts
from pagelapse.adapters.browser.actions import SCRIPTS, explain, perform, why_not
from pagelapse.adapters.browser.consent import CookieBanner
from pagelapse.adapters.browser.cookies import add_cookies
from pagelapse.adapters.browser.emulation import identify, keep_off_pointer, scale
from pagelapse.adapters.browser.filtering import Filtering
from pagelapse.adapters.browser.interception import block_third_party_scripts
from pagelapse.adapters.browser.journey import Journey, target
from pagelapse.adapters.browser.light import LightContext
from pagelapse.adapters.browser.navigation import first_line, navigation_error
from pagelapse.adapters.browser.own_origin import OwnOrigin, is_asked_for
from pagelapse.adapters.browser.revealing import Revealing
from pagelapse.adapters.browser.stillness import hold_still, make_alike
from pagelapse.adapters.browser.tab_page import FRAME_LIMIT_S, TabPage, zoomed_box
from pagelapse.adapters.browser.tabs import Session, Tab
from pagelapse.adapters.browser.traffic import Traffic
from pagelapse.adapters.guard import Guard
from pagelapse.capture.actions import Action
from pagelapse.capture.jobs import Target
from pagelapse.capture.options import CaptureOptions, LoadState
from pagelapse.capture.ports import ActionImpossibleError, Box, Sheet
from pagelapse.errors import ElementNotFound

T = TypeVar("T")


class ChromiumPage(TabPage):
    """See `capture.ports.Page`.

    Args:
        full: The tab, when it is Playwright's own page; a light tab does what `light.suffices` for, and nothing else.
    """

    def __init__(self, browser: Browser, tab: Tab, cdp: Session, guard: Guard, *, full: Page | None = None) -> None:
        super().__init__(browser, tab, cdp, guard)
        self._full = full
        self._journey: Journey | None = None
        self._banner: CookieBanner | None = None
        self._traffic: Traffic | None = None
        self._revealing: Revealing | None = None

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
        if options.url and is_asked_for(options):
            await OwnOrigin(self._cdp, options, options.url).begin()
        if options.block_third_party_scripts:
            await block_third_party_scripts(page.context, options.url)

    async def render(self, html: str, *, until: LoadState, timeout_s: float) -> None:
        self._timetable.start(blank=True)
        await self._life.run(self._page.set_content(html, wait_until=until, timeout=timeout_s * 1000), timeout_s + 1)

    async def wait_for_selector(self, selector: str, *, timeout_s: float) -> None:
        found = self._page.locator(f"css={selector}").first
        await self._on_element(
            found.wait_for(state="visible", timeout=timeout_s * 1000), "wait_for_selector", timeout_s
        )

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

    async def dismiss_cookie_banner(self, *, timeout_s: float) -> None:
        if self._banner is not None:
            await self._life.run(self._banner.dismiss(timeout_s=timeout_s * 0.9), timeout_s)

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
        return zoomed_box(x, y, box["width"], box["height"], shown["scale"])

    async def print_pdf(self, sheet: Sheet, *, timeout_s: float) -> bytes:
        if sheet.as_on_screen:
            await self._life.run(self._page.emulate_media(media="screen"), timeout_s)
        call = {"printBackground": True, "paperWidth": sheet.width_in, "paperHeight": sheet.height_in}
        call |= {f"margin{side}": sheet.margin_in for side in ("Top", "Right", "Bottom", "Left")}
        printed = await self._life.run(self._cdp.send("Page.printToPDF", call), timeout_s)
        return base64.b64decode(printed["data"])

    async def content(self, *, timeout_s: float) -> str:
        return await self._life.run(self._page.content(), timeout_s)

    async def _on_element(self, work: Awaitable[T], option: str, timeout_s: float) -> T:
        try:
            return await self._life.run(work, timeout_s + 1)
        except PlaywrightError as error:
            raise ElementNotFound(f"is not a CSS selector: {first_line(error)[:200]}", option=option) from None

    async def _close_popup(self, popup: Page) -> None:
        if popup is not self._page:
            with suppress(PlaywrightError):
                await popup.close()

    def _window_shows(self, clip: Box) -> bool:
        return self._revealing is not None and self._revealing.shows(clip)

"""A warm Chromium, launched, handed out and replaced."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser.emulation import context_options
from pagelapse.adapters.browser.executable import browser_environment
from pagelapse.adapters.browser.filtering import Filtering
from pagelapse.adapters.browser.light import LightContext, suffices
from pagelapse.adapters.browser.navigation import first_line
from pagelapse.adapters.browser.nested import Nest
from pagelapse.adapters.browser.page import ChromiumPage
from pagelapse.adapters.browser.scratch import Scratch
from pagelapse.adapters.browser.shared_memory import needless_switches
from pagelapse.adapters.browser.spare import Opened, SparePage
from pagelapse.adapters.browser.tabs import Context
from pagelapse.adapters.filters import FilterLists
from pagelapse.adapters.guard import Guard
from pagelapse.adapters.processes import kill_descendants
from pagelapse.adapters.proxies import Proxy, parse_proxy
from pagelapse.adapters.unpacking import Unpacking
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.ports import BrowserGoneError
from pagelapse.errors import CaptureError

logger = logging.getLogger(__name__)

LAUNCH_ARGS = (
    "--in-process-gpu",
    "--enable-features=CDPScreenshotNewSurface,SkipListAccountsWithoutGaiaCookies,NetworkServiceInProcess2",
    "--font-render-hinting=none",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
"""Speed first (docs/adr/0045), then egress: with these and a proxy per context, all goes through the guard.

The features are Playwright's own and one more, for Chromium heeds the last list only.
"""

DRIVER_HEAP = {"NODE_OPTIONS": "--max-semi-space-size=4"}
"""V8's space for what is new, MB, of which node keeps three: it grows to 16 with the pictures that pass through, and
doesn't shrink again."""

NOWHERE = "socks5://127.0.0.1:1"
"""The proxy of whatever isn't inside a capture's context: closed."""

CAPTURES_PER_BROWSER = 200
"""After so many contexts a fresh browser takes over; memory is flat to at least 250."""

LAUNCH_LIMIT_S = 15.0
CLOSE_LIMIT_S = 3.0


class Chromium:
    """One warm Chromium; a fresh context and a fresh guard per capture.

    While captures look alike (same window, languages, place), the next one's blank page is made ready in advance, since
    starting its process takes a third of a quick capture's time. No page is ever used twice.

    Args:
        executable: The headless shell to launch.
        allowance: What captures may reach beside the public internet.
        unpacking: Where the executable, and the node that drives it, are still being unpacked.
        filters: What captures are kept from when they ask for it; without any, such captures fail.
    """

    def __init__(
        self,
        executable: Path,
        allowance: Allowance,
        unpacking: Unpacking | None = None,
        *,
        filters: FilterLists | None = None,
    ) -> None:
        self._executable = executable
        self._allowance = allowance
        self._unpacking = unpacking
        self._filters = filters or FilterLists(None)
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._nest: Nest | None = None
        self._scratch = Scratch()
        self._captures = 0
        self._under_way = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._spare = SparePage(self._open_warm, self._discard)

    def through(self, proxy_url: str) -> ProxiedBrowser:
        """This browser, whose pages go out through a proxy.

        Raises:
            ValueError: When `proxy_url` is none; the message does not quote it.
        """
        return ProxiedBrowser(self, parse_proxy(proxy_url))

    @asynccontextmanager
    async def page(
        self, options: CaptureOptions, *, timeout_s: float, through: ProxiedBrowser | None = None
    ) -> AsyncIterator[ChromiumPage]:
        """See `capture.ports.Browser.page`. The context is closed behind the caller's back; see `settle`."""
        opened: Opened | None = None
        self._under_way += 1
        try:
            async with asyncio.timeout(timeout_s):
                filtering = await Filtering.begin(self._filters, options)
                opened = await self._obtain(options)
                opened.guard.proxy = through.proxy if through else None
                opened.guard.blocker = filtering.blocker
                await opened.page.equip(options, filtering)
            yield opened.page
        except PlaywrightError as error:
            if "timezone" in str(error).lower():
                raise CaptureError("the browser does not know this time zone", option="timezone_id") from None
            raise BrowserGoneError(f"the page broke down: {first_line(error)}") from error
        except TimeoutError as error:
            raise BrowserGoneError("no page could be opened in time") from error
        finally:
            self._under_way -= 1
            if opened is not None:
                if through is not None:
                    through.received_bytes += opened.guard.received_bytes
                self._release(opened, options)

    async def settle(self) -> None:
        """Wait until every used context is closed, or its browser killed because it would not close."""
        while self._closing:
            await asyncio.gather(*self._closing)

    async def replace(self) -> None:
        """Kill the browser and its driver, whatever state they are in."""
        self._spare.drop()
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        scratch, self._scratch = self._scratch, Scratch()
        kill_descendants(self._executable)
        for close in (browser and browser.close(), playwright and playwright.stop()):
            if close:
                with suppress(TimeoutError, Exception):
                    await asyncio.wait_for(close, CLOSE_LIMIT_S)
        await asyncio.to_thread(scratch.clear)
        if self._unpacking is not None:
            await asyncio.to_thread(self._unpacking.sweep)

    async def warm_up(self) -> None:
        """Launch the browser now, instead of with the first capture.

        Raises:
            playwright.async_api.Error: When it does not start.
        """
        await self._warm()
        self._captures = 0

    async def close(self) -> None:
        """Stop everything; the object can be used again afterwards."""
        await self.settle()
        self._spare.drop()
        browser, self._browser = self._browser, None
        if browser is not None:
            with suppress(TimeoutError, PlaywrightError):
                await asyncio.wait_for(browser.close(), CLOSE_LIMIT_S)
        await self.replace()

    async def _obtain(self, options: CaptureOptions) -> Opened:
        spare = self._spare.take(options)
        if spare is not None:
            with suppress(PlaywrightError):
                ready = await spare
                if not (ready.page.lost or self._is_worn()):
                    self._captures += 1
                    return ready
                self._dispose(ready.context, ready.guard)
        return await self._open(await self._warm(), options)

    async def _open_warm(self, options: CaptureOptions) -> Opened:
        if self._browser is None:
            raise PlaywrightError("the browser has ended")
        return await self._open(self._browser, options)

    async def _open(self, browser: Browser, options: CaptureOptions) -> Opened:
        guard = Guard(self._allowance)
        await guard.start()
        context: Context | None = None
        try:
            if suffices(options):
                context = light = await LightContext.create(await self._nest_of(browser), guard.port)
                return Opened(context, guard, await ChromiumPage.create_light(browser, light, options, guard))
            context = full = await browser.new_context(**context_options(options, browser.version, guard.port))
            return Opened(context, guard, await ChromiumPage.create(browser, full, options, guard))
        except BaseException:
            self._dispose(context, guard)
            raise

    async def _nest_of(self, browser: Browser) -> Nest:
        if self._nest is None or self._nest.browser is not browser:
            self._nest = await Nest.of(browser)
        return self._nest

    async def _warm(self) -> Browser:
        if self._browser is not None and self._is_worn():
            await self.close()
        if self._browser is None or not self._browser.is_connected():
            self._browser = await self._launch()
            self._captures = 0
        self._captures += 1
        return self._browser

    def _is_worn(self) -> bool:
        """Whether a fresh browser should take over, and no other capture is under way in this one."""
        return self._captures >= CAPTURES_PER_BROWSER and self._under_way <= 1

    async def _launch(self) -> Browser:
        if self._playwright is None:
            os.environ.update(DRIVER_HEAP)
            if self._unpacking is not None:
                await asyncio.wrap_future(self._unpacking.node)
                os.environ.update(self._unpacking.node_variables())
            try:
                with self._scratch.in_use():
                    self._playwright = await async_playwright().start()
            except OSError as error:  # a full disk, or no process to be had
                raise BrowserGoneError(f"the browser's driver does not start: {error.strerror}") from error
        if self._unpacking is not None:
            await asyncio.wrap_future(self._unpacking.chromium)
        return await self._playwright.chromium.launch(
            executable_path=self._executable,
            args=LAUNCH_ARGS,
            ignore_default_args=needless_switches(),
            env=browser_environment(self._executable, self._scratch.folder),
            proxy={"server": NOWHERE},
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=LAUNCH_LIMIT_S * 1000,
        )

    def _release(self, opened: Opened, options: CaptureOptions) -> None:
        self._dispose(opened.context, opened.guard)
        if not opened.page.lost:
            self._spare.plan(options)

    def _dispose(self, context: Context | None, guard: Guard) -> None:
        guard.stop()
        if context is None:
            return
        self._in_background(self._close_context(context))

    def _discard(self, spare: asyncio.Task[Opened]) -> None:
        self._in_background(self._close_spare(spare))

    async def _close_spare(self, spare: asyncio.Task[Opened]) -> None:
        """Let it be finished first: a context whose making is cancelled would stay open in the browser."""
        try:
            unused = await asyncio.wait_for(spare, CLOSE_LIMIT_S)
        except TimeoutError:
            logger.warning("browser replaced", extra={"reason": "a spare page was never ready"})
            await self.replace()
        except (PlaywrightError, asyncio.CancelledError):
            logger.debug("the spare page was gone before it was closed")
        else:
            unused.guard.stop()
            await self._close_context(unused.context)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close_context(self, context: Context) -> None:
        try:
            await asyncio.wait_for(context.close(), CLOSE_LIMIT_S)
        except TimeoutError:
            logger.warning("browser replaced", extra={"reason": "a context would not close"})
            await self.replace()
        except PlaywrightError:
            logger.debug("context was gone before it was closed")


class ProxiedBrowser:
    """A warm Chromium for one capture from elsewhere; counts what came through the proxy, over all attempts."""

    def __init__(self, chromium: Chromium, proxy: Proxy) -> None:
        self._chromium = chromium
        self.proxy = proxy
        self.received_bytes = 0

    def page(self, options: CaptureOptions, *, timeout_s: float) -> AbstractAsyncContextManager[ChromiumPage]:
        """See `capture.ports.Browser.page`."""
        return self._chromium.page(options, timeout_s=timeout_s, through=self)

    async def replace(self) -> None:
        """See `capture.ports.Browser.replace`."""
        await self._chromium.replace()

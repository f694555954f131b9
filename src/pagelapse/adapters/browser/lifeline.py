"""Work in a browser that may crash, end or hang at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from pagelapse.adapters.browser.navigation import first_line, is_gone
from pagelapse.adapters.browser.tabs import Tab
from pagelapse.capture.ports import BrowserGoneError

T = TypeVar("T")

PROBE_LIMIT_S = 1.5


class Lifeline:
    """Knows whether a page and its browser are there still."""

    def __init__(self, browser: Browser, page: Tab) -> None:
        self._browser = browser
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        page.on("crash", lambda _: self._lose("the page crashed"))
        browser.on("disconnected", lambda _: self._lose("the browser ended"))

    @property
    def lost(self) -> bool:
        """Whether the page or its browser has crashed or ended."""
        return self._lost.done()

    async def run(self, work: Awaitable[T], timeout_s: float) -> T:
        """Await `work`, but neither longer than `timeout_s` nor past the browser's end.

        Raises:
            TimeoutError: When it takes longer.
            BrowserGoneError: When the page or its browser has crashed or ended.
            playwright.async_api.Error: What else Playwright raises.
        """
        task = asyncio.ensure_future(work)
        either: set[asyncio.Future[Any]] = {task, self._lost}
        try:
            done, _ = await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task in done:
            return self._outcome(task)
        task.cancel()
        if self._lost.done():
            raise BrowserGoneError(self._lost.result())
        raise TimeoutError

    def _outcome(self, task: asyncio.Future[T]) -> T:
        try:
            return task.result()
        except PlaywrightTimeoutError:
            raise TimeoutError from None
        except PlaywrightError as error:
            if self._lost.done() or is_gone(error):
                raise BrowserGoneError(first_line(error)) from error
            raise

    async def probe(self) -> None:
        """Tell a slow page from a browser that hangs.

        Raises:
            BrowserGoneError: When the browser itself does not answer any more.
        """
        try:
            session = await asyncio.wait_for(self._browser.new_browser_cdp_session(), PROBE_LIMIT_S)
            await asyncio.wait_for(session.send("Browser.getVersion"), PROBE_LIMIT_S)
        except (TimeoutError, PlaywrightError) as error:
            raise BrowserGoneError("the browser stopped answering") from error

    def _lose(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_result(reason)

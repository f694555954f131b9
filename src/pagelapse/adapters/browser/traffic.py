"""What a page is still waiting for from its servers."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, Request

QUIET_S = 0.1
"""Seconds without a request that end the wait. Playwright's `networkidle` takes five times as long."""

NEVER_ENDING = frozenset({"eventsource", "websocket", "ping", "media", "font"})
"""Requests that change no picture when they end, or don't end: streams, beacons, and videos, which come in ranges.
Fonts are awaited in the document, which knows when it does without them."""


class Traffic:
    """The requests of a page that have begun and not ended, from now on."""

    def __init__(self, page: Page) -> None:
        self._under_way: set[Request] = set()
        self._none_under_way = asyncio.Event()
        self._none_under_way.set()
        self._next = asyncio.Event()
        self.begun = 0
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_ended)
        page.on("requestfailed", self._on_ended)

    async def wait_until_quiet(self) -> None:
        """Return once no request has been under way for `QUIET_S`."""
        quiet = False
        while not quiet:
            await self._none_under_way.wait()
            quiet = await self._none_comes()

    async def _none_comes(self) -> bool:
        self._next.clear()
        try:
            async with asyncio.timeout(QUIET_S):
                await self._next.wait()
        except TimeoutError:
            return True
        return False

    def _on_request(self, request: Request) -> None:
        if request.resource_type in NEVER_ENDING:
            return
        self.begun += 1
        self._under_way.add(request)
        self._none_under_way.clear()
        self._next.set()

    def _on_ended(self, request: Request) -> None:
        self._under_way.discard(request)
        if not self._under_way:
            self._none_under_way.set()

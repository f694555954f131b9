"""When the next capture's blank page is begun."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pagelapse.adapters.browser import spare
from pagelapse.adapters.browser.spare import SparePage
from pagelapse.capture.options import CaptureOptions, Viewport

WIDE = CaptureOptions(html="<p>", viewport=Viewport(width=1280, height=800))
NARROW = CaptureOptions(html="<p>", viewport=Viewport(width=360, height=800))


class Browser:
    """Opens pages that are only counted."""

    def __init__(self) -> None:
        self.made: list[CaptureOptions] = []
        self.discarded = 0
        self.begun = asyncio.Event()

    async def make(self, options: CaptureOptions) -> Any:
        """Open nothing."""
        self.made.append(options)
        self.begun.set()
        return object()

    def discard(self, _task: asyncio.Task[Any]) -> None:
        """Count what nobody wanted."""
        self.discarded += 1


def _on_a_loop(work: Callable[[Browser], Awaitable[None]]) -> Browser:
    """The browser after `work` with it."""

    async def run() -> Browser:
        browser = Browser()
        await work(browser)
        return browser

    return asyncio.run(run())


def test_a_page_is_ready_after_two_captures_alike() -> None:
    """The third capture in a row that looks the same gets a page that is there already."""

    async def work(browser: Browser) -> None:
        pages = await _begun(browser)
        assert pages.take(WIDE) is not None

    browser = _on_a_loop(work)
    assert (browser.made, browser.discarded) == ([WIDE], 0)


def test_a_capture_that_comes_at_once_has_the_processor_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between captures back to back no page is begun, which would slow down the one that is under way."""
    monkeypatch.setattr(spare, "ANSWER_S", 0.01)

    async def work(browser: Browser) -> None:
        pages = SparePage(browser.make, browser.discard)
        for _ in range(3):
            pages.plan(WIDE)
            assert pages.take(WIDE) is None
        await asyncio.sleep(0.03)

    assert _on_a_loop(work).made == []


def test_a_page_of_another_look_is_discarded() -> None:
    """A page that was made for the wide window is of no use for a narrow one."""

    async def work(browser: Browser) -> None:
        pages = await _begun(browser)
        assert pages.take(NARROW) is None

    assert _on_a_loop(work).discarded == 1


async def _begun(browser: Browser) -> SparePage:
    pages = SparePage(browser.make, browser.discard)
    pages.plan(WIDE)
    pages.plan(WIDE)
    await browser.begun.wait()
    return pages

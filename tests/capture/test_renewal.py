"""A browser that has taken many pictures gives way to a fresh one."""

from __future__ import annotations

import asyncio

import pytest
from tests.capture.conftest import Take
from tests.pixels import RED, pixel
from tests.site.server import Site

from pagelapse.adapters.browser import Chromium, chromium
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.pipeline import capture
from pagelapse.capture.result import Capture

pytestmark = pytest.mark.browser


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch, take: Take, site: Site) -> None:
    """A browser that is to give way after two captures, and has taken them."""
    take(url=site.url("/simple.html"))
    monkeypatch.setattr(chromium, "CAPTURES_PER_BROWSER", 2)


@pytest.mark.usefixtures("soon")
def test_a_fresh_browser_takes_over(take: Take, site: Site, chromium: Chromium) -> None:
    """After its share of captures a browser is closed, and the next picture is another one's."""
    browsers = []
    for _ in range(6):
        assert pixel(take(url=site.url("/simple.html")).file.body, 100, 50) == RED
        browsers.append(chromium._browser)
    assert len({id(browser) for browser in browsers}) >= 3
    assert chromium._browser is not None
    assert sum(browser is not None and browser.is_connected() for browser in set(browsers)) == 1


@pytest.mark.usefixtures("soon")
def test_no_browser_goes_while_it_takes_a_picture(chromium: Chromium, runner: asyncio.Runner, site: Site) -> None:
    """Captures at the same time don't end each other's: the fresh browser waits until nobody uses the old one."""

    def begin(path: str) -> asyncio.Task[Capture]:
        options = CaptureOptions(url=site.url(path), delay_ms=0)
        return asyncio.get_running_loop().create_task(capture(chromium, options, budget_s=30))

    async def work() -> list[Capture]:
        slow = begin("/held")
        while not site.seen("/held"):  # noqa: ASYNC110 - the site is in a thread
            await asyncio.sleep(0.02)
        quick = [await begin("/simple.html") for _ in range(4)]
        site.released.set()
        taken = [*quick, await slow]
        await chromium.settle()
        return taken

    taken = runner.run(work())
    assert all(each.file.body for each in taken)
    assert len(site.seen("/held")) == 1

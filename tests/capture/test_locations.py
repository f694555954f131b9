"""Captures from elsewhere, by what real proxies saw."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.site.proxies import PASSWORD, LocalProxy, proxying
from tests.site.server import Canary, Site

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.browser.chromium import ProxiedBrowser
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.pipeline import capture
from pagelapse.capture.result import Capture
from pagelapse.errors import TargetRefused, TargetUnreachable

pytestmark = pytest.mark.browser


@pytest.fixture(params=["http", "socks5"])
def proxy(request: pytest.FixtureRequest) -> Iterator[LocalProxy]:
    """A proxy of each kind."""
    with proxying(request.param) as running:
        yield running


@pytest.fixture
def allowed(chromium_path: Path, proxy: LocalProxy, site: Site, runner: asyncio.Runner) -> Iterator[Chromium]:
    """A browser that may reach the proxy and the test site."""
    entries = (f"127.0.0.1:{proxy.port}", f"127.0.0.1:{site.port}", f"localhost:{site.port}")
    browser = Chromium(chromium_path, Allowance(entries))
    yield browser
    runner.run(browser.close())


def _take(chromium: Chromium, runner: asyncio.Runner, proxy_url: str, **options: Any) -> tuple[Capture, ProxiedBrowser]:
    async def work() -> tuple[Capture, ProxiedBrowser]:
        browser = chromium.through(proxy_url)
        try:
            return await capture(browser, CaptureOptions(delay_ms=200, **options), budget_s=20), browser
        finally:
            await chromium.settle()

    return runner.run(work())


def test_everything_goes_through_the_proxy(
    allowed: Chromium, runner: asyncio.Runner, proxy: LocalProxy, site: Site
) -> None:
    """The page and its resources reach the server through the proxy, by name, and the bytes are counted."""
    url = f"http://localhost:{site.port}/html?body=%3Cimg%20src='{site.url('/png')}'%3E"
    taken, browser = _take(allowed, runner, proxy.url, url=url, output="html")
    assert b"<img" in taken.file.body
    assert set(proxy.targets) == {f"localhost:{site.port}", f"127.0.0.1:{site.port}"}
    assert site.seen("/png")
    assert browser.received_bytes == proxy.sent_bytes > 200


def test_a_refused_target_never_reaches_the_proxy(
    allowed: Chromium, runner: asyncio.Runner, proxy: LocalProxy, canary: Canary
) -> None:
    """The egress rule holds in front of the proxy, by our own resolution."""
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(TargetRefused):
            _take(allowed, runner, proxy.url, url=f"http://{host}:{canary.port}/")
    canary.settle()
    assert (proxy.targets, canary.hits) == ([], 0)


def test_wrong_credentials_are_told_without_them(
    allowed: Chromium, runner: asyncio.Runner, proxy: LocalProxy, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy that refuses is an error, logged for the operator without user and password; nothing goes round it."""
    wrong = proxy.url.replace("p%40ss", "hidden")
    with caplog.at_level(logging.DEBUG), pytest.raises(TargetUnreachable, match="real location's proxy") as caught:
        _take(allowed, runner, wrong, url=site.url("/simple.html"))
    assert (proxy.targets, site.requests) == ([], [])
    assert proxy.refused > 0
    logged = str([vars(record) for record in caplog.records])
    assert f"127.0.0.1:{proxy.port}" in logged
    assert "hidden" not in logged + str(caught.value)
    assert PASSWORD not in logged


def test_a_private_proxy_is_not_dialled(
    chromium: Chromium, runner: asyncio.Runner, proxy: LocalProxy, site: Site
) -> None:
    """A proxy's own address is under the egress rule, unless the operator allows it."""
    with pytest.raises(TargetUnreachable, match="real location's proxy"):
        _take(chromium, runner, proxy.url, url=site.url("/simple.html"))
    assert (proxy.targets, proxy.refused, site.requests) == ([], 0, [])


def test_a_browser_does_not_keep_the_proxy(
    allowed: Chromium, runner: asyncio.Runner, proxy: LocalProxy, site: Site
) -> None:
    """The capture after one from elsewhere goes out directly again."""
    _take(allowed, runner, proxy.url, url=site.url("/simple.html"))
    before = len(proxy.targets)

    async def directly() -> None:
        await capture(allowed, CaptureOptions(url=site.url("/simple.html")), budget_s=20)
        await allowed.settle()

    runner.run(directly())
    assert before == len(proxy.targets) > 0
    assert len(site.seen("/simple.html")) == 2

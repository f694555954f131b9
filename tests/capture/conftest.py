"""A warm Chromium for the tests of the capture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.site.lists import write_lists
from tests.site.server import Site

import pagelapse.adapters.browser.chromium
import pagelapse.adapters.browser.emulation
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.filters import FilterLists
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.pipeline import capture
from pagelapse.capture.result import Capture

Take = Callable[..., Capture]

either_tab = pytest.mark.parametrize("take", ["light", "full"], indirect=True)
"""Run the test with the tab that `light.suffices` chooses, and with Playwright's whatever the options are."""


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop, on which the warm browser lives."""
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(
    chromium_path: Path, site_server: Site, runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chromium]:
    """A Chromium that may reach the test site, by its address and as localhost, and nothing else private.

    Its filter lists are `tests.site.lists`', with the installed consent engine.
    """
    port = site_server.port
    lists = tmp_path_factory.mktemp("filters")
    write_lists(lists)
    browser = Chromium(chromium_path, Allowance((f"127.0.0.1:{port}", f"localhost:{port}")), filters=FilterLists(lists))
    yield browser
    runner.run(browser.close())


@pytest.fixture
def take(
    chromium: Chromium, runner: asyncio.Runner, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Take:
    """Capture with the options given by name; `budget_s` seconds, `delay_ms` 0 unless said otherwise."""
    if getattr(request, "param", "") == "full":
        for module in (pagelapse.adapters.browser.chromium, pagelapse.adapters.browser.emulation):
            monkeypatch.setattr(module, "suffices", lambda _: False)

    def taking(*, budget_s: float = 20, **options: Any) -> Capture:
        chosen = CaptureOptions.model_validate({"delay_ms": 0, **options})

        async def work() -> Capture:
            try:
                return await capture(chromium, chosen, budget_s=budget_s)
            finally:
                await chromium.settle()

        return runner.run(work())

    return taking

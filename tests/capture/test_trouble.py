"""Pages and browsers that don't behave."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from tests.capture.conftest import Take, either_tab
from tests.pixels import GREEN, RED, pixel
from tests.site.server import IN_VAIN_S, Site

from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.browser.light import LightTab
from pagelapse.adapters.processes import descendants, kill_descendants
from pagelapse.errors import CaptureError, CaptureTimeout, TargetUnreachable

pytestmark = [pytest.mark.browser, either_tab]


def _browsers(executable: Path) -> list[int]:
    target = executable.resolve()
    found = []
    for pid in descendants(os.getpid()):
        try:
            if Path(f"/proc/{pid}/exe").resolve() == target:
                found.append(pid)
        except OSError:
            continue
    return found


@contextmanager
def _once_opened(site: Site, path: str, act: object) -> Iterator[None]:
    """Do `act` as soon as the site is asked for `path`, once."""

    def watch() -> None:
        while not site.seen(path):
            time.sleep(0.005)
        assert callable(act)
        act()
        site.released.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield
    watcher.join(5)


def test_page_that_never_finishes_gives_its_best_picture(take: Take, site: Site) -> None:
    """A page whose last resource never comes is pictured before the time is up, and the caller is told."""
    started = time.monotonic()
    taken = take(url=site.url("/neverending.html"), budget_s=9)
    assert time.monotonic() - started < IN_VAIN_S
    assert pixel(taken.file.body, 600, 600) == GREEN
    assert taken.shortfalls == ("the page had not finished loading",)


def test_half_a_page_gives_its_best_picture(take: Take, site: Site) -> None:
    """A page whose document stalls half way is pictured as far as it came."""
    taken = take(url=site.url("/stalling"), budget_s=9)
    assert pixel(taken.file.body, 600, 600) == GREEN


def test_page_that_never_answers_is_a_timeout(take: Take, site: Site) -> None:
    """A server that accepts and stays silent ends in a time-out within the budget."""
    started = time.monotonic()
    with pytest.raises(CaptureTimeout):
        take(url=site.url("/never"), budget_s=10)
    assert time.monotonic() - started < IN_VAIN_S


def test_page_that_never_yields_ends_within_the_budget_and_harms_nobody(take: Take, site: Site) -> None:
    """A script that loops for ever ends in an error in time, and the next capture is well."""
    started = time.monotonic()
    with pytest.raises(CaptureError):
        take(url=site.url("/busy.html"), delay_ms=300, budget_s=10)
    assert time.monotonic() - started < IN_VAIN_S
    assert pixel(take(url=site.url("/simple.html")).file.body, 100, 50) == RED


@pytest.mark.parametrize(
    ("path", "word"),
    [("/reset", "closed|reset"), ("/empty", "without a document"), ("/download", "download")],
)
def test_answers_without_a_page_say_what_they_were(take: Take, site: Site, path: str, word: str) -> None:
    """Broken connections, empty answers and downloads are told apart in the error."""
    with pytest.raises(CaptureError, match=word):
        take(url=site.url(path))


def test_circular_redirect_is_told(take: Take, site: Site) -> None:
    """A page that redirects to itself for ever is an error, not a hang."""
    with pytest.raises(TargetUnreachable, match="circle"):
        take(url=site.url("/circle"), budget_s=10)


def test_pages_that_lead_on_at_once_are_followed(take: Take, site: Site) -> None:
    """A page whose script leaves it before it is there is pictured where it led; the page's own answer is reported."""
    leaving = quote("<script>location.replace('/simple.html')</script>")
    taken = take(url=site.url(f"/html?body={leaving}"), delay_ms=500)
    assert pixel(taken.file.body, 100, 50) == RED
    assert taken.target.status == 200


def test_error_pages_are_pictured(take: Take, site: Site) -> None:
    """An error status is a page like any other, and its status is reported."""
    taken = take(url=site.url("/status?code=500"))
    assert pixel(taken.file.body, 600, 600) == RED
    assert taken.target.status == 500


def test_browser_killed_in_the_middle_costs_one_retry(take: Take, site: Site, chromium_path: Path) -> None:
    """A Chromium that is killed during a capture is replaced, and the same capture succeeds."""
    take(url=site.url("/simple.html"))
    with _once_opened(site, "/held", lambda: kill_descendants(chromium_path)):
        taken = take(url=site.url("/held"))
    assert pixel(taken.file.body, 100, 50) == RED
    assert len(site.seen("/held")) == 2


def test_page_that_crashes_costs_one_retry(take: Take, site: Site, chromium_path: Path) -> None:
    """A page whose process is killed is noticed at once, and the same capture succeeds."""
    take(url=site.url("/simple.html"))

    def kill_pages() -> None:
        for pid in _browsers(chromium_path):
            if b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)

    with _once_opened(site, "/held", kill_pages):
        taken = take(url=site.url(f"/html?body={quote('<script src=/held></script>')}"))
    assert len(site.seen("/held")) == 2
    assert taken.target.status == 200


def test_hanging_browser_costs_one_retry(take: Take, site: Site, chromium_path: Path) -> None:
    """A Chromium that stops answering is noticed and replaced, and the same capture succeeds."""
    take(url=site.url("/simple.html"))

    def freeze() -> None:
        for pid in _browsers(chromium_path):
            os.kill(pid, signal.SIGSTOP)

    with _once_opened(site, "/held", freeze):
        taken = take(url=site.url("/held"), budget_s=22)
    assert pixel(taken.file.body, 100, 50) == RED


def test_closing_leaves_no_process(chromium_path: Path, chromium: Chromium, runner: asyncio.Runner, take: Take) -> None:
    """A closed browser leaves neither Chromium nor its driver behind, and works again when it is used again."""
    take(html="<p>warm")
    assert _browsers(chromium_path)
    runner.run(chromium.close())
    assert not list(descendants(os.getpid()))
    take(html="<p>again")


def test_a_network_that_changes_is_survived(take: Take, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose loading Chromium breaks off because the machine's network has changed is opened again."""
    breaks = iter([True])

    def breaking(goto: Callable[..., Any]) -> Callable[..., Any]:
        async def broken_off(*arguments: Any, **options: Any) -> Any:
            if next(breaks, False):
                raise PlaywrightError("Page.goto: net::ERR_NETWORK_CHANGED at the page")
            return await goto(*arguments, **options)

        return broken_off

    for tab in (Page, LightTab):
        monkeypatch.setattr(tab, "goto", breaking(tab.goto))
    assert take(url=site.url("/simple.html")).target.status == 200
    assert next(breaks, None) is None

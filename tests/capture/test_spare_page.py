"""Pages that are made ready in advance, judged by what captures see of them."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.capture.conftest import Take, either_tab
from tests.pixels import RED, load, pixel
from tests.site.server import Site

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.processes import kill_descendants

pytestmark = pytest.mark.browser

VISIT = """
<script>
  const before = [document.cookie, localStorage.length, sessionStorage.length, name].join();
  document.cookie = 'visited=1'; localStorage.visited = 1; sessionStorage.visited = 1; name = 'visited';
  fetch('/report?before=' + encodeURIComponent(before));
</script>
"""


@either_tab
def test_captures_in_a_row_know_nothing_of_each_other(take: Take, site: Site) -> None:
    """Cookies and storage of one capture are never seen by the next, however quickly it follows."""
    for _ in range(4):
        take(url=site.url(f"/html?body={quote(VISIT)}"), delay_ms=200)
    assert [seen.query["before"] for seen in site.seen("/report")] == [[",0,0,"]] * 4


def test_a_change_of_look_is_honoured_at_once(take: Take, site: Site) -> None:
    """After several alike captures, one with another window, language and zone gets what it asks for."""
    for _ in range(3):
        take(url=site.url("/simple.html"))
    size = {"width": 500, "height": 400}
    taken = take(url=site.url("/simple.html"), viewport=size, accept_language="fr", device_scale_factor=2)
    assert load(taken.file.body).size == (1000, 800)
    assert site.seen("/simple.html")[-1].headers["accept-language"].startswith("fr")


@either_tab
def test_headers_and_cookies_reach_a_page_made_ready_in_advance(take: Take, site: Site) -> None:
    """A page made ready before the request was known still sends the request's headers and cookies."""
    for _ in range(3):
        take(url=site.url("/simple.html"))
    take(
        url=site.url("/simple.html"),
        extra_http_headers=[{"name": "X-Token", "value": "t"}],
        cookies=[{"name": "a", "value": "1"}],
    )
    last = site.seen("/simple.html")[-1]
    assert (last.headers["x-token"], last.headers["cookie"]) == ("t", "a=1")


@either_tab
def test_page_that_died_while_it_waited_is_replaced(
    take: Take, site: Site, chromium: Chromium, chromium_path: Path, runner: asyncio.Runner
) -> None:
    """A browser that is killed between two captures costs the next one a launch, and nothing else."""
    for _ in range(3):
        take(url=site.url("/simple.html"))
    runner.run(asyncio.sleep(0.3))
    assert kill_descendants(chromium_path) > 0
    runner.run(asyncio.sleep(0.3))
    assert pixel(take(url=site.url("/simple.html")).file.body, 100, 50) == RED


@either_tab
def test_browser_that_hangs_over_the_next_page_is_replaced(take: Take, site: Site, chromium_path: Path) -> None:
    """A browser that stops answering after a capture costs the next one, of another look, a retry and nothing else."""
    for _ in range(3):
        take(url=site.url("/simple.html"))
    assert kill_descendants(chromium_path, signal.SIGSTOP) > 0
    taken = take(url=site.url("/simple.html"), viewport={"width": 500, "height": 400})
    assert pixel(taken.file.body, 100, 50) == RED


@either_tab
def test_long_rows_of_captures_leave_nothing_open(take: Take, chromium: Chromium) -> None:
    """After many captures of changing looks no context is left but the one made ready."""
    for turn in range(12):
        take(html="<p>x", viewport={"width": 300 + turn // 3, "height": 300})
    browser = chromium._browser
    assert browser is not None
    assert len(browser.contexts) <= 1


def test_a_browser_leaves_no_files(chromium_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a browser keeps in its temporary folder goes when the browser is replaced or closed, in no other's way."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    browser = Chromium(chromium_path, Allowance(()))

    async def work() -> None:
        for _ in range(2):
            await browser.warm_up()
            folder = _leave_a_file(tmp_path)
            await browser.replace()
            assert not folder.exists()
        await browser.close()

    asyncio.run(work())


def _leave_a_file(where: Path) -> Path:
    """Do in the only browser's temporary folder as Chromium now and then does; returns the folder."""
    (folder,) = where.glob("pagelapse-browser-*")
    (folder / ".org.chromium.Chromium.abcdef").write_bytes(b"left")
    return folder

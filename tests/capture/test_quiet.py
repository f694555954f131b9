"""When a page counts as quiet, for callers who leave the wait to us."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from tests.pixels import GREEN, RED, pixel
from tests.site.server import Site

from pagelapse.capture.result import Capture

pytestmark = pytest.mark.browser

Take = Callable[..., Capture]

CHAIN = """<body style='margin:0;background:#ff0000'><script>
  const next = left => fetch('/slow?s=0.3&hop=' + left).then(answer => answer.text())
    .then(() => left ? next(left - 1) : setTimeout(() => { document.body.style.background = '#00ff00' }, 50));
  onload = () => setTimeout(() => next(2), 20);
</script>"""

STREAM = "<body bgcolor=lime><script>new EventSource('/never'); navigator.sendBeacon('/never')</script>"

TICKING = "<body bgcolor=red><script>setInterval(() => fetch('/png'), 30)</script>"


def _page(site: Site, source: str) -> str:
    return site.url(f"/html?body={quote(source)}")


def test_what_requests_bring_is_in_the_picture(take: Take, site: Site) -> None:
    """A page that fetches its content after it has loaded, one answer after the other, is pictured with it."""
    taken = take(url=_page(site, CHAIN), delay_ms=None)
    assert [seen.query["hop"] for seen in site.seen("/slow")] == [["2"], ["1"], ["0"]]
    assert pixel(taken.file.body, 50, 50) == GREEN
    assert taken.shortfalls == ()


def test_streams_and_beacons_hold_nothing_up(take: Take, site: Site) -> None:
    """A stream of events and a beacon, which have no end, are not waited for."""
    taken = take(url=_page(site, STREAM), delay_ms=None)
    assert len(site.seen("/never")) == 2
    assert taken.shortfalls == ()


def test_page_that_never_stops_asking_is_pictured(take: Take, site: Site) -> None:
    """A page that asks its server again and again is pictured when the wait has cost its share, and the caller told."""
    taken = take(url=_page(site, TICKING), delay_ms=None)
    assert pixel(taken.file.body, 50, 50) == RED
    assert taken.shortfalls == ("the page was still changing",)

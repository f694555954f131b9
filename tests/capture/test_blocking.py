"""Ads, trackers and widgets, by what their servers are asked for and by what the picture shows."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from tests.capture.conftest import Take
from tests.pixels import BLUE, GREEN, RED, pixel
from tests.site.server import Site

from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.filters import FilterLists
from pagelapse.errors import CaptureError

pytestmark = pytest.mark.browser


def _asked_ad_server(site: Site) -> set[str]:
    return {seen.path for seen in site.requests if seen.headers["host"].startswith("localhost")}


def test_ads_are_not_loaded_and_leave_no_gap(take: Take, site: Site) -> None:
    """The ad server gets no request; places of ads, listed or emptied, early or late, take no room."""
    body = take(url=site.url("/ads.html"), block_ads=True, wait_for_selector="#done").file.body
    assert _asked_ad_server(site) == set()
    assert [seen.query["pixel"] for seen in site.seen("/report")] == [["failed"]]
    assert [pixel(body, 100, y) for y in (50, 150, 250)] == [BLUE, BLUE, GREEN]


def test_ads_are_there_unless_asked_otherwise(take: Take, site: Site) -> None:
    """Without being asked, nothing is blocked or hidden."""
    body = take(url=site.url("/ads.html"), wait_for_selector="#done").file.body
    assert _asked_ad_server(site) == {"/png", "/green.js", "/pixel.gif"}
    assert [pixel(body, 100, y) for y in (50, 150, 250, 350, 550)] == [RED] * 5


def test_a_page_is_never_kept_from_its_own_host(take: Take, site: Site) -> None:
    """A page whose own host is listed opens with all that comes from there."""
    body = take(url=site.url("/simple.html"), block_trackers=True).file.body
    assert pixel(body, 100, 50) == RED
    page = (
        f"http://localhost:{site.port}/html?body={quote('<body style=margin:0><img src=/png?color=0000ff width=200>')}"
    )
    assert pixel(take(url=page, block_ads=True).file.body, 100, 50) == BLUE


def test_a_redirect_to_a_listed_host_is_followed(take: Take, site: Site) -> None:
    """A page may redirect to, and through, hosts that are blocked elsewhere."""
    there = quote(f"http://localhost:{site.port}/simple.html", safe="")
    assert pixel(take(url=site.url(f"/redirect?to={there}"), block_ads=True).file.body, 100, 50) == RED
    back = quote(f"http://localhost:{site.port}/redirect?to={quote(site.url('/simple.html'), safe='')}", safe="")
    assert pixel(take(url=site.url(f"/redirect?to={back}"), block_ads=True).file.body, 100, 50) == RED


def test_captures_in_a_row_block_each_their_own(take: Take, site: Site) -> None:
    """A page made ready in advance blocks for the capture that it is used by, and only for that."""
    for asked in (False, False, True, False, True, True):
        site.requests.clear()
        take(url=site.url("/ads.html"), block_ads=asked)
        assert bool(_asked_ad_server(site)) is not asked


def test_widgets_are_hidden(take: Take, site: Site) -> None:
    """Newsletter pop-ups that the lists name are not seen, and stay where nobody asked."""
    page = "<style>div{height:100px;background:red}</style><body style=margin:0><div class=newsletter-popup></div>"
    shown = [pixel(take(html=page, hide_widgets=hidden).file.body, 50, 50) for hidden in (False, True)]
    assert shown == [RED, (255, 255, 255)]


def test_pop_ups_and_chats_are_hidden(take: Take, site: Site) -> None:
    """A newsletter's pop-up with its shade and a chat's button are hidden, and a page's own login is not."""
    body = take(url=site.url("/widgets-over.html"), hide_widgets=True).file.body
    assert [pixel(body, *point) for point in ((300, 250), (1220, 740), (900, 300), (300, 600))] == [GREEN] * 3 + [BLUE]


def test_cookie_notes_of_the_lists_are_hidden(take: Take, site: Site) -> None:
    """A note that no script finds, but a list names, is hidden with the banners."""
    page = "<style>div{height:100px;background:red}</style><body style=margin:0><div class=listed-cookie-note></div>"
    assert pixel(take(html=page, cookie_banners="reject").file.body, 50, 50) == (255, 255, 255)


def test_without_lists_blocking_is_refused(
    take: Take, site: Site, chromium: Chromium, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A deployment without lists says so, naming the option, instead of not blocking in silence."""
    monkeypatch.setattr(chromium, "_filters", FilterLists(tmp_path))
    with pytest.raises(CaptureError, match="has no filter lists") as refused:
        take(url=site.url("/ads.html"), block_ads=True)
    assert refused.value.option == "block_ads"
    assert site.requests == []

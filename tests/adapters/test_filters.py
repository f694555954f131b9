"""What filter lists block and hide for a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from pagelapse.adapters.filters import FilterLists
from pagelapse.errors import CaptureError
from pagelapse.local import filter_rules, filters

ADS = """
||ads.example^
||shop.example^
||metrics.news.example^
||social.example^$third-party
@@||ads.example^$domain=friend.example|foe.*
@@||page.example^$document
##.ad
##.ad > .inner
##[data-ad]
news.example##.house
news.*##.wild
news.example#@#.ad
@@||plain.example^$generichide
"""


@pytest.fixture
def lists(tmp_path: Path) -> FilterLists:
    """Lists of ads alone."""
    filters.write(tmp_path, "ads", filter_rules.read(ADS.splitlines()))
    return FilterLists(tmp_path)


@pytest.mark.parametrize(
    ("page", "host", "blocked"),
    [
        ("https://news.example/", "ads.example", True),
        ("https://news.example/", "cdn.x.ADS.example.", True),
        ("https://news.example/", "myads.example", False),
        ("https://news.example/", "example", False),
        (None, "ads.example", True),
        ("https://ads.example/", "ads.example", False),
        ("https://www.shop.example/", "img.shop.example", False),
        ("https://www.news.example/", "metrics.news.example", True),
        ("https://metrics.news.example/", "metrics.news.example", False),
        ("https://news.example/", "api.social.example", True),
        ("https://www.social.example/", "api.social.example", False),
        ("https://www.friend.example/", "ads.example", False),
        ("https://foe.co.uk/", "ads.example", False),
        ("https://page.example/", "ads.example", False),
    ],
)
def test_hosts(lists: FilterLists, page: str | None, host: str, blocked: bool) -> None:
    """Listed hosts and all below them are blocked, but never the page's own, nor where the list excepts it."""
    blocker = lists.blocker(["ads"], page)
    assert blocker.blocks(host) is blocked
    assert blocker.blocked == ({host.lower().rstrip(".")} if blocked else set())


def test_redirects_add_to_the_page(lists: FilterLists) -> None:
    """A host that the page's address redirects to is the page's own, beside the first."""
    blocker = lists.blocker(["ads"], "https://shop.example/")
    blocker.let_through("https://ads.example/")
    assert not blocker.blocks("ads.example")
    assert not blocker.blocks("www.shop.example")


@pytest.mark.parametrize(
    ("page", "selectors"),
    [
        ("https://other.example/", ["[data-ad]", ".ad", ".ad > .inner"]),
        ("https://www.news.example/", [".house", ".wild", "[data-ad]", ".ad > .inner"]),
        ("https://plain.example/", []),
    ],
)
def test_selectors(lists: FilterLists, page: str, selectors: list[str]) -> None:
    """What is hidden are the page's own classes and ids that are listed, and what is listed for the page."""
    assert lists.selectors(["ads"], page, [".ad", "#main", ".other"]) == selectors


def test_missing_lists(tmp_path: Path) -> None:
    """Without its lists a kind is refused, by the option that asked for it."""
    with pytest.raises(CaptureError) as refused:
        FilterLists(tmp_path).blocker(["trackers"], None)
    assert refused.value.option == "block_trackers"
    assert FilterLists(tmp_path).consent_engine is None


def test_the_installed_lists_know_the_best_known_hosts() -> None:
    """The real lists, as `make test` installs them, hold the web's largest advertisers and trackers."""
    from pagelapse.local.layout import Layout

    real = FilterLists(Layout().filters)
    ads, trackers = (real.blocker([kind], "https://news.example/") for kind in ("ads", "trackers"))
    assert all(map(ads.blocks, ("securepubads.g.doubleclick.net", "pagead2.googlesyndication.com", "ib.adnxs.com")))
    assert all(map(trackers.blocks, ("www.google-analytics.com", "www.googletagmanager.com", "static.hotjar.com")))
    assert not any(map(ads.blocks, ("cdn.jsdelivr.net", "fonts.gstatic.com", "news.example", "www.wikipedia.org")))
    assert len(real.selectors(["ads"], "https://news.example/", [".ad-slot"])) > 100

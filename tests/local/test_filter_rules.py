"""What is taken from filter lists, in the words of their syntax."""

from __future__ import annotations

import pytest

from pagelapse.local.filter_rules import key_of, read


def test_only_whole_hosts_are_blocked() -> None:
    """A host is blocked where a rule blocks all of it; rules about parts of it, pop-ups or some pages are left out."""
    rules = read(
        [
            "! a comment",
            "||a.example^",
            "||b.example^$third-party",
            "||c.example^$all",
            "||d.example^$third-party,redirect=nooptext,important",
            "||e.example/ads/",
            "||f.example^$popup",
            "||g.example^$domain=news.example",
            "||h.example^$image",
            "||com^",
            "/banner.gif",
        ]
    )
    assert rules.hosts == {"a.example", "c.example"}
    assert rules.third_party == {"b.example", "d.example"}


def test_exceptions_are_kept_where_they_matter() -> None:
    """Exceptions for pages and for all of a host count, those for a path of it or for cookies don't."""
    rules = read(
        [
            "||ads.example^",
            "||gone.example^",
            "||withdrawn.example^",
            "||withdrawn.example^$badfilter",
            "@@||gone.example^",
            "@@||ads.example^$domain=one.example|~two.example|three.*",
            "@@||img.ads.example/logo.png$domain=four.example",
            "@@||ads.example/path",
            "@@||ads.example^$cookie=x",
            "@@||unlisted.example^",
            "@@||page.example^$document",
            "@@||plain.example^$generichide",
        ]
    )
    assert rules.hosts == {"ads.example"}
    assert rules.allowed == {"ads.example": {"one.example", "three.*"}, "img.ads.example": {"four.example"}}
    assert (rules.pages, rules.plain_pages) == ({"page.example"}, {"plain.example"})


def test_a_host_below_a_blocked_one_is_not_listed_twice() -> None:
    """What is below a blocked host needs no rule."""
    rules = read(["||example.com^", "||ads.example.com^", "||x.ads.example.com^$third-party"])
    assert (rules.hosts, rules.third_party) == ({"example.com"}, set())


def test_selectors() -> None:
    """Selectors are for all pages or some; what isn't CSS is left out."""
    rules = read(
        [
            "##.ad",
            "###ad",
            "~own.example##.promo",
            "a.example,b.*##.x",
            "a.example#@#.ad",
            "##.everywhere",
            "#@#.everywhere",
            "##div:has-text(Ad)",
            "a.example#$#body { padding: 0 }",
            "a.example#%#alert(1)",
            "[$path=/x]a.example##.y",
        ]
    )
    assert rules.generic == {".ad", "#ad", ".promo"}
    assert rules.specific == {"a.example": {".x"}, "b.*": {".x"}}
    assert rules.shown == {"own.example": {".promo"}, "a.example": {".ad"}}


@pytest.mark.parametrize(
    ("selector", "key"),
    [
        (".ad", ".ad"),
        ("#ad-1", "#ad-1"),
        ("div.ad > img", ".ad"),
        ("div[class^='.no'] .ad", ".ad"),
        ("div[id^=ad]", None),
        (".one, .two", None),
        ("div:not(.ad)", None),
    ],
)
def test_key_of_a_selector(selector: str, key: str | None) -> None:
    """A selector is looked up by a class or id that must be on the page for it to match."""
    assert key_of(selector) == key

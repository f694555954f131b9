"""Strangers' files: sitemaps, robots.txt and filter lists, mutated from good ones."""

from __future__ import annotations

import gzip

from hypothesis import example, given
from hypothesis import strategies as st
from tests.fuzz.bounds import bounded, without_hanging

from pagelapse.bulk.robots import sitemaps_of
from pagelapse.bulk.sitemaps import NotASitemap, entries
from pagelapse.local.filter_rules import key_of, read

EXAMPLES = 250
BASE = "https://example.com/sitemap.xml"

_PIECES = st.sampled_from(
    [b"<urlset>", b"</urlset>", b"<url>", b"</url>", b"<loc>", b"</loc>", b"<sitemapindex>", b"<sitemap>", b"<rss>",
     b"<channel><item><link>", b"</link>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<link href='/a'/>",
     b"https://example.com/a", b"//b", b"\n", b"&amp;", b"&a;", b"&#0;", b"&#x110000;", b"<!DOCTYPE a [", b"]>",
     b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml version='1.0' encoding='utf-16'?>",
     b"<?xml version='1.0' encoding='idna'?>",
     b"<?xml version='1.0' encoding='rot13'?>", b"<?", b"?>", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x00",
     b"\x1f\x8b", b"\xed\xa0\x80", b"<a:b xmlns:a=''>", b"<" * 50, b"<a>" * 40, b" " * 1000]
)  # fmt: skip
_FILES = st.lists(_PIECES | st.binary(max_size=8), max_size=25).map(b"".join)
_PACKED = _FILES.map(gzip.compress) | _FILES.map(lambda body: gzip.compress(body)[:-5]) | _FILES


@given(_PACKED)
@example(b"<?xml version='1.0' encoding='\xff'?><urlset/>")
@bounded(EXAMPLES)
def test_sitemaps(body: bytes) -> None:
    """Whatever a sitemap holds, its addresses are web addresses, or it is refused as none."""
    with without_hanging():
        try:
            found = list(entries(body, BASE))
        except NotASitemap:
            return
    assert all(entry.url.lower().startswith(("http://", "https://")) for entry in found)


_LINES = st.sampled_from(
    ["Sitemap:", "sitemap :", "User-agent: *", "https://example.com/s.xml", "//", ":", " #", "\r", "\x85"]
)


@given(st.lists(_LINES | st.text(max_size=10), max_size=20).map("".join).map(lambda text: text.encode()) | st.binary())
@bounded(EXAMPLES)
def test_robots(body: bytes) -> None:
    """Whatever a robots.txt holds, it names web addresses or none."""
    with without_hanging():
        assert all(url.lower().startswith(("http://", "https://")) for url in sitemaps_of(body, BASE))


_TOKENS = st.sampled_from(
    ["||", "@@||", "ads.example.com", "example", ".", "..", "-", "^", "$", "third-party", "3p", "badfilter", "domain=",
     "a.com|~b.com", ",", "##", "#@#", "#?#", ".ad", "#ad", "[href=\"x\"]", ":has(", ":contains(", ")", "*", "~", "!",
     "/", "generichide", "document", "\\", "\t", "\u200b", "ÄÖ", "(" * 30, "a" * 200, ":is(" * 20]
)  # fmt: skip
_RULES = st.lists(st.lists(_TOKENS | st.text(max_size=4), max_size=8).map("".join), max_size=30)


@given(_RULES)
@example(["||" + "a." * 5000 + "com^"])
@example(["##" + ":is(" * 5000])
@example(["x" * 100_000 + "##.a"])
@bounded(EXAMPLES)
def test_filter_lists(lines: list[str]) -> None:
    """Whatever a filter list says, it is read, in time, and no rule blocks everything."""
    with without_hanging():
        rules = read(lines)
        for selector in rules.generic:
            key_of(selector)
    assert all("." in host for host in rules.hosts | rules.third_party)
    assert "" not in rules.generic

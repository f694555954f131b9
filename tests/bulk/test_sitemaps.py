from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pagelapse.bulk import sitemaps
from pagelapse.bulk.sitemaps import Entry, NotASitemap, TooLarge, entries

BASE = "https://example.com/sitemap.xml"
URLSET = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
 <url><loc>https://example.com/</loc><lastmod>2024-01-15</lastmod></url>
 <url>
  <loc> https://example.com/a?x=1&amp;y=2 </loc>
  <image:image><image:loc>https://example.com/a.png</image:loc></image:image>
  <xhtml:link rel="alternate" hreflang="de" href="https://example.com/de/a"/>
 </url>
 <url><loc><![CDATA[https://example.com/b]]></loc></url>
</urlset>"""
PAGES = ["https://example.com/", "https://example.com/a?x=1&y=2", "https://example.com/b"]


def _urls(body: str | bytes) -> list[str]:
    return [entry.url for entry in entries(body.encode() if isinstance(body, str) else body, BASE)]


@pytest.mark.parametrize(
    "body",
    [
        URLSET.encode(),
        b"\xef\xbb\xbf" + URLSET.encode(),
        URLSET.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
        URLSET.replace(' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', "").encode(),
        gzip.compress(URLSET.encode()),
        gzip.compress(gzip.compress(URLSET.encode())),
        gzip.compress(URLSET.encode()) + b"trailing rubbish",
        "\n".join(PAGES).encode(),
        gzip.compress("\r\n".join(["", *PAGES, ""]).encode()),
        b"\xef\xbb\xbf" + "\r".join(PAGES).encode(),
    ],
    ids=["xml", "bom", "utf-16", "no-ns", "gzip", "gzip-twice", "gzip-rest", "text", "text-crlf-gzip", "text-cr-bom"],
)
def test_pages_are_read_from_every_form(body: bytes) -> None:
    """XML and text, packed or not, give the same pages in the same order, and neither images nor translations."""
    assert _urls(body) == PAGES


def test_an_index_names_sitemaps() -> None:
    """A sitemap index gives sitemaps, not pages."""
    body = "<sitemapindex><sitemap><loc>https://example.com/1.xml</loc></sitemap></sitemapindex>"
    assert list(entries(body.encode(), BASE)) == [Entry("https://example.com/1.xml", is_sitemap=True)]


@pytest.mark.parametrize(
    "body",
    [
        """<rss><channel><link>https://example.com/</link><item><link>https://example.com/1</link></item>
        <item><link>/2</link></item></channel></rss>""",
        """<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://example.com/"/>
        <entry><link rel="alternate" href="https://example.com/1"/><link rel="enclosure" href="/1.mp3"/></entry>
        <entry><link href="/2"/></entry></feed>""",
    ],
    ids=["rss", "atom"],
)
def test_feeds_are_sitemaps(body: str) -> None:
    """RSS and Atom give the pages of their items, not the feed's own."""
    assert _urls(body) == ["https://example.com/1", "https://example.com/2"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"hello\nworld", "neither XML"),
        (b"<!DOCTYPE html><html></html>", "document type"),
        (b"<html><url><loc>https://example.com/</loc></url></html>", "<html>"),
        (b"<urlset><url><loc>https://example.com/</loc>", "well-formed"),
        (b'<?xml version="1.0" encoding="klingon"?><urlset/>', "XML|encoding"),
        (b"\x1f\x8b" + b"\0" * 50, "gzip"),
        (gzip.compress(URLSET.encode())[:-12], "gzip"),
        (b"<urlset>" + b"<a>" * 100, "too deep"),
        (b"https://example.com/" + b"a" * 200_000, "too long"),
        (b"<urlset><!--" + b"a" * 2_000_000 + b"--></urlset>", "comment that is too long"),
        (b"<urlset><" + b"a" * 2_000_000 + b"/></urlset>", "tag or a comment"),
    ],
    ids=[
        "empty",
        "prose",
        "doctype",
        "html",
        "cut",
        "encoding",
        "gzip",
        "gzip-cut",
        "deep",
        "long-line",
        "long-comment",
        "long-tag",
    ],
)
def test_other_files_are_refused(body: bytes, why: str) -> None:
    """What is no sitemap is refused with the reason."""
    with pytest.raises(NotASitemap, match=why):
        _urls(body)


def test_a_short_sitemap_is_read_as_far_as_it_is_well_formed() -> None:
    """What a damaged sitemap names before the damage is read, however short it is."""
    read = entries(b"<urlset><url><loc>/a</loc></url>\n<url><loc>/b?x=1&y=2</loc></url></urlset>", BASE)
    assert next(read).url == "https://example.com/a"
    with pytest.raises(NotASitemap, match="line 2 is not well-formed"):
        next(read)


def test_entities_are_never_expanded() -> None:
    """A document that declares entities, as a billion laughs do, is refused before its first page."""
    laughs = (
        '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><urlset><url><loc>https://x.test/&b;</loc></url></urlset>'
    )
    with pytest.raises(NotASitemap, match="document type"):
        _urls(laughs)


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(b"<urlset>"), *(packer.compress(b" " * 1_000_000) for _ in range(size))]
    return b"".join([*parts, packer.flush()])


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_a_bomb_is_not_unpacked(twice: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to more than a sitemap may have is refused at the limit."""
    monkeypatch.setattr(sitemaps, "MAX_BYTES", 5_000_000)
    bomb = gzip.compress(_bomb(30)) if twice else _bomb(30)
    assert len(bomb) < 50_000
    with pytest.raises(TooLarge, match="5000000 bytes"):
        _urls(bomb)


def test_a_sitemap_ends_at_its_limit_of_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sitemap with more entries than the protocol allows is refused."""
    monkeypatch.setattr(sitemaps, "MAX_ENTRIES", 3)
    with pytest.raises(TooLarge, match="3 entries"):
        _urls("\n".join(f"https://example.com/{number}" for number in range(4)))


def test_reading_ends_when_nobody_asks_for_more() -> None:
    """Pages are found while the file is read: what comes after the last one wanted is not even parsed."""
    body = "<urlset><url><loc>https://example.com/1</loc></url>" + " " * 200_000 + "</broken>"
    assert next(entries(body.encode(), BASE)).url == "https://example.com/1"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "ftp://example.com/", "https://", "https://example.com:99999/",
     "https://example.com/" + "a" * 9000, "https://[::1", "mailto:a@example.com"],
)  # fmt: skip
def test_addresses_that_no_page_has_are_left_out(url: str) -> None:
    """Other schemes, malformed and endless addresses are left out; the pages around them stay."""
    pages = ("https://example.com/1", url, "https://example.com/2")
    body = f"<urlset>{''.join(f'<url><loc>{page}</loc></url>' for page in pages)}</urlset>"
    assert _urls(body) == ["https://example.com/1", "https://example.com/2"]


@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_any_file_is_read_or_refused(body: bytes) -> None:
    """Whatever the bytes are, they give addresses or are refused as no sitemap."""
    for prefix in (b"", b"<urlset><url><loc>", b"https://example.com/\n"):
        try:
            found = _urls(prefix + body)
        except NotASitemap:
            continue
        assert all(url.lower().startswith(("http://", "https://")) for url in found)

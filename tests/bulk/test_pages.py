from __future__ import annotations

import pytest

from pagelapse.bulk.jobs import capture_id, is_job_id, page_of
from pagelapse.bulk.pages import PageList
from pagelapse.bulk.robots import MAX_SITEMAPS, sitemaps_of

JOB = "f147c641-f644-429c-8395-2ed9cdf30154"


def _added(*urls: str, limit: int = 100) -> list[str]:
    pages = PageList({"example.com"}, limit)
    for url in urls:
        pages.add(url)
    return pages.urls


@pytest.mark.parametrize(
    "again",
    ["https://example.com/a", "https://EXAMPLE.com/a", "https://example.com:443/a", "https://example.com/a#part"],
)
def test_a_page_is_captured_once(again: str) -> None:
    """A page that a sitemap names twice, in whatever spelling of its host, port or fragment, is one page."""
    assert _added("https://example.com/a", again, "https://example.com/b") == [
        "https://example.com/a",
        "https://example.com/b",
    ]


@pytest.mark.parametrize(
    "other",
    ["https://example.com/A", "https://example.com/a/", "https://example.com/a?x", "https://example.com/a#/route",
     "http://example.com/a", "https://example.com:8443/a", "https://www.example.com/a"],
)  # fmt: skip
def test_other_pages_are_captured_too(other: str) -> None:
    """Case, slash, query, route, scheme and port make another page."""
    assert _added("https://example.com/a", other) == ["https://example.com/a", other]


@pytest.mark.parametrize(
    "url", ["https://evil.test/", "https://example.com.evil.test/", "https://sub.example.com/", "https://a@evil.test/"]
)
def test_pages_of_other_hosts_are_left_out(url: str) -> None:
    """A sitemap can't make a job capture another host."""
    assert _added(url, "https://example.com/") == ["https://example.com/"]


def test_a_list_ends_at_its_limit() -> None:
    """A job has no more pages than were asked for: the first ones."""
    assert _added(*[f"https://example.com/{number}" for number in range(5)], limit=2) == [
        "https://example.com/0",
        "https://example.com/1",
    ]


def test_robots_names_sitemaps() -> None:
    """Every Sitemap line counts, whatever its case and place; other lines and other schemes don't."""
    robots = (
        b"\xef\xbb\xbfsitemap: https://example.com/1.xml\r\nUser-agent: *\r\nDisallow: /\r\n"
        b"SITEMAP:/2.xml # ours\nSitemap: ftp://example.com/3.xml\nSitemap:\n# Sitemap: https://example.com/4.xml\n"
        b"Sitemap: https://example.com/1.xml\nX-Sitemap: https://example.com/5.xml"
    )
    found = sitemaps_of(robots, "https://example.com/robots.txt")
    assert found == ["https://example.com/1.xml", "https://example.com/2.xml"]


def test_robots_names_only_so_many() -> None:
    """An endless robots.txt gives a limited number of sitemaps."""
    robots = "\n".join(f"Sitemap: https://example.com/{number}.xml" for number in range(500))
    assert len(sitemaps_of(robots.encode(), "https://example.com/robots.txt")) == MAX_SITEMAPS


def test_a_capture_knows_its_page() -> None:
    """A capture's id leads back to its job and page; any other text leads nowhere."""
    assert page_of(capture_id(JOB, 17)) == (JOB, 17)
    for text in ("", JOB, f"{JOB}_", f"{JOB}_-1", f"{JOB}_x", f"{JOB}_²", "a_1", f"{JOB.upper()}_1"):
        assert page_of(text) is None
    assert is_job_id(JOB)
    assert not is_job_id("../" + JOB)

"""Where a site says that its sitemap is: `Sitemap:` lines of robots.txt, else places that are common."""

from __future__ import annotations

from collections.abc import Iterator

from pagelapse.bulk.sitemaps import absolute

MAX_BYTES = 512_000
"""Read of a robots.txt; crawlers parse at least 500 KiB (RFC 9309, 2.5)."""

MAX_SITEMAPS = 50
"""Taken of one robots.txt."""

COMMON_PLACES = (
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-index.xml",
    "/wp-sitemap.xml",
    "/sitemap.xml.gz",
    "/sitemap.txt",
    "/sitemap/sitemap.xml",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/feed",
)
"""Asked in this order; the first that is a sitemap is taken."""


def sitemaps_of(robots: bytes, robots_url: str) -> list[str]:
    """The sitemaps that a robots.txt names, each once; the line's name may have any case (RFC 9309, 2.2)."""
    return list(dict.fromkeys(_named(robots, robots_url)))[:MAX_SITEMAPS]


def _named(robots: bytes, robots_url: str) -> Iterator[str]:
    for line in robots.decode("utf-8-sig", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() != "sitemap":
            continue
        try:
            yield absolute(value.split(" #")[0], robots_url)
        except ValueError:
            continue

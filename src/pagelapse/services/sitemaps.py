"""Finds a site's sitemap and reads the pages that it names. Everything comes through the guarded HTTP client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from pagelapse.adapters.http import AddressRefused, Answer, AnswerTooLarge, HttpError
from pagelapse.bulk.pages import PageList, host_of
from pagelapse.bulk.robots import COMMON_PLACES, sitemaps_of
from pagelapse.bulk.robots import MAX_BYTES as MAX_ROBOTS_BYTES
from pagelapse.bulk.sitemaps import MAX_BYTES, Entry, NotASitemap, entries
from pagelapse.capture.urls import checked_url
from pagelapse.errors import InvalidUrl, SitemapUnusable, TargetRefused

MAX_FILES = 100
"""Sitemaps read for one job."""

MAX_NESTING = 3
"""Sitemaps named by sitemaps. The protocol knows one level; some generators write two."""

BUDGET_S = 20.0
"""Seconds for everything; API Gateway gives the whole request 30 (AWS quota)."""

_REQUEST_S = 8.0
_LONGEST_PLACE = 200


class Getter(Protocol):
    """Makes requests."""

    def get(self, url: str, *, max_bytes: int, timeout_s: float) -> Answer:
        """The answer; raises `HttpError`."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A site's pages."""

    site_url: str
    """The site's own address."""
    sitemap_url: str
    """The first sitemap that named a page, or led to one."""
    urls: list[str]


class Sitemaps:
    """Reads sitemaps.

    Args:
        http: How they are fetched.
        clock: Monotonic seconds; tests pass their own.
    """

    def __init__(self, http: Getter, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._clock = clock

    def find(self, site: str, *, limit: int) -> Found:
        """The pages of a site, by the sitemaps that its robots.txt names, else by those in common places.

        Args:
            site: An address, or only a host with or without a port.
            limit: Most pages.

        Raises:
            InvalidUrl: When `site` is no address.
            TargetRefused: When it may not be reached.
            SitemapUnusable: When no sitemap with a page of the site is there.
        """
        origins = _origins(site)
        search = self._search(limit)
        for origin in origins:
            pages = PageList({host_of(origin)}, limit)
            try:
                root, named = search.robots(origin)
            except AddressRefused as error:
                raise TargetRefused(f"{host_of(origin)} {error}", option="url") from error
            except HttpError as error:
                if origin != origins[-1]:
                    continue
                raise SitemapUnusable(f"{host_of(origin)} {error}.", option="url") from error
            pages.hosts.add(host_of(root))
            sitemap_url = search.first(named, pages) or search.first_of_common(root, pages)
            if sitemap_url:
                return Found(f"{origin}/", sitemap_url, pages.urls)
        why = "" if search.problem is None else f" ({search.problem})"
        hint = "name one as sitemap_url"
        raise SitemapUnusable(f"no sitemap with a page was found at {host_of(origins[0])}{why}; {hint}.", option="url")

    def read(self, sitemap_url: str, *, limit: int, any_host: bool = False) -> Found:
        """The pages that one sitemap names, only its own host's or any; raises as `find`, about `sitemap_url`."""
        try:
            checked_url(sitemap_url)
        except ValueError as error:
            raise InvalidUrl(f"{error}.", option="sitemap_url") from error
        pages = PageList({host_of(sitemap_url)}, limit, any_host=any_host)
        try:
            self._search(limit).walk(sitemap_url, pages)
        except AddressRefused as error:
            raise TargetRefused(f"{error}.", option="sitemap_url") from error
        except (HttpError, NotASitemap) as error:
            if not pages.urls:
                raise SitemapUnusable(f"{error}.", option="sitemap_url") from error
        if not pages.urls:
            raise SitemapUnusable("names no page of its own host.", option="sitemap_url")
        site = pages.urls[0] if any_host else sitemap_url
        return Found(urljoin(site, "/"), sitemap_url, pages.urls)

    def _search(self, limit: int) -> _Search:
        return _Search(self._http, limit, self._clock, self._clock() + BUDGET_S)


class _Search:
    """One job's reading, with what is left of its time and its files."""

    def __init__(self, http: Getter, limit: int, clock: Callable[[], float], deadline: float) -> None:
        self._http = http
        self._limit = limit
        self._clock = clock
        self._deadline = deadline
        self._read: set[str] = set()
        self.problem: str | None = None
        """Why the last sitemap that the site itself names could not be read."""

    def robots(self, origin: str) -> tuple[str, list[str]]:
        """Where the site's root is after redirects, and the sitemaps that its robots.txt names; raises `HttpError`."""
        place = f"{origin}/robots.txt"
        try:
            answer = self._get(place, MAX_ROBOTS_BYTES)
        except AnswerTooLarge:
            return origin, []
        root = urljoin(answer.url or place, "/").rstrip("/")
        return root, sitemaps_of(answer.body, answer.url or place) if answer.status == 200 else []

    def first_of_common(self, root: str, pages: PageList) -> str | None:
        """Read the first sitemap that gives a page; that most of the places are empty is no problem."""
        problem = self.problem
        found = self.first([root + place for place in COMMON_PLACES], pages, only_one=True)
        self.problem = problem
        return found

    def first(self, places: list[str], pages: PageList, *, only_one: bool = False) -> str | None:
        """Read sitemaps as far as they can be read; the first one that gave a page."""
        giving = None
        for place in places:
            before = len(pages.urls)
            hosts = set(pages.hosts)
            try:
                self.walk(place, pages)
            except (HttpError, NotASitemap) as error:
                self.problem = f"{place[:_LONGEST_PLACE]} {error}"
                pages.hosts.intersection_update(hosts)
            if len(pages.urls) > before:
                giving = giving or place
            if pages.full or (only_one and giving):
                break
        return giving

    def walk(self, place: str, pages: PageList, depth: int = 0) -> None:
        """Read a sitemap and those that it names.

        Raises:
            HttpError: When it can't be fetched.
            NotASitemap: When it can't be read, or there is no time for it.
        """
        if place in self._read or len(self._read) >= MAX_FILES:
            return
        self._read.add(place)
        answer = self._get(place, MAX_BYTES)
        if answer.status != 200:
            raise HttpError(f"answers with status {answer.status}")
        if depth == 0:
            pages.hosts |= {host_of(place), host_of(answer.url or place)}
        for entry in self._in_time(entries(answer.body, answer.url or place)):
            if not entry.is_sitemap:
                pages.add(entry.url)
            elif depth < MAX_NESTING:
                self._walk_nested(entry.url, pages, depth + 1)
            if pages.full:
                return

    def _walk_nested(self, place: str, pages: PageList, depth: int) -> None:
        """One that can't be read does not spoil the others."""
        try:
            self.walk(place, pages, depth)
        except (HttpError, NotASitemap):
            return

    def _get(self, url: str, max_bytes: int) -> Answer:
        left = self._deadline - self._clock()
        if left <= 0:
            raise HttpError("takes too long to be read")
        return self._http.get(url, max_bytes=max_bytes, timeout_s=min(_REQUEST_S, left))

    def _in_time(self, found: Iterator[Entry]) -> Iterator[Entry]:
        for entry in found:
            if self._clock() > self._deadline:
                raise NotASitemap("takes too long to be read")
            yield entry


def _origins(site: str) -> list[str]:
    """Where a site may be: as given, or by https and then by http.

    Raises:
        InvalidUrl: When that is no address.
    """
    text = site.strip()
    given = [text] if "://" in text else [f"https://{text}", f"http://{text}"]
    try:
        parts = [urlsplit(checked_url(url)) for url in given]
    except ValueError as error:
        raise InvalidUrl(f"{error}.", option="url") from error
    return [f"{each.scheme.lower()}://{each.netloc.rpartition('@')[2].lower()}" for each in parts]

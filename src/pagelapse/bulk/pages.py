"""Which of the addresses that a sitemap names are pages of a job."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def host_of(url: str) -> str:
    """The host that a page belongs to, in lower case, the same with and without `www.`."""
    return (urlsplit(url).hostname or "").rstrip(".").lower().removeprefix("www.")


class PageList:
    """Pages in the order in which they come, each once, at most so many.

    A sitemap speaks for its own host only (sitemaps.org, "Sitemap file location"), so pages of others are left out.

    Args:
        hosts: Of the site and its sitemaps, as `host_of` gives them.
        limit: Most pages.
        any_host: Leave none out.
    """

    def __init__(self, hosts: set[str], limit: int, *, any_host: bool = False) -> None:
        self.hosts = hosts
        self._any_host = any_host
        self._limit = limit
        self._pages: dict[str, str] = {}

    @property
    def urls(self) -> list[str]:
        """The pages."""
        return list(self._pages.values())

    @property
    def full(self) -> bool:
        """Whether there is no room for another one."""
        return len(self._pages) >= self._limit

    def add(self, url: str) -> bool:
        """Add a page; false when it belongs to another host, is there already, or has no room."""
        key = same_page_key(url)
        if self.full or key in self._pages or not (self._any_host or host_of(url) in self.hosts):
            return False
        self._pages[key] = url
        return True


def same_page_key(url: str) -> str:
    """Equal for addresses of one page: host and port in their normal form, and no fragment but a route's (`#/…`)."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    fragment = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    return urlunsplit((parts.scheme, host + port, parts.path or "/", parts.query, fragment))

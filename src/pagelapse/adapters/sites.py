"""Which URLs belong to one site: the same registrable domain, by the public suffix list."""

from __future__ import annotations

import ipaddress
from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def site(url: str) -> str:
    """The registrable domain of `url`'s host, or the host itself when it is an address or a single label."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _suffixes().privatesuffix(host) or host
    return host


def same_site(one: str, other: str) -> bool:
    """Whether both URLs belong to the same site, whatever their schemes and ports."""
    return site(one) == site(other)

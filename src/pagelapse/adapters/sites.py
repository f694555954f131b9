"""Which URLs belong together: one origin, or one site, which is a registrable domain by the public suffix list."""

from __future__ import annotations

import ipaddress
from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

_DEFAULT_PORTS = {"http": 80, "https": 443}


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def site(url: str) -> str:
    """The registrable domain of `url`'s host, or the host itself when it is an address or a single label."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if _is_address(host):
        return host
    return _suffixes().privatesuffix(host) or host


def same_site(one: str, other: str) -> bool:
    """Whether both URLs belong to the same site, whatever their schemes and ports."""
    return site(one) == site(other)


def origin(url: str) -> str:
    """Scheme, host and port as browsers write them: in lower case, IDNA-encoded, without a default port (RFC 6454)."""
    parts = urlsplit(url)
    host = _ascii(parts.hostname or "")
    shown = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{shown}{port}"


def cookie_domain(url: str, domain: str) -> str:
    """The cookie domain `domain`, if the server of `url` could set a cookie for it (RFC 6265, 5.3, steps 5 and 6).

    Returns:
        With a leading dot when subdomains share the cookie, without when it is the host's alone.

    Raises:
        ValueError: When it is neither the host nor a parent of it, or a public suffix.
    """
    host = _ascii((urlsplit(url).hostname or "").rstrip("."))
    wanted = _ascii(domain.removeprefix(".").rstrip("."))
    shared = "." in wanted and not _is_address(wanted) and _suffixes().privatesuffix(wanted) is not None
    if wanted == host:
        return f".{host}" if shared else host
    if _is_address(host) or not host.endswith(f".{wanted}"):
        raise ValueError(f"{domain} is neither the page's host nor a parent of it")
    if not shared:
        raise ValueError(f"{domain} is a public suffix")
    return f".{wanted}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _ascii(host: str) -> str:
    """A host name in lower case and IDNA; one that can't be encoded stays as it is, and equals no browser's."""
    try:
        return host.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return host.lower()

"""Where an account's requests may come from: addresses, origins, and how often from one address."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from pagelapse.errors import AddressRateExceeded, AddressRestricted, OriginRestricted
from pagelapse.records import Account

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sends a request, as far as its connection and its headers tell."""

    address: str
    origin: str | None = None
    """`https://example.com`, of the page that makes a browser send it."""
    signed_in: bool = False
    """It comes from our own pages: what they ask is for whoever is signed in, and no other page can ask it for them."""


VISITOR: ContextVar[Visitor | None] = ContextVar("visitor", default=None)
"""Of the request that is being answered; `None` where there is none, as on the command line."""


class Windows(Protocol):
    """Where the counts of all processes meet."""

    def count(self, subject: str, name: str, *, now: float, seconds: int) -> tuple[int, float]:
        """Count one request in the subject's window; how many there are now, and the Unix time of the window's end."""
        ...


class Restrictions:
    """Lets a request through, or not, by where it comes from.

    Args:
        windows: Counts requests per address.
        clock: Unix time, seconds.
    """

    def __init__(self, windows: Windows, *, clock: Callable[[], float] = time.time) -> None:
        self._windows = windows
        self._clock = clock

    def admit(self, account: Account, visitor: Visitor | None) -> None:
        """Let the visitor's request through; an account without restrictions costs nothing.

        Raises:
            AddressRestricted: When the account is for other addresses.
            OriginRestricted: When it is for other origins.
            AddressRateExceeded: When the address has sent too many requests within a minute.
        """
        if visitor is None:
            return
        if account.allowed_networks and not _lies_in(visitor.address, account.allowed_networks):
            raise AddressRestricted("The account may not be used from this address.")
        if account.allowed_origins and not visitor.signed_in and visitor.origin not in account.allowed_origins:
            raise OriginRestricted("The account may not be used from this origin.")
        if account.address_limit is not None:
            self._count(account, visitor, account.address_limit)

    def _count(self, account: Account, visitor: Visitor, limit: int) -> None:
        now, subject = self._clock(), f"{account.account_id}#{visitor.address}"
        requests, until = self._windows.count(subject, "address", now=now, seconds=WINDOW_S)
        if requests > limit:
            wait_s = max(1, math.ceil(until - now))
            raise AddressRateExceeded("Too many requests from this address; wait a moment.", retry_after_s=wait_s)


def visitor_of(address: str | None, origin: str | None, referer: str | None) -> Visitor:
    """Whoever sends a request from `address`, with these `Origin` and `Referer` headers.

    Images are fetched without `Origin`; the `Referer` of another site's page holds at least its origin.
    """
    return Visitor(address or "", origin_of(origin or "") or origin_of(referer or ""))


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an http or https URL, in lower case (RFC 6454); `None` of anything else."""
    try:
        parts = urlsplit(url.strip().lower())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def network_of(text: str) -> str:
    """An address or a network in CIDR form, written the usual way; raises `ValueError`."""
    return str(ipaddress.ip_network(text.strip(), strict=False))


def _lies_in(text: str, networks: Iterable[str]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in ipaddress.ip_network(network) for network in networks)

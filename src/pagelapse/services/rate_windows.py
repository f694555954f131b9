"""Requests per window of time, exactly, for those who are told how many are left.

A window begins with its first request and is counted in the table by one write a request, so what the headers say
holds for all processes. `rate_limit` is cheaper and says less (docs/adr).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RateRule:
    """How many requests of a kind each subject may make in a window."""

    name: str
    """Short; names the window in the table."""
    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subject stands after a request."""

    admitted: bool
    limit: int
    remaining: int
    resets_at: int
    """Unix time, seconds, rounded up."""
    retry_after_s: int
    """Seconds until a new window begins; at least 1."""


class WindowStore(Protocol):
    """Where the counts of all processes meet."""

    def count(self, subject: str, name: str, *, now: float, seconds: int) -> tuple[int, float]:
        """Count one request in the subject's window, or begin a new one of `seconds` at the Unix time `now`.

        Returns:
            The window's requests with this one, and the Unix time of its end.
        """
        ...


class RateWindows:
    """Counts requests, and says whether they are let through.

    Args:
        store: Where the counts of all processes meet.
        factor: The operator's multiplier of every rule's requests.
        clock: Unix time, seconds.
    """

    def __init__(self, store: WindowStore, *, factor: float = 1, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._factor = factor
        self._clock = clock

    def count(self, subject: str, rule: RateRule) -> Standing:
        """Count one request of `subject`: an account, an address."""
        now = self._clock()
        requests, until = self._store.count(subject, rule.name, now=now, seconds=rule.seconds)
        limit = self._limit(rule)
        return Standing(requests <= limit, limit, max(0, limit - requests), math.ceil(until), _wait(until - now))

    def closed(self, rule: RateRule, retry_after_s: int) -> Standing:
        """Where a subject stands whom another limit refuses for so long."""
        return Standing(False, self._limit(rule), 0, math.ceil(self._clock()) + retry_after_s, retry_after_s)

    def _limit(self, rule: RateRule) -> int:
        return max(1, round(rule.requests * self._factor))


def address_subject(host: str) -> str:
    """Whom an address's requests count for; an IPv6 customer is given a network of 64 bits (RFC 6177)."""
    try:
        address = ip_address(host)
    except ValueError:
        return f"ADDRESS#{host}"
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return f"ADDRESS#{mapped or f'{IPv6Address(int(address) >> 64 << 64)}/64'}"
    return f"ADDRESS#{address}"


def _wait(seconds: float) -> int:
    return max(1, math.ceil(seconds))

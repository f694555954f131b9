"""How often an account may ask: GCRA (ITU-T I.371), charged in the table for several requests at a time (docs/adr).

Each request pays a part of a minute. `rate_until` is when everything charged so far is paid for; a request is let
through while that is less than `BURST_S` away, so an account that was silent may spend a minute's worth at once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from pagelapse.errors import RateLimitExceeded
from pagelapse.records import Account

BURST_S = 60.0
MOST_UNCHARGED = 8
"""Requests that a process lets through before it charges them; at most one in a hundred of the account's limit."""


class RateStore(Protocol):
    """Where the charges of all processes meet."""

    def charge(self, account_id: str, seconds: float, *, now: float, latest: float) -> bool:
        """Charge `seconds` in one conditional write; false when that would lead beyond the Unix time `latest`."""
        ...


class RateLimiter:
    """Lets an account's requests through, or not.

    Args:
        store: Where the charges of all processes meet.
        clock: Unix time, seconds.
    """

    def __init__(self, store: RateStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._uncharged: dict[str, int] = {}
        self._lock = Lock()

    def admit(self, account: Account, rate_until: float) -> None:
        """Let one request through.

        Args:
            account: Whose request it is.
            rate_until: As read with the account, so that most requests cost no round trip of their own.

        Raises:
            RateLimitExceeded: When the account must wait.
        """
        now, price = self._clock(), 60 / max(1, account.request_limit)
        # Half a request more than the burst, so that rounding never costs one.
        latest = now + BURST_S + price / 2
        if rate_until + price > latest:
            raise _exceeded(rate_until + price - latest)
        owed = self._owed(account)
        if owed and not self._store.charge(account.account_id, owed * price, now=now, latest=latest):
            self._owe(account, owed - 1)
            raise _exceeded(owed * price)

    def _owed(self, account: Account) -> int:
        """Count one request; how many are to be charged now, if any."""
        batch = max(1, min(MOST_UNCHARGED, account.request_limit // 100))
        with self._lock:
            uncharged = self._uncharged.pop(account.account_id, 0) + 1
            if uncharged >= batch:
                return uncharged
            self._uncharged[account.account_id] = uncharged
            return 0

    def _owe(self, account: Account, requests: int) -> None:
        """What was let through stays owed, so the next request tries to pay again."""
        with self._lock:
            self._uncharged[account.account_id] = requests


def _exceeded(wait_s: float) -> RateLimitExceeded:
    return RateLimitExceeded("Too many requests; wait a moment.", retry_after_s=max(1, math.ceil(wait_s)))

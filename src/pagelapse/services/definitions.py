"""What accounts define for themselves, such as browsers and screens of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue

from pagelapse.errors import ServiceBusy, UsageLimitExceeded

MOST = 100
"""Definitions of a kind that an account may have."""

FIRST_NUMBER = 1000
"""Numbers below are left to what everybody has."""

_ATTEMPTS = 5

Content = dict[str, JsonValue]


class DefinitionStore(Protocol):
    """The definitions' records."""

    def all(self, account_id: str, kind: str) -> dict[int, Content]:
        """The account's definitions of a kind by their numbers, oldest first."""
        ...

    def find(self, account_id: str, kind: str, number: int) -> Content | None:
        """One definition."""
        ...

    def add(self, account_id: str, kind: str, number: int, content: Mapping[str, JsonValue]) -> bool:
        """Store a new definition; false when there is one of that number."""
        ...


class Definitions:
    """An account's own definitions.

    Args:
        store: The records.
    """

    def __init__(self, store: DefinitionStore) -> None:
        self._store = store

    def all(self, account_id: str, kind: str) -> dict[int, Content]:
        """The account's definitions of a kind by their numbers, oldest first."""
        return self._store.all(account_id, kind)

    def find(self, account_id: str, kind: str, number: int) -> Content | None:
        """One of the account's definitions."""
        return self._store.find(account_id, kind, number) if FIRST_NUMBER <= number < FIRST_NUMBER + MOST else None

    def add(self, account_id: str, kind: str, content: Mapping[str, JsonValue]) -> int:
        """Store a new definition; returns its number.

        Raises:
            UsageLimitExceeded: When the account has `MOST` of them.
            ServiceBusy: When others are added at the same moment, again and again.
        """
        for _ in range(_ATTEMPTS):
            count = len(self._store.all(account_id, kind))
            if count >= MOST:
                raise UsageLimitExceeded(f"The account has {MOST} of these already.")
            if self._store.add(account_id, kind, FIRST_NUMBER + count, content):
                return FIRST_NUMBER + count
        raise ServiceBusy("Others are being added at the same moment; ask again in a few seconds.")

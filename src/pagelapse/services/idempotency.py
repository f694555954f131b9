"""Requests that may be sent again without being done again, by the `Idempotency-Key` header (IETF draft)."""

from __future__ import annotations

import hashlib
import time
from typing import Protocol

from pagelapse.errors import InvalidOption, KeyReused, RequestUnderWay
from pagelapse.records import Remembered

KEPT_S = 86_400
"""How long an answer is remembered."""

LEASE_S = 60
"""How long a request may take before another one with its key is let through; API Gateway gives it 30 s."""

MAX_KEY_LENGTH = 255
MAX_ANSWER_BYTES = 300_000
"""DynamoDB's items end at 400 KB (AWS quota)."""

OPTION = "Idempotency-Key"


class RepeatStore(Protocol):
    """Where requests are remembered."""

    def claim(self, account_id: str, key: str, fingerprint: str, *, now: float, lease_s: int) -> Remembered | None:
        """Remember a request; what is remembered in its place, when its key is taken."""
        ...

    def answered(self, account_id: str, key: str, remembered: Remembered, *, now: float, kept_s: int) -> None:
        """Remember the answer."""
        ...

    def forget(self, account_id: str, key: str) -> None:
        """Let the key be used again."""
        ...


class Idempotency:
    """Answers a repeated request with what the first one was answered.

    Args:
        store: Where requests are remembered.
    """

    def __init__(self, store: RepeatStore) -> None:
        self._store = store

    def begin(self, account_id: str, key: str, fingerprint: str) -> Remembered | None:
        """The answer that a request of this key got before; `None` when it is the first one.

        Raises:
            InvalidOption: When the key is empty or too long.
            KeyReused: When it was another request's.
            RequestUnderWay: When that request has no answer yet.
        """
        if not 0 < len(key) <= MAX_KEY_LENGTH:
            raise InvalidOption(f"must have 1 to {MAX_KEY_LENGTH} characters", option=OPTION)
        found = self._store.claim(account_id, _digest(key), fingerprint, now=time.time(), lease_s=LEASE_S)
        if found is None:
            return None
        if found.fingerprint != fingerprint:
            raise KeyReused("was used for another request", option=OPTION)
        if found.status is None:
            raise RequestUnderWay("belongs to a request that is still under way", option=OPTION)
        return found

    def end(self, account_id: str, key: str, remembered: Remembered) -> None:
        """Remember a successful answer; a failure may be repeated under the same key, as nothing was done."""
        if remembered.status is None or remembered.status >= 400 or len(remembered.body) > MAX_ANSWER_BYTES:
            self._store.forget(account_id, _digest(key))
            return
        self._store.answered(account_id, _digest(key), remembered, now=time.time(), kept_s=KEPT_S)


def fingerprint_of(method: str, path: str, body: bytes) -> str:
    """Equal for equal requests."""
    return hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()

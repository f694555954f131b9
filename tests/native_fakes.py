"""In-memory stand-in for what is remembered of requests with idempotency keys, with the same promises."""

from __future__ import annotations

from threading import Lock

from pagelapse.records import Remembered


class MemoryRepeats:
    """The requests; each method is atomic."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str], tuple[Remembered, float]] = {}
        self._lock = Lock()

    def claim(self, account_id: str, key: str, fingerprint: str, *, now: float, lease_s: int) -> Remembered | None:
        with self._lock:
            found, free_at = self.requests.get((account_id, key), (None, 0.0))
            if found is not None and free_at > now:
                return found
            self.requests[account_id, key] = Remembered(fingerprint), now + lease_s
            return None

    def answered(self, account_id: str, key: str, remembered: Remembered, *, now: float, kept_s: int) -> None:
        self.requests[account_id, key] = remembered, now + kept_s

    def forget(self, account_id: str, key: str) -> None:
        del self.requests[account_id, key]

"""What orders need of the outside world; `adapters.order_store` has the real thing, the tests have a fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from pydantic import JsonValue

from pagelapse.capture.jobs import Failure, Inventory, StoredFile
from pagelapse.records import Order, Ordered, PictureCopy, SharedOrder


class OrderStore(Protocol):
    """The orders. Every write is conditional, so that repeating one changes nothing."""

    def next_number(self, account_id: str) -> int:
        """A number that no other order of the account has."""
        ...

    def create(self, order: Order, *, seen: int | None, limit: int | None) -> bool:
        """Store and count a new order; false when `seen` is no longer the latest of its options.

        Raises:
            UsageLimitExceeded: When the month's captures are used up.
            ServiceBusy: When too many writes collide.
        """
        ...

    def find(self, account_id: str, number: int) -> Order | None:
        """The order as it is now."""
        ...

    def latest_number(self, account_id: str, digest: str) -> int | None:
        """The number of the latest order of some options."""
        ...

    def recent(self, account_id: str, limit: int, *, before: int | None = None) -> list[Order]:
        """The account's last orders, newest first, of those with a lower number than `before`."""
        ...

    def begin(self, order: Order, *, at_ms: int) -> bool:
        """Note that the capture has begun; false when the order has gone further already."""
        ...

    def finish(
        self,
        order: Order,
        result: Ordered,
        *,
        inventory: Inventory | None,
        thumbnails: Mapping[str, StoredFile],
        started_at_ms: int | None,
        proxied_bytes: int,
    ) -> bool:
        """Record what an order gave; false when it has ended before."""
        ...

    def fail(self, order: Order, failure: Failure, *, started_at_ms: int | None = None, proxied_bytes: int = 0) -> bool:
        """Record a failure and give the counted capture back; false as `finish`."""
        ...

    def give_up(self, order: Order, failure: Failure, *, due_at: int) -> bool:
        """Record a failure as `fail` does, but keep the order due, from Unix time `due_at` on, until `told`."""
        ...

    def told(self, order: Order) -> bool:
        """Note that everybody has heard of an order that was given up."""
        ...

    def postpone(self, order: Order, *, due_at: int, proxied_bytes: int) -> bool:
        """Let the minute tick queue the order again from Unix time `due_at` on; false when it has ended."""
        ...

    def retry(self, order: Order, *, overdue_at: int) -> bool:
        """Note that an overdue order is queued once more; false when somebody else has seen to it."""
        ...

    def add_thumbnail(self, order: Order, label: str, file: StoredFile) -> bool:
        """Remember a thumbnail of the order's picture; false when that has been deleted."""
        ...

    def add_copy(self, order: Order, copy: PictureCopy) -> bool:
        """Remember a copy of the order's picture; false as `add_thumbnail`."""
        ...

    def share(self, order: Order, token: str, note: str) -> bool:
        """Let `token` lead to the order's picture; false when another one does, or there is no picture."""
        ...

    def shared(self, token: str) -> SharedOrder | None:
        """What a token leads to."""
        ...

    def erase(
        self, order: Order, parts: Iterable[str], wishes: Mapping[str, JsonValue], result: Ordered | None
    ) -> bool:
        """Forget parts of an ended order; false when it is under way, or other parts were erased since it was read."""
        ...

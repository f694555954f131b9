"""Orders in DynamoDB: each state change together with the usage it belongs to, in one write."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Mapping

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.monitor_items import due_shard
from pagelapse.adapters.order_items import LatestOrderItem, OrderCounterItem, OrderItem, order_key
from pagelapse.adapters.order_parts import OrderParts
from pagelapse.adapters.table import UsageItem, connect, counted
from pagelapse.adapters.writes import CHECK_FAILED, applied, reasons, retrying
from pagelapse.capture.jobs import Failure, Inventory, StoredFile
from pagelapse.errors import UsageLimitExceeded
from pagelapse.records import Order, Ordered

_LAST_NUMBER = 10**12 - 1


class OrderTable(OrderParts):
    """The orders' part of the table.

    Args:
        table_name: Of DynamoDB.
        picture_days: How long pictures are kept, and their orders with them.
    """

    def __init__(self, table_name: str, *, picture_days: int) -> None:
        super().__init__(connect(table_name), picture_days)

    def next_number(self, account_id: str) -> int:
        """A number that no other order of the account has, counted from 1; one that is not used leaves a gap."""
        item = OrderCounterItem.at(account_id)
        actions: list[Action] = [OrderCounterItem.kind.set(OrderCounterItem), OrderCounterItem.last.add(1)]
        retrying(lambda: item.update(actions=actions))
        return int(item.last)

    def create(self, order: Order, *, seen: int | None, limit: int | None) -> bool:
        """Store a new order, count it, and make it the latest of its options, in one write.

        Args:
            order: With its options.
            seen: The number of the latest order of these options, as read.
            limit: The account's captures per month.

        Returns:
            False when somebody else has ordered the same meanwhile.

        Raises:
            UsageLimitExceeded: When the month's captures are used up.
            ServiceBusy: When too many writes collide.
        """
        if limit is not None and limit <= 0:
            raise UsageLimitExceeded("The account has no captures left this month.")
        latest = LatestOrderItem.at(order.account_id, order.digest)
        known: Condition = LatestOrderItem.pk.does_not_exist() if seen is None else LatestOrderItem.number == seen
        pointed: list[Action] = [
            LatestOrderItem.kind.set(LatestOrderItem),
            LatestOrderItem.number.set(order.number),
            LatestOrderItem.expires_at.set(self.expiry(order)),
        ]
        fits = None if limit is None else UsageItem.captures.does_not_exist() | (UsageItem.captures < limit)

        def write() -> None:
            with TransactWrite(connection=self.connection) as transaction:
                transaction.save(self._new_item(order), condition=OrderItem.pk.does_not_exist())
                transaction.update(latest, actions=pointed, condition=known)
                usage = UsageItem.at(order.account_id, order.month)
                transaction.update(usage, actions=counted(1), condition=fits)

        try:
            retrying(write)
        except TransactWriteError as error:
            _, pointer, usage = reasons(error)
            if pointer == CHECK_FAILED:
                return False
            if usage == CHECK_FAILED:
                raise UsageLimitExceeded("The account has no captures left this month.") from None
            raise
        return True

    def find(self, account_id: str, number: int) -> Order | None:
        """The order as it is now (consistent read)."""
        if not 0 < number <= _LAST_NUMBER:
            return None
        place = OrderItem.at(account_id, number)
        try:
            return OrderItem.get(place.pk, place.sk, consistent_read=True).order()
        except DoesNotExist:
            return None

    def latest_number(self, account_id: str, digest: str) -> int | None:
        """The number of the latest order of some options (consistent read)."""
        place = LatestOrderItem.at(account_id, digest)
        try:
            return int(LatestOrderItem.get(place.pk, place.sk, consistent_read=True).number)
        except DoesNotExist:
            return None

    def recent(self, account_id: str, limit: int, *, before: int | None = None) -> list[Order]:
        """The account's last orders, newest first, of those with a lower number than `before`, by one query."""
        last = _LAST_NUMBER if before is None else max(0, min(before - 1, _LAST_NUMBER))
        numbers = OrderItem.sk.between(order_key(0), order_key(last))
        place = f"ORDERS#{account_id}"
        found = OrderItem.query(place, numbers, consistent_read=True, scan_index_forward=False, limit=limit)
        return [item.order() for item in found]

    def begin(self, order: Order, *, at_ms: int) -> bool:
        """Note that the capture has begun; false when the order has gone further already."""
        actions: list[Action] = [OrderItem.state.set("processing"), OrderItem.started_at_ms.set(at_ms)]
        return self.update(order, actions, OrderItem.state == "queued")

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
        actions = [
            *_ended("done"),
            *_due(None),
            OrderItem.result.set(result.model_dump_json(exclude_defaults=True)),
            OrderItem.thumbnails.set({label: file.model_dump_json() for label, file in thumbnails.items()}),
            OrderItem.copies.set({}),
            *([OrderItem.started_at_ms.set(started_at_ms)] if started_at_ms else []),
        ]
        if inventory is not None:
            actions.append(OrderItem.inventory.set(zlib.compress(inventory.model_dump_json().encode())))
        return self._end(order, actions, counted(0, proxied_bytes) if proxied_bytes else [])

    def fail(self, order: Order, failure: Failure, *, started_at_ms: int | None = None, proxied_bytes: int = 0) -> bool:
        """Record a failure and give the counted capture back; false when the order has ended before."""
        actions = [
            *_ended("failed"),
            OrderItem.failure.set(failure.model_dump_json()),
            *([OrderItem.started_at_ms.set(started_at_ms)] if started_at_ms else []),
            *_due(None),
        ]
        return self._end(order, actions, counted(-1, proxied_bytes))

    def give_up(self, order: Order, failure: Failure, *, due_at: int) -> bool:
        """Record a failure as `fail` does, but keep the order due, from Unix time `due_at` on, until `told`."""
        actions = [*_ended("failed"), OrderItem.failure.set(failure.model_dump_json()), *_due(due_at)]
        return self._end(order, actions, counted(-1, 0))

    def told(self, order: Order) -> bool:
        """Note that everybody has heard of an order that was given up."""
        return self.update(order, _due(None), OrderItem.state == "failed")

    def postpone(self, order: Order, *, due_at: int, proxied_bytes: int) -> bool:
        """Let the minute tick queue the order again from Unix time `due_at` on; false when it has ended."""
        actions: list[Action] = [OrderItem.state.set("queued"), OrderItem.due_at.set(due_at)]
        return self._end(order, actions, counted(0, proxied_bytes) if proxied_bytes else [])

    def retry(self, order: Order, *, overdue_at: int) -> bool:
        """Note that an overdue order is queued once more; false when another tick did, or its report has come."""
        actions: list[Action] = [OrderItem.attempts.set(order.attempts + 1), OrderItem.due_at.set(overdue_at)]
        return self.update(order, actions, _pending() & (OrderItem.attempts == order.attempts))

    def _end(self, order: Order, actions: list[Action], usage: list[Action]) -> bool:
        item = OrderItem.at(order.account_id, order.number)
        if not usage:
            return applied(lambda: item.update(actions=actions, condition=_pending()))

        def write() -> None:
            with TransactWrite(connection=self.connection) as transaction:
                transaction.update(item, actions=actions, condition=_pending())
                transaction.update(UsageItem.at(order.account_id, order.month), actions=usage)

        return applied(write)

    def _new_item(self, order: Order) -> OrderItem:
        item = OrderItem.at(order.account_id, order.number)
        item.job_id, item.digest, item.key_prefix = order.job_id, order.digest, order.key_prefix
        item.month, item.ordered_at_ms = order.month, order.ordered_at_ms
        item.wishes = json.dumps(dict(order.wishes))
        item.options = order.options.model_dump_json(exclude_defaults=True) if order.options else None
        item.thumbnail = order.thumbnail.model_dump_json(exclude_defaults=True) if order.thumbnail else None
        item.export = order.export.model_dump_json(exclude_defaults=True) if order.export else None
        item.webhook = order.webhook
        item.state, item.attempts = order.state, order.attempts
        item.due_shard, item.due_at = due_shard(order.job_id), order.overdue_at
        item.expires_at = self.expiry(order)
        return item


def _pending() -> Condition:
    pending: Condition = (OrderItem.state == "queued") | (OrderItem.state == "processing")
    return pending


def _ended(state: str) -> list[Action]:
    """The options may hold cookies and passwords: they go when nobody needs them any more."""
    return [
        OrderItem.state.set(state),
        OrderItem.ended_at_ms.set(time.time_ns() // 1_000_000),
        OrderItem.options.remove(),
    ]


def _due(at: int | None) -> list[Action]:
    return [OrderItem.due_shard.remove(), OrderItem.due_at.remove()] if at is None else [OrderItem.due_at.set(at)]

"""What belongs to orders' pictures, in DynamoDB: thumbnails, copies, public pages, and their deletion."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping

from pydantic import JsonValue
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.order_items import OrderItem, ShareItem
from pagelapse.adapters.writes import applied
from pagelapse.capture.jobs import StoredFile
from pagelapse.records import Order, Ordered, PictureCopy, SharedOrder


class OrderParts:
    """The part of `OrderTable` that is about pictures which are there.

    Args:
        connection: To the table.
        picture_days: How long pictures are kept, and their orders with them.
    """

    def __init__(self, connection: Connection, picture_days: int) -> None:
        self.connection = connection
        self._picture_days = picture_days

    def add_thumbnail(self, order: Order, label: str, file: StoredFile) -> bool:
        """Remember a thumbnail of the order's picture; false when that has been deleted."""
        actions: list[Action] = [Path(OrderItem.thumbnails)[label].set(file.model_dump_json())]
        return self.update(order, actions, OrderItem.thumbnails.exists())

    def add_copy(self, order: Order, copy: PictureCopy) -> bool:
        """Remember a copy of the order's picture; false as `add_thumbnail`."""
        actions: list[Action] = [Path(OrderItem.copies)[copy.label()].set(copy.model_dump_json())]
        return self.update(order, actions, OrderItem.copies.exists())

    def share(self, order: Order, token: str, note: str) -> bool:
        """Let `token` lead to the order's picture; false when another one does, or the picture has been deleted."""
        item = ShareItem.at(token)
        item.account_id, item.number, item.note = order.account_id, order.number, note
        item.expires_at = self.expiry(order)
        free: Condition = OrderItem.share.does_not_exist() | (OrderItem.share == token)
        condition = OrderItem.thumbnails.exists() & free

        def write() -> None:
            with TransactWrite(connection=self.connection) as transaction:
                place = OrderItem.at(order.account_id, order.number)
                transaction.update(place, actions=[OrderItem.share.set(token)], condition=condition)
                transaction.save(item)

        return applied(write)

    def shared(self, token: str) -> SharedOrder | None:
        """What a token leads to."""
        place = ShareItem.at(token)
        try:
            return ShareItem.get(place.pk, place.sk).shared()
        except DoesNotExist:
            return None

    def erase(
        self, order: Order, parts: Iterable[str], wishes: Mapping[str, JsonValue], result: Ordered | None
    ) -> bool:
        """Forget parts of an ended order.

        Args:
            order: As read.
            parts: What is forgotten, as in `Order.erased`.
            wishes: What is left of the caller's words.
            result: What is left of what it gave.

        Returns:
            False when the order is under way, or something has been erased since it was read.
        """
        names = set(parts)
        actions: list[Action] = [
            OrderItem.wishes.set(json.dumps(dict(wishes))),
            OrderItem.erased.add(names),
            OrderItem.result.remove() if result is None else OrderItem.result.set(result.model_dump_json()),
        ]
        if "picture" in names:
            actions += [OrderItem.thumbnails.remove(), OrderItem.copies.remove(), OrderItem.share.remove()]
        if "url" in names:
            actions.append(OrderItem.inventory.remove())
        if "metadata" in names:
            actions += [
                OrderItem.ordered_at_ms.set(0),
                OrderItem.started_at_ms.remove(),
                OrderItem.ended_at_ms.remove(),
            ]
        unchanged: Condition = OrderItem.erased.does_not_exist()
        if order.erased:
            unchanged = OrderItem.erased == set(order.erased)
        ended = (OrderItem.state == "done") | (OrderItem.state == "failed")
        return self.update(order, actions, ended & unchanged)

    def update(self, order: Order, actions: list[Action], condition: Condition) -> bool:
        """Change the order's item; false when the condition does not hold."""
        item = OrderItem.at(order.account_id, order.number)
        return applied(lambda: item.update(actions=actions, condition=condition))

    def expiry(self, order: Order) -> int:
        """When the order is forgotten, Unix time, seconds."""
        ordered_at = order.ordered_at_ms / 1000 or time.time()
        return int(ordered_at) + self._picture_days * 86_400

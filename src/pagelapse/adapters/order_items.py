"""The table's items of orders.

| item | pk | sk | index `due` |
|---|---|---|---|
| order | `ORDERS#<account>` | `<number>` | while under way |
| counter | `ORDERS#<account>` | `LAST` | |
| latest order of some options | `ORDERED#<account>#<options digest>` | `ORDERED` | |
| share | `SHARE#<token>` | `SHARE` | |
"""

from __future__ import annotations

import json
import zlib
from typing import Any, Self, TypeVar, cast

from pydantic import BaseModel
from pynamodb.attributes import BinaryAttribute, MapAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from pagelapse.adapters.monitor_items import DueItem
from pagelapse.adapters.table import Item
from pagelapse.capture.jobs import Failure, Inventory, StoredFile, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.records import Order, Ordered, OrderState, PictureCopy, PictureExport, SharedOrder

_M = TypeVar("_M", bound=BaseModel)


class OrderItem(DueItem, discriminator="order"):
    """An order."""

    job_id = UnicodeAttribute()
    digest = UnicodeAttribute()
    key_prefix = UnicodeAttribute()
    month = UnicodeAttribute()
    ordered_at_ms = NumberAttribute()
    wishes = UnicodeAttribute()
    options = UnicodeAttribute(null=True)
    thumbnail = UnicodeAttribute(null=True)
    export = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    attempts = NumberAttribute()
    started_at_ms = NumberAttribute(null=True)
    ended_at_ms = NumberAttribute(null=True)
    result = UnicodeAttribute(null=True)
    inventory = BinaryAttribute(null=True, legacy_encoding=False)
    """JSON, deflated: addresses repeat their beginnings."""
    failure = UnicodeAttribute(null=True)
    thumbnails: MapAttribute[str, str] = MapAttribute(null=True)  # type: ignore[no-untyped-call]
    copies: MapAttribute[str, str] = MapAttribute(null=True)  # type: ignore[no-untyped-call]
    share = UnicodeAttribute(null=True)
    erased = UnicodeSetAttribute(null=True)
    webhook = UnicodeAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, number: int) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ORDERS#{account_id}", order_key(number))

    def order(self) -> Order:
        """The item in the application's terms."""
        return Order(
            self.pk.partition("#")[2],
            int(self.sk),
            self.job_id,
            self.digest,
            self.key_prefix,
            self.month,
            int(self.ordered_at_ms),
            json.loads(self.wishes),
            _read(CaptureOptions, self.options),
            _read(ThumbnailSize, self.thumbnail),
            _read(PictureExport, self.export),
            cast("OrderState", self.state),
            int(self.attempts),
            int(self.due_at or 0),
            _integer(self.started_at_ms),
            _integer(self.ended_at_ms),
            _read(Ordered, self.result),
            _read(Inventory, zlib.decompress(self.inventory)) if self.inventory else None,
            _read(Failure, self.failure),
            {label: StoredFile.model_validate_json(text) for label, text in _entries(self.thumbnails).items()},
            {label: PictureCopy.model_validate_json(text) for label, text in _entries(self.copies).items()},
            self.share,
            frozenset(self.erased or ()),
            self.webhook,
        )


class OrderCounterItem(Item, discriminator="order counter"):
    """The number that an account's last order got."""

    last = NumberAttribute()

    @classmethod
    def at(cls, account_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ORDERS#{account_id}", "LAST")


class LatestOrderItem(Item, discriminator="latest order"):
    """The latest order of some options."""

    number = NumberAttribute()

    @classmethod
    def at(cls, account_id: str, digest: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ORDERED#{account_id}#{digest}", "ORDERED")


class ShareItem(Item, discriminator="share"):
    """A page that shows an order's picture to everybody who knows its address."""

    account_id = UnicodeAttribute()
    number = NumberAttribute()
    note = UnicodeAttribute()

    @classmethod
    def at(cls, token: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"SHARE#{token}", "SHARE")

    def shared(self) -> SharedOrder:
        """The item in the application's terms."""
        return SharedOrder(self.account_id, int(self.number), self.note)


def order_key(number: int) -> str:
    """A number as text that sorts like it."""
    return f"{number:012d}"


def _read(model: type[_M], text: str | bytes | None) -> _M | None:
    return None if text is None else model.model_validate_json(text)


def _integer(number: float | None) -> int | None:
    return None if number is None else int(number)


def _entries(attribute: MapAttribute[str, str] | None) -> dict[str, Any]:
    return attribute.attribute_values if attribute else {}

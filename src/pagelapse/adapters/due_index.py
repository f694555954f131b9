"""What is due, from an index in shards: never a scan of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from pynamodb.expressions.update import Action

from pagelapse.adapters.bulk_items import BulkJobItem
from pagelapse.adapters.capture_items import CaptureItem
from pagelapse.adapters.monitor_items import DUE_SHARDS, ConfigurationItem, DeletionItem, DueItem, JobItem
from pagelapse.adapters.order_items import OrderItem
from pagelapse.adapters.table import Item, connect
from pagelapse.adapters.writes import applied
from pagelapse.bulk.jobs import BulkJob
from pagelapse.monitoring.configurations import Configuration, Deletion, Job
from pagelapse.records import CaptureRecord, Order

_BATCH = 100
"""Keys of one BatchGetItem (AWS quota)."""


Due = Configuration | Job | Deletion | Order | BulkJob | CaptureRecord


class DueTable:
    """The index of due work."""

    shards = range(DUE_SHARDS)

    def __init__(self, table_name: str) -> None:
        connect(table_name)

    def due(self, shard: int, now: float) -> Iterator[list[Due]]:
        """What is due at Unix time `now`, soonest first, in batches as they are in the table (consistent reads)."""
        keys = DueItem.query(f"due#{shard:02d}", DueItem.due_at <= int(now), index_name="due", page_size=1000)
        places = ((item.pk, item.sk) for item in keys)
        while batch := list(islice(places, _BATCH)):
            yield list(_still_due(Item.batch_get(batch, consistent_read=True), now))

    def check_again(self, deletion: Deletion, *, at: int) -> bool:
        """Look at a deletion again at Unix time `at`, seconds; false when it is done."""
        actions: list[Action] = [DeletionItem.due_at.set(at)]
        item = DeletionItem.at(deletion.account_id, deletion.configuration_id)
        return applied(lambda: item.update(actions=actions, condition=DeletionItem.pk.exists()))


def _still_due(items: Iterable[Item], now: float) -> Iterator[Due]:
    """Without those that somebody has seen to since the index was read."""
    for item in items:
        if isinstance(item, DueItem) and item.due_at is not None and item.due_at <= now:
            read = _READ.get(type(item))
            if read is not None:
                yield read(item)


def _deletion(item: Item) -> Deletion:
    _, account_id, configuration_id = item.pk.split("#")
    return Deletion(account_id, configuration_id)


_READ: dict[type[Item], Callable[[Any], Due]] = {
    ConfigurationItem: ConfigurationItem.configuration,
    JobItem: JobItem.job,
    OrderItem: OrderItem.order,
    BulkJobItem: BulkJobItem.bulk_job,
    CaptureItem: CaptureItem.record,
    DeletionItem: _deletion,
}
"""How items are told in the application's terms."""

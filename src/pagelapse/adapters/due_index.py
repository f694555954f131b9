"""What is due, from an index in shards: never a scan of the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from pynamodb.expressions.update import Action

from pagelapse.adapters.bulk_items import BulkJobItem
from pagelapse.adapters.monitor_items import DUE_SHARDS, ConfigurationItem, DeletionItem, DueItem, JobItem
from pagelapse.adapters.order_items import OrderItem
from pagelapse.adapters.table import Item, connect
from pagelapse.adapters.writes import applied
from pagelapse.bulk.jobs import BulkJob
from pagelapse.monitoring.configurations import Configuration, Deletion, Job
from pagelapse.records import Order

_BATCH = 100
"""Keys of one BatchGetItem (AWS quota)."""


Due = Configuration | Job | Deletion | Order | BulkJob


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
        if not isinstance(item, DueItem) or item.due_at is None or item.due_at > now:
            continue
        if isinstance(item, ConfigurationItem):
            yield item.configuration()
        elif isinstance(item, JobItem):
            yield item.job()
        elif isinstance(item, OrderItem):
            yield item.order()
        elif isinstance(item, BulkJobItem):
            yield item.bulk_job()
        elif isinstance(item, DeletionItem):
            _, account_id, configuration_id = item.pk.split("#")
            yield Deletion(account_id, configuration_id)

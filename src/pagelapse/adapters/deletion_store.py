"""What a deleted configuration leaves behind in the table."""

from __future__ import annotations

from collections.abc import Sequence

from pagelapse.adapters.monitor_items import ChangeItem, ComparisonItem, DeletionItem, JobItem, ScreenshotItem, SeenItem
from pagelapse.adapters.table import Item, connect
from pagelapse.monitoring.configurations import Screenshot


class DeletionTable:
    """The deletions' part of the table."""

    def __init__(self, table_name: str) -> None:
        connect(table_name)

    def some_screenshots(self, account_id: str, configuration_id: str, limit: int) -> list[Screenshot]:
        """Some of the deleted configuration's screenshots that are still there (consistent read)."""
        place = f"SCREENSHOTS#{account_id}#{configuration_id}"
        items = ScreenshotItem.query(place, consistent_read=True, limit=limit)
        return [item.shown() for item in items]

    def forget_screenshots(self, account_id: str, screenshots: Sequence[Screenshot]) -> None:
        """Delete the records of screenshots, and of the jobs that took them."""
        items: list[Item] = [ScreenshotItem.of(account_id, screenshot, 0) for screenshot in screenshots]
        items += [JobItem.at(account_id, screenshot.job_id) for screenshot in screenshots]
        _delete(items)

    def forget_some_changes(self, account_id: str, configuration_id: str, limit: int) -> bool:
        """Delete some of the changes, comparisons and last seen texts; false when there are none left."""
        changes = list(ChangeItem.query(f"CHANGES#{account_id}#{configuration_id}", consistent_read=True, limit=limit))
        place = SeenItem.at(account_id, configuration_id)
        ids = f"{account_id}#{configuration_id}"
        compared = list(ComparisonItem.query(f"COMPARISONS#{ids}", consistent_read=True, limit=limit))
        items: list[Item] = [*changes, *compared, *SeenItem.query(place.pk, consistent_read=True, limit=limit)]
        _delete(items)
        return bool(items)

    def done(self, account_id: str, configuration_id: str) -> None:
        """Nothing is left."""
        DeletionItem.at(account_id, configuration_id).delete()


def _delete(items: Sequence[Item]) -> None:
    with Item.batch_write() as batch:
        for item in items:
            batch.delete(item)

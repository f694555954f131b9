"""Lists in DynamoDB: one query per page, from where the page before it ended (docs/adr)."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from typing import Any, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.pagination import ResultIterator

from pagelapse.adapters.monitor_items import ChangeItem, ComparisonItem, ConfigurationItem, PageItem, ScreenshotItem
from pagelapse.adapters.table import Item, connect
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import Configuration, Screenshot, uuid_at
from pagelapse.monitoring.listings import Listing, Page, time_key

PAGE_MEMORY_S = 3600
"""How long the beginning of a next page is remembered."""

_MODELS: dict[str, type[Item]] = {
    "configurations": ConfigurationItem,
    "screenshots": ScreenshotItem,
    "changes": ChangeItem,
    "comparisons": ComparisonItem,
}
_LAST_RANDOM = (1 << 74) - 1
_LAST_TIME = 10**15 - 1
_LAST_UUID_TIME = (1 << 48) - 1
_Start = dict[str, dict[str, Any]]
_I = TypeVar("_I", bound=Item)


class ListingTable:
    """The lists' part of the table."""

    def __init__(self, table_name: str) -> None:
        connect(table_name)

    def configurations(self, listing: Listing, page: Page) -> list[Configuration]:
        """A page of an account's configurations."""
        return [item.configuration() for item in self._page(ConfigurationItem, listing, page)]

    def screenshots(self, listing: Listing, page: Page) -> list[Screenshot]:
        """A page of the screenshots of an account or a configuration."""
        return [item.shown() for item in self._page(ScreenshotItem, listing, page)]

    def changes(self, listing: Listing, page: Page) -> list[Change]:
        """A page of the changes of an account or a configuration."""
        return [Change.model_validate_json(item.change) for item in self._page(ChangeItem, listing, page)]

    def comparisons(self, listing: Listing, page: Page) -> list[Comparison]:
        """A page of the comparisons of a configuration; of an account, only of those that found a change."""
        items = self._page(ComparisonItem, listing, page)
        return [Comparison.model_validate_json(item.comparison) for item in items]

    def _page(self, model: type[_I], listing: Listing, page: Page) -> list[_I]:
        found, start = self._start(listing, page)
        if not found:
            return []
        results = _query(model, listing, page, page.limit, start)
        items = list(results)
        if results.last_evaluated_key and len(items) == page.limit and page.beyond is None:
            self._remember(listing, replace(page, number=page.number + 1), results.last_evaluated_key)
        return items

    def _start(self, listing: Listing, page: Page) -> tuple[bool, _Start | None]:
        """Where a page begins; not found when the list ends before it."""
        if page.number == 1:
            return True, None
        number, start = self._nearest(listing, page)
        for next_number in range(number + 1, page.number + 1):
            start = _skip(listing, page, start)
            if start is None:
                return False, None
            self._remember(listing, replace(page, number=next_number), start)
        return True, start

    def _nearest(self, listing: Listing, page: Page) -> tuple[int, _Start | None]:
        """The last page up to this one whose beginning is remembered."""
        place = PageItem.at(listing.account_id, _digest(listing, page), page.number)
        first = PageItem.at(listing.account_id, _digest(listing, page), 0)
        between = PageItem.sk.between(first.sk, place.sk)
        query = PageItem.query(place.pk, between, consistent_read=True, scan_index_forward=False, limit=1)
        for item in query:
            if (item.expires_at or 0) > time.time():
                return int(item.sk.rpartition("#")[2]), json.loads(item.start)
        return 1, None

    def _remember(self, listing: Listing, page: Page, start: _Start) -> None:
        item = PageItem.at(listing.account_id, _digest(listing, page), page.number)
        item.start, item.expires_at = json.dumps(start), int(time.time()) + PAGE_MEMORY_S
        item.save()


def _skip(listing: Listing, page: Page, start: _Start | None) -> _Start | None:
    """Where the page after the one at `start` begins, by reading keys only."""
    results = _query(_MODELS[listing.kind], listing, page, page.limit, start, attributes=["pk", "sk", "kind"])
    read = sum(1 for _ in results)
    return results.last_evaluated_key if read == page.limit else None


def _query(
    model: type[_I],
    listing: Listing,
    page: Page,
    limit: int,
    start: _Start | None,
    attributes: list[str] | None = None,
) -> ResultIterator[_I]:
    arguments: dict[str, Any] = {
        "scan_index_forward": not page.descending,
        "limit": limit,
        "last_evaluated_key": start,
        "attributes_to_get": attributes,
    }
    if listing.kind != "configurations" and listing.configuration_id is None:
        place = f"{listing.kind.upper()}#{listing.account_id}"
        condition = _between(ScreenshotItem.listed_at, listing, page)
        return model.query(place, condition, index_name="listing", **arguments)
    place = f"CONFIGS#{listing.account_id}"
    if listing.configuration_id is not None:
        place = f"{listing.kind.upper()}#{listing.account_id}#{listing.configuration_id}"
    return model.query(place, _between(Item.sk, listing, page), consistent_read=True, **arguments)


def _between(attribute: Any, listing: Listing, page: Page) -> Condition:
    """The sort keys strictly between the page's limits in time."""
    if page.beyond is not None:
        return attribute < page.beyond  # type: ignore[no-any-return]
    first_ms = 0 if page.after_ms is None else page.after_ms + 1
    uuids = listing.kind == "configurations"
    latest = _LAST_UUID_TIME if uuids else _LAST_TIME
    last_ms = latest if page.before_ms is None else page.before_ms - 1
    first_ms, last_ms = min(first_ms, latest), max(0, min(last_ms, latest))
    if first_ms > last_ms:
        return attribute.startswith("nothing begins like this")  # type: ignore[no-any-return]
    if uuids:
        return attribute.between(uuid_at(first_ms, 0), uuid_at(last_ms, _LAST_RANDOM))  # type: ignore[no-any-return]
    return attribute.between(time_key(first_ms), f"{time_key(last_ms)}$")  # type: ignore[no-any-return]


def _digest(listing: Listing, page: Page) -> str:
    text = json.dumps(
        [listing.kind, listing.configuration_id, page.limit, page.after_ms, page.before_ms, page.descending]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:32]

"""An account's monthly counts that belong to no record."""

from __future__ import annotations

from pynamodb.transactions import TransactWrite

from pagelapse.adapters.table import Item, UsageItem, analysed, analyses_below, connect, day_attribute
from pagelapse.adapters.writes import applied
from pagelapse.errors import UsageLimitExceeded


class UsageTable:
    """The usage items' part of the table."""

    def __init__(self, table_name: str) -> None:
        self._connection = connect(table_name)

    def count_analysis(self, account_id: str, month: str, requests: int, *, limit: int | None) -> None:
        """Add to the month's AI requests in one conditional write; a negative number gives back.

        Raises:
            UsageLimitExceeded: When the count would exceed the limit; nothing is counted then.
        """
        item = UsageItem.at(account_id, month)
        actions, condition = analysed(requests), analyses_below(limit, requests)

        def write() -> None:
            # A transaction, whose token keeps it from being counted twice when its answer is lost.
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(item, actions=actions, condition=condition)

        fits = limit is None or requests <= limit
        if not fits or not applied(write):
            raise UsageLimitExceeded("The account has not enough AI requests left this month.")

    def days(self, account_id: str, month: str) -> dict[int, int]:
        """Captures by day of the month (UTC), less those given back on it, by one read; days without any are left out.

        A capture that was counted shortly before midnight and failed after it makes a day one too few.
        """
        place = UsageItem.at(account_id, month)
        found = Item._get_connection().get_item(place.pk, place.sk, consistent_read=True)
        item = found.get("Item", {})
        counts = {day: item.get(day_attribute(day), {}).get("N", "0") for day in range(1, 32)}
        return {day: max(0, int(count)) for day, count in counts.items() if count != "0"}

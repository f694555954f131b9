"""An account's monthly counts that belong to no record."""

from __future__ import annotations

from pagelapse.adapters.table import UsageItem, analysed, analyses_below, connect
from pagelapse.adapters.writes import applied
from pagelapse.errors import UsageLimitExceeded


class UsageTable:
    """The usage items' part of the table."""

    def __init__(self, table_name: str) -> None:
        connect(table_name)

    def count_analysis(self, account_id: str, month: str, requests: int, *, limit: int | None) -> None:
        """Add to the month's AI requests in one conditional write; a negative number gives back.

        Raises:
            UsageLimitExceeded: When the count would exceed the limit; nothing is counted then.
        """
        item = UsageItem.at(account_id, month)
        actions, condition = analysed(requests), analyses_below(limit, requests)
        fits = limit is None or requests <= limit
        if not fits or not applied(lambda: item.update(actions=actions, condition=condition)):
            raise UsageLimitExceeded("The account has not enough AI requests left this month.")

"""An account's monthly counts that belong to no record."""

from __future__ import annotations

from pynamodb.transactions import TransactWrite

from pagelapse.adapters.table import UsageItem, analysed, analyses_below, connect
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

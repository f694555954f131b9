"""Windows of requests in DynamoDB, counted by one UpdateItem a request, and by one more where a window begins."""

from __future__ import annotations

from pagelapse.adapters.table import RateWindowItem, connect
from pagelapse.adapters.writes import applied

_KEPT_S = 60
"""How long an ended window's item stays, seconds."""


class RateWindowTable:
    """The rate windows' part of the table."""

    def __init__(self, table_name: str) -> None:
        connect(table_name)

    def count(self, subject: str, name: str, *, now: float, seconds: int) -> tuple[int, float]:
        """Count one request in the subject's window, or begin a new one of `seconds` at the Unix time `now`.

        Returns:
            The window's requests with this one, and the Unix time of its end.
        """
        item, until = RateWindowItem.at(subject, name), RateWindowItem.until
        again = [RateWindowItem.requests.add(1)]
        first = [
            RateWindowItem.kind.set(RateWindowItem),
            RateWindowItem.requests.set(1),
            until.set(now + seconds),
            RateWindowItem.expires_at.set(int(now) + seconds + _KEPT_S),
        ]
        over = until.does_not_exist() | (until <= now)
        # Another process, whose clock may differ a little, may begin or end the window in between.
        while not (
            applied(lambda: item.update(actions=[*again], condition=until > now))
            or applied(lambda: item.update(actions=[*first], condition=over))
        ):
            pass
        return int(item.requests), float(item.until)

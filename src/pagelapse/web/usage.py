"""What an account has used, day by day."""

from __future__ import annotations

import re
import time
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.records import usage_month
from pagelapse.web.access import Visit

HEIGHT = 100
"""Of the highest bar, in the chart's own units."""

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the chart."""

    day: date
    captures: int
    height: float


async def show(visit: Visit) -> Response:
    """A month of it."""
    now = usage_month(time.time())
    month = visit.text("month")
    month = month if _MONTH.fullmatch(month) and month <= now else now
    counts = composition.usage_table().days(visit.caller.account.account_id, month)
    first = date.fromisoformat(f"{month}-01")
    later = _months_from(first, 1)
    bars = _bars(first, counts)
    return visit.render(
        "usage.html",
        bars=bars,
        scale=_scale(max((bar.captures for bar in bars), default=0)),
        title=f"{first:%B %Y}",
        total=visit.caller.usage if month == now else sum(counts.values()),
        limit=visit.caller.account.screenshot_limit,
        is_now=month == now,
        earlier=_months_from(first, -1),
        later=later if later <= now else None,
    )


def _bars(first: date, counts: dict[int, int]) -> list[Bar]:
    most = _scale(max(counts.values(), default=0))
    days = monthrange(first.year, first.month)[1]
    return [
        Bar(first.replace(day=day), counts.get(day, 0), round(counts.get(day, 0) / most * HEIGHT, 1))
        for day in range(1, days + 1)
    ]


def _scale(most: int) -> int:
    """The number at the top of the chart: 1, 2 or 5 times a power of ten, not below `most`."""
    step = 1
    while step * 10 < most:
        step *= 10
    return next(step * factor for factor in (1, 2, 5, 10) if step * factor >= most)


def _months_from(first: date, months: int) -> str:
    years, month = divmod(first.month - 1 + months, 12)
    return f"{first.year + years}-{month + 1:02d}"

"""When a schedule runs: calendar arithmetic from a fixed anchor, so that no run drifts from the ones before.

Minutes and hours count elapsed time. Days, weeks, months and years count on the wall clock of the schedule's time
zone: 09:00 stays 09:00 across daylight saving, and 31 January + 1 month is the last day of February, then 31 March.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

Interval = Literal["minutes", "hours", "days", "weeks", "months", "years"]
INTERVALS: tuple[Interval, ...] = get_args(Interval)

LONGEST_YEARS = 100
_SECONDS = {"minutes": 60, "hours": 3600}
_DAYS = {"days": 1, "weeks": 7}
_MONTHS = {"months": 1, "years": 12}
_PER_YEAR = {"minutes": 525_600, "hours": 8760, "days": 365, "weeks": 52, "months": 12, "years": 1}


class Schedule(BaseModel):
    """Every so many minutes, hours, days, weeks, months or years since the anchor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: int = Field(ge=1)
    interval: Interval
    anchor: int
    """Unix time, seconds, of run number 0."""
    time_zone: str = "UTC"
    """IANA name."""


def is_too_long(every: int, interval: Interval) -> bool:
    """Whether a run would come more than `LONGEST_YEARS` years after the one before."""
    return every > LONGEST_YEARS * _PER_YEAR[interval]


def next_run(schedule: Schedule, after: float) -> int:
    """The first run later than Unix time `after`, in seconds; run 0 itself is never the answer."""
    number = max(1, _estimate(schedule, after))
    while (run := run_at(schedule, number)) <= after:
        number += 1
    return run


def run_at(schedule: Schedule, number: int) -> int:
    """Run `number` of the schedule, Unix time in seconds.

    A local time that a change of clocks leaves out moves on by the gap; of one that comes twice, the first counts
    (PEP 495, `fold=0`).
    """
    steps = number * schedule.every
    if schedule.interval in _SECONDS:
        return schedule.anchor + steps * _SECONDS[schedule.interval]
    start = _local(schedule, schedule.anchor)
    if schedule.interval in _DAYS:
        return _timestamp(start + timedelta(days=steps * _DAYS[schedule.interval]))
    return _timestamp(_add_months(start, steps * _MONTHS[schedule.interval]))


def _estimate(schedule: Schedule, after: float) -> int:
    """A run that is not later than the one wanted, and close to it."""
    if schedule.interval in _SECONDS:
        return int((after - schedule.anchor) // (schedule.every * _SECONDS[schedule.interval]))
    start, end = _local(schedule, schedule.anchor), _local(schedule, after)
    if schedule.interval in _DAYS:
        return (end.date() - start.date()).days // (schedule.every * _DAYS[schedule.interval]) - 1
    months = (end.year - start.year) * 12 + end.month - start.month
    return months // (schedule.every * _MONTHS[schedule.interval]) - 1


def _local(schedule: Schedule, timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, ZoneInfo(schedule.time_zone)).replace(fold=0)


def _timestamp(local: datetime) -> int:
    return int(local.astimezone(UTC).timestamp())


def _add_months(local: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last day where it has none such."""
    years, month = divmod(local.month - 1 + months, 12)
    year = local.year + years
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagelapse.monitoring.schedules import INTERVALS, Interval, Schedule, is_too_long, next_run, run_at

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu")
SCHEDULES = st.builds(
    Schedule,
    every=st.integers(1, 40),
    interval=st.sampled_from(INTERVALS),
    anchor=st.integers(946_684_800, 1_893_456_000),
    time_zone=st.sampled_from(ZONES),
)


def _at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def _runs(anchor: str, every: int, interval: Interval, count: int, zone: str = "UTC") -> list[str]:
    schedule = Schedule(every=every, interval=interval, anchor=_at(anchor, zone), time_zone=zone)
    now, runs = float(schedule.anchor), []
    for _ in range(count):
        now = next_run(schedule, now)
        runs.append(datetime.fromtimestamp(now, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M%z"))
    return runs


def test_the_end_of_a_month_stays_the_end() -> None:
    """31 January + 1 month is the end of February, and March is the 31st again."""
    assert _runs("2027-01-31 09:00", 1, "months", 4) == [
        "2027-02-28 09:00+0000",
        "2027-03-31 09:00+0000",
        "2027-04-30 09:00+0000",
        "2027-05-31 09:00+0000",
    ]


def test_a_leap_day_comes_back() -> None:
    """29 February + 1 year is 28 February, until the next leap year."""
    assert [run[:10] for run in _runs("2024-02-29 12:00", 1, "years", 4)] == [
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]


def test_days_keep_the_wall_clock_across_daylight_saving() -> None:
    """A daily run at 09:00 in Berlin stays at 09:00 in Berlin when the clocks change."""
    assert _runs("2027-03-27 09:00", 1, "days", 2, "Europe/Berlin") == [
        "2027-03-28 09:00+0200",
        "2027-03-29 09:00+0200",
    ]


def test_a_local_time_that_is_left_out_moves_by_the_gap() -> None:
    """02:30 in the night when Berlin skips from 02:00 to 03:00 is 03:30, and 02:30 again the day after."""
    assert _runs("2027-03-27 02:30", 1, "days", 2, "Europe/Berlin") == [
        "2027-03-28 03:30+0200",
        "2027-03-29 02:30+0200",
    ]


def test_a_local_time_that_comes_twice_runs_once() -> None:
    """02:30 in the night when Berlin turns back is the first one, and the next run is a day later."""
    assert _runs("2027-10-30 02:30", 1, "days", 2, "Europe/Berlin") == [
        "2027-10-31 02:30+0200",
        "2027-11-01 02:30+0100",
    ]


def test_hours_are_elapsed_time() -> None:
    """Every 12 hours means 12 elapsed hours, also when the clocks change between them."""
    assert _runs("2027-03-27 20:00", 12, "hours", 2, "Europe/Berlin") == [
        "2027-03-28 09:00+0200",
        "2027-03-28 21:00+0200",
    ]


def test_a_day_that_a_zone_leaves_out_runs_once() -> None:
    """Samoa had no 30 December 2011: the runs of that day and the next one are the same moment."""
    assert [run[:10] for run in _runs("2011-12-28 10:00", 1, "days", 3, "Pacific/Apia")] == [
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
    ]


def test_after_an_outage_the_next_run_is_in_the_future() -> None:
    """A schedule that was not looked at for years goes on at its next regular moment."""
    schedule = Schedule(every=10, interval="minutes", anchor=_at("2020-01-01 00:03"))
    assert next_run(schedule, _at("2026-06-01 12:00")) == _at("2026-06-01 12:03")


@given(SCHEDULES, st.integers(1, 10**9))
def test_the_next_run_is_the_first_one_later(schedule: Schedule, elapsed: int) -> None:
    """The next run lies after the moment asked about, and no other run lies between."""
    after = schedule.anchor + elapsed
    found = next_run(schedule, after)
    numbers = [number for number in range(1, 60) if run_at(schedule, number) > after]
    assert found > after
    if numbers:
        assert found == run_at(schedule, numbers[0])


@given(SCHEDULES, st.integers(1, 100))
def test_runs_never_go_back(schedule: Schedule, number: int) -> None:
    """Later runs come later; only a day that a zone leaves out falls together with its neighbour."""
    assert run_at(schedule, number + 1) >= run_at(schedule, number)
    assert run_at(schedule, number + 2) > run_at(schedule, number)


@given(SCHEDULES, st.integers(1, 30))
def test_runs_do_not_drift(schedule: Schedule, number: int) -> None:
    """Going from run to run ends where counting from the anchor does."""
    now = float(schedule.anchor)
    seen: set[float] = set()
    while len(seen) < number:
        now = next_run(schedule, now)
        seen.add(now)
    assert now in {run_at(schedule, number), run_at(schedule, number + 1)}


@pytest.mark.parametrize(("every", "too_long"), [(100, False), (101, True)])
def test_a_hundred_years_is_the_longest(every: int, too_long: bool) -> None:
    """Schedules longer than a hundred years are refused."""
    assert is_too_long(every, "years") is too_long

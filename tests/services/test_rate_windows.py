"""Windows of requests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.fakes import MemoryTable

from pagelapse.services.rate_windows import RateRule, RateWindows

RULE = RateRule("rule", requests=3, seconds=60)


def test_a_window_begins_with_its_first_request() -> None:
    """A window lasts from its first request, refuses what is too much, and is followed by a fresh one."""
    now = 1000.5
    windows = RateWindows(MemoryTable(), clock=lambda: now)
    first = windows.count("a", RULE)
    assert (first.admitted, first.limit, first.remaining, first.resets_at) == (True, 3, 2, 1061)
    now = 1059.5
    later = [windows.count("a", RULE) for _ in range(3)]
    assert [(standing.admitted, standing.remaining) for standing in later] == [(True, 1), (True, 0), (False, 0)]
    assert (later[2].resets_at, later[2].retry_after_s) == (1061, 1)
    now = 1060.5
    assert windows.count("a", RULE).remaining == 2


def test_subjects_and_rules_are_counted_apart() -> None:
    """One subject's requests are not another's, nor one rule's another's."""
    windows = RateWindows(MemoryTable())
    other = RateRule("other", requests=3, seconds=60)
    assert [windows.count(*pair).remaining for pair in (("a", RULE), ("b", RULE), ("a", other))] == [2, 2, 2]


def test_the_operator_can_raise_and_lower_the_limits() -> None:
    """The factor multiplies every rule, never below one request."""
    limits = [RateWindows(MemoryTable(), factor=factor).count("a", RULE).limit for factor in (10, 0.5, 0.001)]
    assert limits == [30, 2, 1]


def test_no_request_too_many_at_once() -> None:
    """Of many requests at the same moment, as many are let through as the rule says."""
    windows = RateWindows(MemoryTable())
    with ThreadPoolExecutor(8) as pool:
        standings = list(pool.map(lambda _: windows.count("a", RULE), range(40)))
    assert sum(standing.admitted for standing in standings) == 3

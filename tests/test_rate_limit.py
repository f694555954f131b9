from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.fakes import MemoryTable

from pagelapse.errors import RateLimitExceeded
from pagelapse.rate_limit import MOST_UNCHARGED, RateLimiter
from pagelapse.records import Account


class _World:
    def __init__(self, limit: int) -> None:
        self.table = MemoryTable()
        self.account = Account("a", "test", "secret", request_limit=limit)
        self.now = 1000.0
        self.limiter = self.process()

    def process(self) -> RateLimiter:
        """Another sandbox."""
        return RateLimiter(self.table, clock=lambda: self.now)

    def admit(self, limiter: RateLimiter | None = None) -> bool:
        try:
            (limiter or self.limiter).admit(self.account, self.table.rates.get("a", 0.0))
        except RateLimitExceeded:
            return False
        return True


@pytest.mark.parametrize("limit", [1, 5, 60, 1000])
def test_a_minutes_worth_at_once(limit: int) -> None:
    """A silent account may spend its whole minute at once, and hardly a request more."""
    world = _World(limit)
    passed = sum(world.admit() for _ in range(limit * 2))
    assert limit <= passed <= limit + MOST_UNCHARGED


def test_the_rate_is_the_limit() -> None:
    """Over ten minutes at twice the limit, the limit gets through, besides the first minute's burst."""
    world = _World(60)
    passed = 0
    for _ in range(1200):
        world.now += 0.5
        passed += world.admit()
    assert 600 <= passed <= 665


def test_most_requests_cost_no_write() -> None:
    """At the usual limit, one request in eight charges for all of them."""
    world = _World(1000)
    for _ in range(80):
        assert world.admit()
    assert world.table.charges == 10


def test_processes_share_the_limit() -> None:
    """Many sandboxes together let hardly more through than one."""
    world = _World(1000)
    processes = [world.process() for _ in range(20)]
    passed = sum(world.admit(process) for _ in range(100) for process in processes)
    assert 1000 <= passed <= 1000 + 20 * MOST_UNCHARGED


def test_requests_at_once_share_the_limit() -> None:
    """Requests of many threads are counted one by one."""
    world = _World(50)
    with ThreadPoolExecutor(20) as threads:
        passed = sum(threads.map(lambda _: world.admit(), range(200)))
    assert passed == 50


def test_the_wait_is_told() -> None:
    """A refused request says after how many seconds it pays to come back, and then it does."""
    world = _World(10)
    while world.admit():
        pass
    with pytest.raises(RateLimitExceeded) as raised:
        world.limiter.admit(world.account, world.table.rates["a"])
    world.now += raised.value.retry_after_s
    assert raised.value.retry_after_s <= 6
    assert world.admit()

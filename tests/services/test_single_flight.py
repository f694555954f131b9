from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, get_ident

import pytest
from tests.world import OPTIONS, World

from pagelapse.capture.jobs import CaptureJob, Failure
from pagelapse.errors import CaptureTimeout, ElementNotFound
from pagelapse.records import CaptureRecord, usage_month
from pagelapse.services.recording import record


def _abandoned(world: World, *, lease_s: float) -> None:
    """An attempt whose process died."""
    account_id = world.new.account.account_id
    month = usage_month(time.time())
    place = account_id, OPTIONS.digest()
    world.table.records[place] = CaptureRecord(*place, "dead", "pending", time.time() + lease_s, month)
    world.table.prefixes[place] = "pictures/dead"
    world.table.usage[account_id, month] = 1


def _hold_until_waiting(world: World, *, others: int) -> Event:
    """Keep the capture under way until so many threads wait for it; the event tells that it has begun."""
    begun, all_wait = Event(), Event()
    waiting: set[int] = set()

    def hold(_job: CaptureJob) -> None:
        begun.set()
        assert all_wait.wait(60)

    def nap(seconds: float) -> None:
        waiting.add(get_ident())
        if len(waiting) == others:
            all_wait.set()
        time.sleep(seconds)

    world.runner.before, world.on_nap = hold, nap
    return begun


@pytest.mark.parametrize("ttl_s", [60, 0])
def test_equal_snaps_at_the_same_moment_share_one_capture(world: World, ttl_s: int) -> None:
    """Twenty equal snaps at once are one capture, counted once, also when each asks for a fresh one."""
    begun = _hold_until_waiting(world, others=19)
    with ThreadPoolExecutor(20) as threads:
        first = threads.submit(world.snap, ttl_s=ttl_s)
        assert begun.wait(60)
        others = [threads.submit(world.snap, ttl_s=ttl_s) for _ in range(19)]
        bodies = {future.result(60).body for future in [first, *others]}
    assert (len(bodies), len(world.runner.jobs), world.used()) == (1, 1, 1)
    assert {future.result().source for future in others} <= {"shared", "cached"}


def test_those_who_wait_get_the_same_error(world: World) -> None:
    """When the shared capture fails, everybody who waited for it is told the same, and nobody is counted."""
    begun = _hold_until_waiting(world, others=1)
    world.runner.failure = Failure(code="element_not_found", message="No such element.", option="selector")
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(world.snap)
        assert begun.wait(60)
        second = threads.submit(world.snap)
        errors = [first.exception(60), second.exception(60)]
    assert [type(error) for error in errors] == [ElementNotFound, ElementNotFound]
    assert (len(world.runner.jobs), world.used()) == (1, 0)


def test_an_expired_lease_is_taken_over_without_counting_again(world: World) -> None:
    """An attempt whose process died is taken over after its lease; the account pays once."""
    _abandoned(world, lease_s=-1)
    assert (world.snap().source, world.used()) == ("captured", 1)


def test_a_lease_that_ends_while_waiting_is_taken_over(world: World) -> None:
    """Whoever waits for a dead attempt takes it over as soon as its lease ends."""
    _abandoned(world, lease_s=60)
    world.on_nap = lambda _seconds: _abandoned(world, lease_s=-1)
    assert (world.snap().source, len(world.naps)) == ("captured", 1)


def test_waiting_ends_with_the_callers_time(world: World) -> None:
    """A caller that waits for somebody else's capture is told to ask again before its own time is over."""
    world.wait_s = 0.2
    world.restart()
    _abandoned(world, lease_s=60)
    world.on_nap = time.sleep
    with pytest.raises(CaptureTimeout):
        world.snap()
    assert sum(world.naps) < 0.2
    assert world.used() == 1


def test_intervals_grow_while_waiting(world: World) -> None:
    """The waiting reads ever less often, up to 0.4 s apart."""
    _abandoned(world, lease_s=60)

    def finish_at_last(_seconds: float) -> None:
        if len(world.naps) == 10:
            _abandoned(world, lease_s=-1)

    world.on_nap = finish_at_last
    world.snap()
    assert world.naps == sorted(world.naps)
    assert (world.naps[0], world.naps[-1]) == (0.03, 0.4)


def test_a_capture_that_ended_just_before_the_claim_is_shared(world: World) -> None:
    """A fresh request that loses the race to one that began after it takes that one's picture."""
    before = world.caller()
    world.snap()
    snap = world.snaps.snap(before, OPTIONS, ttl_s=0)
    assert (snap.source, world.used()) == ("shared", 1)


def test_a_stale_report_changes_nothing_after_a_takeover(world: World) -> None:
    """The report of an attempt that was taken over is dropped."""
    late: list[CaptureJob] = []

    def outlast(job: CaptureJob) -> None:
        late.append(job)
        if len(late) == 1:
            raise CaptureTimeout("later")

    world.runner.before = outlast
    with pytest.raises(CaptureTimeout):
        world.snap()
    for place, found in world.table.records.items():
        world.table.records[place] = replace(found, lease_until=0)
    taken_over = world.snap()
    assert not record(world.table, world.runner.report(late[0]))
    assert world.snap().picture.job_id == taken_over.picture.job_id


def test_who_waits_for_a_capture_does_not_wait_for_the_next(world: World) -> None:
    """A picture taken during a request ends its waiting, though somebody else has begun a fresh one meanwhile."""
    _abandoned(world, lease_s=60)
    place = world.new.account.account_id, OPTIONS.digest()

    def finish_and_begin_anew(_seconds: float) -> None:
        job = CaptureJob(job_id="dead", account_id=place[0], options=OPTIONS, key_prefix="pictures/dead")
        assert record(world.table, world.runner.report(job))
        world.table.records[place] = replace(world.table.records[place], claim="next", state="pending")

    world.on_nap = finish_and_begin_anew
    assert (world.snap(ttl_s=0).source, len(world.naps)) == ("shared", 1)

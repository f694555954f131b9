from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from tests.services.monitoring import become_due, every, made, now, report
from tests.world import World

from pagelapse.capture.jobs import CaptureJob
from pagelapse.monitoring.configurations import Configuration, Job
from pagelapse.records import usage_month
from pagelapse.services.configurations import Sweep
from pagelapse.services.due_work import MOST_ATTEMPTS, Due, DueWork
from pagelapse.services.locations import Locations


@pytest.fixture
def ticks(world: World) -> DueWork:
    """The minute tick over fakes."""
    return DueWork(
        world.monitor,
        world.monitor,
        world.monitor,
        world.monitor,
        world.queues,
        world.orders,
        captures=world.table,
    )


def _tick(ticks: DueWork) -> dict[str, int]:
    return dict(ticks.run(until=time.time() + 60))


def _due(world: World, minutes: int = 10) -> Configuration:
    configuration = made(world, schedule=every(minutes))
    world.recorder.record(report(world))
    become_due(world, configuration)
    world.capture_queue.sent.clear()
    return configuration


def test_what_is_due_is_queued_once(world: World, ticks: DueWork) -> None:
    """A due run is queued by one tick and by no later one."""
    configuration = _due(world)
    assert [_tick(ticks), _tick(ticks)] == [{"claimed": 1}, {}]
    job = CaptureJob.model_validate_json(world.capture_queue.sent[0])
    assert (len(world.capture_queue.sent), job.job_id) == (1, now(world, configuration).last_job_id)


def test_an_outage_is_caught_up_once(world: World, ticks: DueWork) -> None:
    """After an outage of many runs there is one capture, and the next one is in the future, on the anchor's beat."""
    configuration = _due(world)
    anchor = int(time.time()) - 3595
    assert configuration.plan.schedule
    schedule = configuration.plan.schedule.model_copy(update={"anchor": anchor})
    stored = now(world, configuration)
    plan = stored.plan.model_copy(update={"schedule": schedule})
    world.monitor.configurations_[stored.configuration_id] = replace(stored, plan=plan, next_run=anchor + 600)
    assert _tick(ticks) == {"claimed": 1}
    assert now(world, configuration).next_run == anchor + 3600


def test_overlapping_ticks_claim_once(world: World, ticks: DueWork) -> None:
    """Two ticks that read the same due runs at the same moment queue each of them once."""
    for _ in range(20):
        _due(world)
    meet, met = Barrier(2), list[int]()
    read = world.monitor.due

    def together(shard: int, now: float) -> Iterator[list[Due]]:
        found = list(read(shard, now))
        if shard == 0 and len(met) < 2:
            met.append(shard)
            meet.wait(60)
        yield from found

    world.monitor.due = together  # type: ignore[method-assign]
    running = [Thread(target=_tick, args=[ticks]) for _ in range(2)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert len(world.capture_queue.sent) == 20


def test_a_run_while_one_is_under_way_is_skipped(world: World, ticks: DueWork) -> None:
    """A run that is due while a capture is under way is skipped, not queued behind it."""
    configuration = _due(world)
    stored = now(world, configuration)
    world.monitor.configurations_[stored.configuration_id] = replace(stored, busy_until=time.time() + 60)
    assert (_tick(ticks), world.capture_queue.sent) == ({"skipped": 1}, [])
    assert (now(world, configuration).next_run or 0) > time.time()


@pytest.mark.parametrize("reason", ["limit", "suspended"])
def test_accounts_that_may_not_capture_are_skipped(world: World, ticks: DueWork, reason: str) -> None:
    """Schedules of a suspended account, or of one without captures left, wait for better times."""
    configuration = _due(world)
    account = world.new.account
    changed = {"limit": {"screenshot_limit": 1}, "suspended": {"suspended_at": 1}}[reason]
    world.table.accounts[account.account_id] = replace(account, **changed)  # type: ignore[arg-type]
    assert (_tick(ticks), world.capture_queue.sent) == ({"skipped": 1}, [])
    assert (now(world, configuration).next_run or 0) > time.time()


def test_runs_under_way_keep_to_the_limit(world: World, ticks: DueWork) -> None:
    """Of the runs that are due at once, an account begins as many as its limit has left, before any is recorded."""
    due = [_due(world) for _ in range(5)]
    world.limit(8)
    assert _tick(ticks) == {"claimed": 3, "skipped": 2}
    assert world.used() == 8
    for body in list(world.capture_queue.sent):
        world.recorder.record(world.runner.report(CaptureJob.model_validate_json(body)))
    assert (world.used(), len(world.monitor.archive)) == (8, 8)
    assert all((now(world, each).next_run or 0) > time.time() for each in due)


@pytest.mark.parametrize(("received", "done"), [(99, {"claimed": 1}), (100, {"skipped": 1})])
def test_used_up_bandwidth_skips_real_locations(world: World, received: int, done: dict[str, int]) -> None:
    """A run from a real location waits for the next month once its bandwidth is used up; others go on."""
    locations = Locations({"Berlin": ["http://127.0.0.1:3128"]}, monthly_bytes=100)
    queues = replace(world.queues, locations=locations)
    ticks = DueWork(world.monitor, world.monitor, world.monitor, world.monitor, queues, world.orders)
    world.table.location_bytes[world.new.account.account_id, usage_month(time.time())] = received
    _due(world)
    assert _tick(ticks) == {"claimed": 1}
    there = _due(world)
    stored = now(world, there)
    options = stored.plan.options.model_copy(update={"location": "Berlin"})
    plan = stored.plan.model_copy(update={"options": options})
    world.monitor.configurations_[stored.configuration_id] = replace(stored, plan=plan)
    assert _tick(ticks) == done


def test_a_job_that_was_lost_is_queued_again(world: World, ticks: DueWork) -> None:
    """A job whose message was lost is queued again as the same job, so that it is recorded once."""
    configuration = made(world)
    lost = world.monitor.jobs[configuration.last_job_id]
    world.monitor.jobs[lost.job_id] = replace(lost, overdue_at=int(time.time()) - 1)
    assert _tick(ticks) == {"retried": 1}
    assert CaptureJob.model_validate_json(world.capture_queue.sent[-1]).job_id == lost.job_id
    for _ in range(2):
        world.recorder.record(report(world))
    assert world.used() == 1


def test_a_job_that_always_breaks_down_is_given_up(world: World, ticks: DueWork) -> None:
    """A job without a report after its last attempt has failed, and the configuration is free again."""
    configuration = made(world)
    lost = world.monitor.jobs[configuration.last_job_id]
    world.monitor.jobs[lost.job_id] = replace(lost, overdue_at=1, attempts=MOST_ATTEMPTS)
    assert _tick(ticks) == {"given_up": 1}
    assert (world.monitor.jobs[lost.job_id].state, now(world, configuration).busy_until) == ("failed", 0)


def test_a_capture_that_nobody_could_settle_is_given_back(world: World, ticks: DueWork) -> None:
    """A capture whose function died before it wrote down what became of it has failed, and is not counted."""
    world.runner.before = _die
    with pytest.raises(SystemExit):
        world.snap()
    ((place, lost),) = world.table.records.items()
    assert (lost.state, world.used(), _tick(ticks)) == ("pending", 1, {})
    world.table.records[place] = replace(lost, lease_until=1.0)
    assert (_tick(ticks), world.used()) == ({"given_up": 1}, 0)
    assert (_tick(ticks), world.used()) == ({}, 0)


def _die(_job: CaptureJob) -> None:
    raise SystemExit


def test_a_deletion_that_was_lost_is_queued_again(world: World, ticks: DueWork) -> None:
    """A deletion whose message was lost is carried out all the same."""
    configuration = made(world)
    world.recorder.record(report(world))
    world.sweep_queue.broken = True
    world.configurations.delete(world.caller(), configuration.configuration_id)
    world.sweep_queue.broken = False
    world.monitor.deletions[configuration.configuration_id] = configuration.account_id, 1
    assert _tick(ticks) == {"swept": 1}
    assert Sweep.model_validate_json(world.sweep_queue.sent[-1]).configuration_id == configuration.configuration_id


def test_one_that_breaks_does_not_stop_the_others(world: World, ticks: DueWork) -> None:
    """An error at one due run leaves the others alone."""
    broken, fine = _due(world), _due(world)
    claim = world.monitor.claim_run

    def sometimes(configuration: Configuration, job: Job, **more: Any) -> bool:
        if configuration.configuration_id == broken.configuration_id:
            raise OSError("the table is down")
        return claim(configuration, job, **more)

    world.monitor.claim_run = sometimes  # type: ignore[method-assign]
    assert _tick(ticks) == {"failed": 1, "claimed": 1}
    assert (now(world, fine).next_run or 0) > time.time()


def test_what_does_not_fit_is_the_next_ticks(world: World, ticks: DueWork) -> None:
    """A tick whose time is over leaves the rest as it is."""
    _due(world)
    assert dict(ticks.run(until=time.time() - 1)) == {}
    assert _tick(ticks) == {"claimed": 1}


def test_a_shard_that_cannot_be_read_does_not_stop_the_others(world: World, ticks: DueWork) -> None:
    """When a part of the index can't be read, the rest is claimed all the same."""
    _due(world)
    read = world.monitor.due

    def sometimes(shard: int, now: float) -> Iterator[list[Due]]:
        if shard == 1:
            raise OSError("the index is down")
        return read(shard, now)

    world.monitor.due = sometimes  # type: ignore[method-assign]
    assert _tick(ticks) == {"claimed": 1, "unread": 1}

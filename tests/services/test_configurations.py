from __future__ import annotations

from dataclasses import replace

import pytest
from tests.services.monitoring import every, made, now, report
from tests.world import World

from pagelapse.capture.jobs import CaptureJob, Failure, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import (
    CaptureUnderWay,
    ConfigurationNotFound,
    ElementNotFound,
    JobNotFound,
    JobPending,
    ServiceBusy,
    UsageLimitExceeded,
)
from pagelapse.monitoring.configurations import Configuration, Plan
from pagelapse.services.configurations import Sweep


def test_a_new_configuration_is_captured_at_once(world: World) -> None:
    """Creating a configuration queues its first capture, with a thumbnail and nobody waiting."""
    configuration = made(world)
    job = CaptureJob.model_validate_json(world.capture_queue.sent[0])
    assert (job.job_id, job.answer_by, job.inline) == (configuration.last_job_id, None, False)
    assert job.thumbnail == configuration.plan.thumbnail


def test_a_queue_that_is_down_loses_nothing(world: World) -> None:
    """When the capture queue is down, the configuration and its job exist, and the job is due for another try."""
    world.capture_queue.broken = True
    configuration = made(world)
    assert world.monitor.jobs[configuration.last_job_id].state == "pending"
    with pytest.raises(JobPending):
        world.configurations.screenshot(world.caller(), configuration.last_job_id)


def test_two_captures_at_once_are_refused(world: World) -> None:
    """While a capture is under way another one is refused, and afterwards it is not."""
    configuration = made(world)
    with pytest.raises(CaptureUnderWay):
        world.configurations.capture(world.caller(), configuration.configuration_id)
    world.recorder.record(report(world))
    job = world.configurations.capture(world.caller(), configuration.configuration_id)
    assert now(world, configuration).last_job_id == job.job_id


def test_captures_under_way_count_towards_the_limit(world: World) -> None:
    """With a limit a capture is counted as it begins, once, and given back when it fails."""
    world.limit(2)
    first = made(world)
    assert world.used() == 1
    world.recorder.record(report(world))
    world.configurations.capture(world.caller(), first.configuration_id)
    with pytest.raises(UsageLimitExceeded):
        made(world)
    assert (world.used(), len(world.monitor.configurations_)) == (2, 1)
    world.runner.failure = Failure(code="capture_failed", message="no")
    for _ in range(2):
        world.recorder.record(report(world))
    assert world.used() == 1
    made(world)


def test_a_capture_that_began_before_its_limit_is_counted_once(world: World) -> None:
    """A capture that began without a limit is counted when it is recorded, though there is one now."""
    made(world)
    world.limit(5)
    for _ in range(2):
        world.recorder.record(report(world))
    assert world.used() == 1


def test_the_race_for_the_last_capture_is_lost_in_the_table(world: World) -> None:
    """Of two requests that both saw one capture left, one is refused, and leaves nothing behind."""
    world.limit(1)
    both = world.caller(), world.caller()
    options = CaptureOptions(url="https://example.com/")
    plan = Plan(config={}, options=options, thumbnail=ThumbnailSize(width=320))
    world.configurations.create(both[0], lambda _now_ms: plan)
    with pytest.raises(UsageLimitExceeded):
        world.configurations.create(both[1], lambda _now_ms: plan)
    assert (world.used(), len(world.monitor.configurations_)) == (1, 1)


def test_the_limit_stops_new_captures(world: World) -> None:
    """With the month's captures used up, nothing is created and nothing captured."""
    configuration = made(world)
    world.recorder.record(report(world))
    world.limit(1)
    with pytest.raises(UsageLimitExceeded):
        made(world)
    with pytest.raises(UsageLimitExceeded):
        world.configurations.capture(world.caller(), configuration.configuration_id)


def test_a_failed_job_raises_what_happened(world: World) -> None:
    """A failed job tells why, is not counted, and leaves the configuration free."""
    configuration = made(world)
    world.runner.failure = Failure(code="element_not_found", message="No such element.", option="selector")
    world.recorder.record(report(world))
    with pytest.raises(ElementNotFound):
        world.configurations.screenshot(world.caller(), configuration.last_job_id)
    assert (world.used(), now(world, configuration).busy_until) == (0, 0)


@pytest.mark.parametrize("job_id", ["", "nonsense", "0" * 24, "#" * 24])
def test_unknown_jobs(world: World, job_id: str) -> None:
    """Ids of no job of the account are not found, whatever they look like."""
    made(world)
    with pytest.raises(JobNotFound):
        world.configurations.screenshot(world.caller(), job_id)


@pytest.mark.parametrize("configuration_id", ["", "nonsense", "0192a1fe-063b-7690-887b-a3f85dd170de"])
def test_unknown_configurations(world: World, configuration_id: str) -> None:
    """Ids of no configuration of the account are not found, whatever they look like."""
    with pytest.raises(ConfigurationNotFound):
        world.configurations.get(world.caller(), configuration_id)
    with pytest.raises(ConfigurationNotFound):
        world.configurations.embed(configuration_id)


def test_a_new_schedule_moves_the_next_run(world: World) -> None:
    """Changing the schedule moves the next run; changing anything else leaves it alone."""
    configuration = made(world, schedule=every(10))
    ids = world.caller(), configuration.configuration_id
    same = world.configurations.update(*ids, lambda found: found.plan.model_copy(update={"placeholder_url": None}))
    assert same.next_run == configuration.next_run
    ended = world.configurations.update(*ids, lambda found: found.plan.model_copy(update={"schedule": None}))
    assert (configuration.next_run is not None, ended.next_run) == (True, None)


def test_a_change_does_not_bring_a_claimed_run_back(world: World) -> None:
    """A change that meets a tick leaves the schedule where the tick has moved it."""
    configuration = made(world, schedule=every(10))
    later = (configuration.next_run or 0) + 600

    def change(found: Configuration) -> Plan:
        stored = now(world, configuration)
        world.monitor.configurations_[stored.configuration_id] = replace(stored, next_run=later)
        return found.plan.model_copy(update={"placeholder_url": "https://a.test/soon.png"})

    world.configurations.update(world.caller(), configuration.configuration_id, change)
    assert now(world, configuration).next_run == later


def test_changes_at_once_are_both_kept(world: World) -> None:
    """A change that meets another one is made again on top of it."""
    configuration = made(world)
    met: list[Configuration] = []

    def change(found: Configuration) -> Plan:
        if not met:
            met.append(found)
            stored = now(world, configuration)
            world.monitor.configurations_[stored.configuration_id] = replace(stored, revision=stored.revision + 1)
        return now(world, configuration).plan

    changed = world.configurations.update(world.caller(), configuration.configuration_id, change)
    assert changed.revision == 2


def test_endless_changes_give_up(world: World) -> None:
    """A change that is always overtaken ends as busy instead of never."""
    configuration = made(world)
    world.monitor.replace = lambda *_, **__: False  # type: ignore[method-assign]
    with pytest.raises(ServiceBusy):
        world.configurations.update(world.caller(), configuration.configuration_id, lambda found: found.plan)


def test_deleting_asks_for_the_sweep(world: World) -> None:
    """A deletion is noted before the sweep is queued, so that a queue that is down delays it only."""
    configuration = made(world)
    world.sweep_queue.broken = True
    world.configurations.delete(world.caller(), configuration.configuration_id)
    assert world.monitor.deletions.keys() == {configuration.configuration_id}
    other = made(world)
    world.sweep_queue.broken = False
    world.configurations.delete(world.caller(), other.configuration_id)
    assert Sweep.model_validate_json(world.sweep_queue.sent[0]).configuration_id == other.configuration_id

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.services.monitoring import TARGET, made, now, report
from tests.world import World

from pagelapse.errors import ServiceBusy
from pagelapse.monitoring.webhooks import Delivery
from pagelapse.services.configurations import Sweep


def _captured(world: World, configuration_id: str, text: str) -> None:
    world.configurations.capture(world.caller(), configuration_id)
    world.recorder.record(report(world, text))


def test_a_capture_is_recorded_and_counted_once(world: World) -> None:
    """A report that the queue delivers three times is one screenshot, counted once, and shown by the embed URL."""
    configuration = made(world)
    for _ in range(3):
        assert world.recorder.record(report(world))
    assert (len(world.monitor.archive), world.used()) == (1, 1)
    key = world.monitor.archive[0][1].file.key
    assert world.configurations.embed(configuration.configuration_id).picture_key == key


def test_the_report_of_a_snap_is_somebody_elses(world: World) -> None:
    """A report that belongs to no configuration's job is left to the snaps' own records."""
    made(world)
    assert world.recorder.record(report(world).model_copy(update={"job_id": "0" * 24})) is None


@pytest.mark.parametrize("forged", [{"digest": "0" * 64}, {"file": None}])
def test_a_forged_report_is_not_believed(world: World, forged: dict[str, object]) -> None:
    """A report about other options, or about files elsewhere, leaves the job as it is: `snap` runs hostile pages."""
    configuration = made(world)
    found = report(world)
    assert found.file
    elsewhere = found.file.model_copy(update={"key": "pictures/elsewhere.png"})
    lie = found.model_copy(update=forged if "digest" in forged else {"file": elsewhere})
    assert world.recorder.record(lie) is False
    assert world.monitor.jobs[configuration.last_job_id].state == "pending"


def test_the_first_text_is_no_change(world: World) -> None:
    """What is seen for the first time is remembered, and nobody is told."""
    made(world, watch=True)
    world.recorder.record(report(world, "18"))
    assert (world.notices.sent, world.monitor.noticed) == ([], [])


def test_a_changed_text_is_recorded_and_told(world: World) -> None:
    """A changed text becomes a record with both values and the action, and a delivery with the record's id."""
    configuration = made(world, watch=True)
    world.recorder.record(report(world, "18"))
    _captured(world, configuration.configuration_id, "19")
    ((_, change),) = world.monitor.noticed
    assert (change.previous_value, change.retrieved_value, change.config) == ("18", "19", TARGET.config)
    (delivery,) = [Delivery.model_validate_json(body) for body in world.notices.sent]
    assert (delivery.delivery_id, delivery.url, delivery.payload) == (change.change_id, TARGET.url, change.payload())


def test_the_same_text_again_is_no_change(world: World) -> None:
    """A text that stays is told once, when it came."""
    configuration = made(world, watch=True)
    world.recorder.record(report(world, "18"))
    for _ in range(2):
        _captured(world, configuration.configuration_id, "19")
    assert (len(world.monitor.noticed), len(world.notices.sent)) == (1, 1)


def test_an_element_that_is_gone_is_no_change(world: World) -> None:
    """A capture that does not find the element leaves what was last seen alone."""
    configuration = made(world, watch=True)
    world.recorder.record(report(world, "18"))
    world.configurations.capture(world.caller(), configuration.configuration_id)
    found = report(world, "")
    missing = found.observations[0].model_copy(update={"text": None})
    world.recorder.record(found.model_copy(update={"observations": (missing,)}))
    _captured(world, configuration.configuration_id, "18")
    assert world.monitor.noticed == []


def test_a_worker_that_dies_before_telling_tells_when_it_is_back(world: World) -> None:
    """When the worker dies between the record and the delivery, the redelivered report tells, with the same id."""
    configuration = made(world, watch=True)
    world.recorder.record(report(world, "18"))
    world.configurations.capture(world.caller(), configuration.configuration_id)
    again = report(world, "19")
    world.notices.broken = True
    with pytest.raises(OSError, match="down"):
        world.recorder.record(again)
    world.notices.broken = False
    for _ in range(2):
        world.recorder.record(again)
    assert [Delivery.model_validate_json(body).delivery_id for body in world.notices.sent] == [
        change.change_id for _, change in world.monitor.noticed
    ]


def test_a_picture_of_a_deleted_configuration_is_removed(world: World) -> None:
    """A capture that comes back after its configuration was deleted leaves no picture and no count."""
    configuration = made(world)
    late = report(world)
    world.configurations.delete(world.caller(), configuration.configuration_id)
    world.recorder.record(late)
    assert late.file
    assert late.file.key in Sweep.model_validate_json(world.sweep_queue.sent[-1]).keys
    assert (world.monitor.archive, world.used()) == ([], 0)


def test_a_late_report_leaves_the_job_under_way_alone(world: World) -> None:
    """A report of an older job is recorded without ending the newer one that is under way."""
    configuration = made(world)
    late = report(world)
    stored = now(world, configuration)
    world.monitor.configurations_[stored.configuration_id] = replace(stored, busy_until=0)
    job = world.configurations.capture(world.caller(), configuration.configuration_id)
    world.recorder.record(late)
    assert (now(world, configuration).last_job_id, now(world, configuration).busy_until > 0) == (job.job_id, True)
    assert len(world.monitor.archive) == 1


def test_endless_collisions_bring_the_message_back(world: World) -> None:
    """When the record is always overtaken the message is delivered again instead of being lost."""
    made(world)
    world.monitor.finish = lambda *_, **__: False  # type: ignore[method-assign]
    with pytest.raises(ServiceBusy):
        world.recorder.record(report(world))

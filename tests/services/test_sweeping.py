from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.services.monitoring import made, report
from tests.world import World

from pagelapse.services.configurations import Sweep
from pagelapse.services.sweeping import BATCH, Sweeper


class _Pictures:
    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.broken = False

    def delete(self, keys: Iterable[str]) -> None:
        if self.broken:
            raise OSError("S3 kept them")
        self.deleted += keys


def _archived(world: World, count: int) -> tuple[Sweep, Sweeper, _Pictures]:
    """A deleted configuration with so many screenshots."""
    configuration = made(world)
    world.recorder.record(report(world))
    ((account_id, shot),) = world.monitor.archive
    world.monitor.archive = [(account_id, shot.model_copy(update={"job_id": f"{n:024d}"})) for n in range(count)]
    world.configurations.delete(world.caller(), configuration.configuration_id)
    pictures = _Pictures()
    sweeper = Sweeper(world.monitor, world.monitor, pictures, world.sweep_queue)
    return Sweep.model_validate_json(world.sweep_queue.sent.pop()), sweeper, pictures


def test_everything_goes(world: World) -> None:
    """Pictures, thumbnails and records of a deleted configuration are removed, and then the note of the deletion."""
    sweep, sweeper, pictures = _archived(world, BATCH + 1)
    assert sweeper.sweep(sweep, has_time=lambda: True)
    assert (len(pictures.deleted), world.monitor.archive, world.monitor.deletions) == (2 * (BATCH + 1), [], {})


@pytest.mark.slow
def test_what_does_not_fit_is_queued(world: World) -> None:
    """A sweep that runs out of time queues itself, and the next one goes on where it stopped."""
    sweep, sweeper, _ = _archived(world, 3 * BATCH)
    rounds = 0
    while not sweeper.sweep(sweep, has_time=lambda: False):
        sweep = Sweep.model_validate_json(world.sweep_queue.sent.pop())
        rounds += 1
    assert (rounds, world.monitor.archive, world.monitor.deletions) == (3, [], {})


def test_records_outlive_pictures_that_could_not_be_deleted(world: World) -> None:
    """When S3 keeps a picture, its record stays, so that the next attempt finds it."""
    sweep, sweeper, pictures = _archived(world, 2)
    pictures.broken = True
    with pytest.raises(OSError, match="kept"):
        sweeper.sweep(sweep, has_time=lambda: True)
    assert (len(world.monitor.archive), len(world.monitor.deletions)) == (2, 1)


def test_what_exists_is_not_swept(world: World) -> None:
    """A configuration that exists keeps its pictures, whatever a message says."""
    configuration = made(world)
    world.recorder.record(report(world))
    pictures = _Pictures()
    sweep = Sweep(account_id=configuration.account_id, configuration_id=configuration.configuration_id)
    Sweeper(world.monitor, world.monitor, pictures, world.sweep_queue).sweep(sweep, has_time=lambda: True)
    assert (pictures.deleted, len(world.monitor.archive)) == ([], 1)


def test_single_pictures(world: World) -> None:
    """A sweep of single pictures removes them, and nothing of any configuration or snap."""
    _, sweeper, pictures = _archived(world, 1)
    archive = list(world.monitor.archive)
    sweep = Sweep(account_id=world.new.account.account_id, keys=("pictures/a.png", "pictures/b.png"))
    assert sweeper.sweep(Sweep.model_validate_json(sweep.model_dump_json()), has_time=lambda: True)
    assert (pictures.deleted, world.monitor.archive) == (["pictures/a.png", "pictures/b.png"], archive)

"""Workers: captures of an account at the same time."""

from __future__ import annotations

import pytest
from tests.world import OPTIONS, World

from pagelapse.capture.jobs import CaptureJob, Failure
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import CaptureError, WorkersBusy

OTHER = CaptureOptions(url="https://example.org/")


@pytest.fixture
def world() -> World:
    """An account with one worker."""
    made = World()
    made.workers(1)
    return made


def _while_capturing(world: World, options: CaptureOptions) -> list[str]:
    """What becomes of another snap of `options` that begins while one is captured."""
    became: list[str] = []

    def another(job: CaptureJob) -> None:
        if job.options == OPTIONS:
            try:
                became.append(world.snap(options).source)
            except WorkersBusy:
                became.append("busy")

    world.runner.before = another
    world.snap(ttl_s=0)
    return became


def test_a_second_capture_at_the_same_time_is_refused(world: World) -> None:
    """With the only worker busy another capture is refused and not counted; afterwards it is taken."""
    assert _while_capturing(world, OTHER) == ["busy"]
    assert world.used() == 1
    assert world.snap(OTHER).source == "captured"


def test_what_is_stored_needs_no_worker(world: World) -> None:
    """While the only worker is busy, stored pictures are served."""
    world.snap(OTHER)
    assert _while_capturing(world, OTHER) == ["cached"]


def test_two_workers_capture_side_by_side(world: World) -> None:
    """An account with two workers has two captures in progress, and one without a number any number of them."""
    for workers in (2, None):
        world.workers(workers)
        other = OTHER.model_copy(update={"full_page": workers is None})
        assert _while_capturing(world, other) == ["captured"]


def test_a_failed_capture_gives_its_worker_back(world: World) -> None:
    """A capture that fails frees its worker at once."""
    world.runner.failure = Failure(code="capture_failed", message="No.")
    with pytest.raises(CaptureError):
        world.snap()
    world.runner.failure = None
    assert world.snap(OTHER).source == "captured"

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.world import OPTIONS, World

from pagelapse.capture.jobs import MAX_INLINE_BYTES, CaptureJob, Failure, ThumbnailSize
from pagelapse.errors import (
    BrowserLost,
    CaptureError,
    CaptureTimeout,
    ElementNotFound,
    ServiceBusy,
    UsageLimitExceeded,
)
from pagelapse.services.recording import record


def _age(world: World, seconds: float) -> None:
    """Make every stored picture older."""
    for place, found in world.table.records.items():
        assert found.picture
        older = found.picture.model_copy(update={"taken_at_ms": found.picture.taken_at_ms - int(seconds * 1000)})
        world.table.records[place] = replace(found, picture=older)


def test_the_first_snap_is_captured_and_counted(world: World) -> None:
    """A snap of something new is captured, counted once and linked to."""
    snap = world.snap()
    assert (snap.source, snap.body, world.used()) == ("captured", snap.picture.job_id.encode(), 1)
    assert snap.link == f"https://pictures.test/{snap.picture.file.key}"


def test_within_the_ttl_the_stored_picture_is_served_for_nothing(world: World) -> None:
    """Inside the ttl an equal snap is served from the store, uncounted, with the rest of the ttl as its age limit."""
    first = world.snap()
    _age(world, 20)
    second = world.snap()
    assert (second.source, second.body, world.used(), len(world.runner.jobs)) == ("cached", first.body, 1, 1)
    assert second.max_age_s in (39, 40)


def test_a_cached_snap_reads_the_table_once(world: World) -> None:
    """A cached snap costs one read of the table, and none of the bucket while the process remembers the bytes."""
    world.snap()
    world.table.reads = 0
    world.snap()
    assert (world.table.reads, world.pictures.reads) == (1, [])


def test_after_a_restart_the_bytes_come_from_the_bucket_once(world: World) -> None:
    """A process that has not seen a picture fetches it from the bucket once."""
    first = world.snap()
    world.restart()
    assert world.snap().body == world.snap().body == first.body
    assert world.pictures.reads == [first.picture.file.key]


def test_after_the_ttl_it_is_captured_again(world: World) -> None:
    """A stored picture older than the ttl is replaced."""
    first = world.snap()
    _age(world, 61)
    second = world.snap()
    assert second.source == "captured"
    assert second.picture.job_id != first.picture.job_id
    assert world.used() == 2


def test_a_ttl_of_zero_asks_for_a_fresh_one(world: World) -> None:
    """With a ttl of 0 every snap that does not coincide with another is captured."""
    assert [world.snap(ttl_s=0).source for _ in range(2)] == ["captured", "captured"]


def test_other_options_are_another_picture(world: World) -> None:
    """Options that differ share nothing."""
    world.snap()
    assert world.snap(OPTIONS.model_copy(update={"full_page": True})).source == "captured"


def test_other_accounts_are_other_pictures(world: World) -> None:
    """Accounts never see each other's pictures, even of the same page."""
    world.snap()
    world.new = world.accounts.create_account("other")
    assert world.snap().source == "captured"


def test_a_failed_capture_is_not_counted(world: World) -> None:
    """A capture that fails is given back, and its error names the option at fault."""
    world.runner.failure = Failure(code="element_not_found", message="No such element.", option="selector")
    with pytest.raises(ElementNotFound) as raised:
        world.snap()
    assert (raised.value.option, world.used()) == ("selector", 0)


def test_after_a_failure_the_next_snap_tries_again(world: World) -> None:
    """A failure is not cached."""
    world.runner.failure = Failure(code="capture_failed", message="No.")
    with pytest.raises(CaptureError):
        world.snap()
    world.runner.failure = None
    assert (world.snap().source, world.used()) == ("captured", 1)


def test_a_failed_refresh_keeps_the_older_picture(world: World) -> None:
    """When a fresh capture fails, callers with a longer ttl are still served the older picture."""
    world.snap()
    world.runner.failure = Failure(code="capture_failed", message="No.")
    with pytest.raises(CaptureError):
        world.snap(ttl_s=0)
    assert (world.snap().source, world.used()) == ("cached", 1)


@pytest.mark.parametrize("error", [BrowserLost("gone"), ServiceBusy("busy"), RuntimeError("a bug")])
def test_a_broken_invocation_is_not_counted(world: World, error: Exception) -> None:
    """When `snap` breaks down, is throttled or meets a bug of ours, the capture is given back at once."""

    def broken(_job: CaptureJob) -> None:
        raise error

    world.runner.before = broken
    with pytest.raises(type(error)):
        world.snap()
    assert (world.used(), next(iter(world.table.records.values())).state) == (0, "failed")


def test_an_answer_about_something_else_is_not_believed(world: World) -> None:
    """A report that names another account, job or place in the bucket is refused: `snap` runs hostile pages."""
    forged = world.runner.report
    world.runner.report = lambda job: forged(job.model_copy(update={"key_prefix": "pictures/elsewhere"}))  # type: ignore[method-assign]
    with pytest.raises(CaptureError):
        world.snap()
    assert world.used() == 0


def test_the_limit_stops_captures_but_not_stored_pictures(world: World) -> None:
    """With the month's captures used up, stored pictures are still served and nothing new is captured."""
    world.limit(1)
    world.snap()
    assert world.snap().source == "cached"
    with pytest.raises(UsageLimitExceeded):
        world.snap(ttl_s=0)
    assert (world.used(), len(world.runner.jobs)) == (1, 1)


def test_a_late_report_is_served_to_whoever_asks_again(world: World) -> None:
    """A capture that outlasts its caller is recorded when its report arrives, and then served from the store."""

    def late(_job: CaptureJob) -> None:
        raise CaptureTimeout("later")

    world.runner.before = late
    with pytest.raises(CaptureTimeout):
        world.snap()
    report = world.runner.report(world.runner.jobs[0])
    assert record(world.table, report)
    assert (world.snap().source, world.used(), len(world.runner.jobs)) == ("cached", 1, 1)


def test_a_repeated_failure_report_gives_back_once(world: World) -> None:
    """A failure that the queue delivers twice is given back once."""

    def late(_job: CaptureJob) -> None:
        raise CaptureTimeout("later")

    world.runner.before = late
    with pytest.raises(CaptureTimeout):
        world.snap()
    world.runner.failure = Failure(code="capture_failed", message="No.")
    report = world.runner.report(world.runner.jobs[0])
    assert [record(world.table, report) for _ in range(2)] == [True, False]
    assert world.used() == 0


def test_a_large_picture_is_linked_to(world: World) -> None:
    """A picture above the inline limit is never loaded into `api`."""
    world.runner.claimed_size = MAX_INLINE_BYTES + 1
    assert (world.snap().body, world.pictures.reads) == (None, [])


def test_a_picture_that_vanished_is_captured_again(world: World) -> None:
    """A record whose file the bucket has dropped leads to a new capture instead of an error."""
    world.snap()
    world.pictures.objects.clear()
    world.restart()
    assert world.snap().source == "captured"


def test_a_thumbnail_is_made_with_the_capture(world: World) -> None:
    """A capture that is asked for with a thumbnail makes both in one job."""
    snap = world.snap(thumbnail=ThumbnailSize(width=320))
    assert snap.thumbnail_link == f"https://pictures.test/{world.runner.jobs[0].key_prefix}_320x.jpg"
    assert world.runner.thumbnail_jobs == []


def test_a_thumbnail_of_a_stored_picture_is_made_once(world: World) -> None:
    """A size that is missing is made from the stored picture, once and uncounted."""
    world.snap()
    links = [world.snap(thumbnail=ThumbnailSize(width=50), want_bytes=False).thumbnail_link for _ in range(2)]
    assert links[0] == links[1]
    assert (len(world.runner.thumbnail_jobs), world.used()) == (1, 1)


def test_a_thumbnail_in_the_pictures_place(world: World) -> None:
    """Asked for resized, the snap is the thumbnail: its bytes, its link, and captured again when it was removed."""
    size = ThumbnailSize(width=400)
    first = world.snaps.snap(world.caller(), OPTIONS, ttl_s=60, thumbnail=size, resized=True)
    assert (first.body, first.link) == (b"small", first.thumbnail_link)
    world.restart()
    del world.pictures.objects[first.file.key]
    again = world.snaps.snap(world.caller(), OPTIONS, ttl_s=60, thumbnail=size, resized=True)
    assert (again.body, again.source) == (b"small", "captured")


def test_a_fresh_picture_is_known_without_reading_it(world: World) -> None:
    """Whether a stored picture is fresh enough is told by what came with the caller: no byte is read."""
    assert world.snaps.cached(world.caller(), ttl_s=60) is None
    taken = world.snap().picture
    world.pictures.reads.clear()
    assert world.snaps.cached(world.caller(), ttl_s=60) == taken
    assert world.snaps.cached(world.caller(), ttl_s=0) is None
    assert world.snaps.cached(replace(world.caller(), record=None), ttl_s=60) is None
    assert world.pictures.reads == []

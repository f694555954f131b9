from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.services.bulk import Bulk
from tests.world import OPTIONS, World

from pagelapse import results
from pagelapse.capture.jobs import CaptureJob, CaptureStarted
from pagelapse.errors import CaptureTimeout


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Services over fakes, whose captures all outlast their callers, and `results` on their table."""
    made = World()

    def late(_job: CaptureJob) -> None:
        raise CaptureTimeout("later")

    made.runner.before = late
    monkeypatch.setattr(results, "captures", lambda: made.table)
    monkeypatch.setattr(results, "job_recorder", lambda: made.recorder)
    monkeypatch.setattr(results, "order_recorder", lambda: made.order_recorder)
    return made


@pytest.fixture
def bulk(world: World, monkeypatch: pytest.MonkeyPatch) -> Bulk:
    """Bulk jobs over fakes, and `results` on their table."""
    made = Bulk(world)
    monkeypatch.setattr(results, "bulk_recorder", lambda: made.recorder)
    return made


def _outlasted(world: World, url: str) -> str:
    """The report, as the queue brings it, of a capture that outlasted its caller."""
    with pytest.raises(CaptureTimeout):
        world.snap(OPTIONS.model_copy(update={"url": url}))
    return world.runner.report(world.runner.jobs[-1]).model_copy(update={"body": None}).model_dump_json()


def _handle(*bodies: str) -> list[str]:
    """The ids of the messages to be delivered again."""
    records = [
        {"messageId": f"m{number}", "body": body, "eventSource": "aws:sqs"} for number, body in enumerate(bodies)
    ]
    event: dict[str, Any] = {"Records": records}
    answer = results.handle(event, SimpleNamespace(get_remaining_time_in_millis=lambda: 1000))  # type: ignore[arg-type]
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def test_late_captures_are_recorded(world: World) -> None:
    """The queue's reports are recorded, and each page is then served from the store."""
    urls = ["https://example.com/1", "https://example.com/2"]
    assert _handle(*[_outlasted(world, url) for url in urls]) == []
    snaps = [world.snap(OPTIONS.model_copy(update={"url": url})) for url in urls]
    assert [snap.source for snap in snaps] == ["cached", "cached"]
    assert world.used() == 2


def test_a_bad_message_is_delivered_again_alone(world: World) -> None:
    """A message that can't be read comes again; the others of its batch are recorded."""
    assert _handle("{}", _outlasted(world, "https://example.com/1")) == ["m0"]
    assert world.snap(OPTIONS.model_copy(update={"url": "https://example.com/1"})).source == "cached"


def test_a_message_delivered_twice_changes_nothing(world: World) -> None:
    """SQS delivers at least once: the second time changes neither the record nor the count."""
    report = _outlasted(world, "https://example.com/1")
    _handle(report)
    before = dict(world.table.records)
    assert _handle(report) == []
    assert (world.table.records, world.used()) == (before, 1)


def test_an_unknown_job_is_dropped(world: World) -> None:
    """A report of no known attempt is dropped instead of being delivered for ever."""
    report = _outlasted(world, "https://example.com/1")
    world.table.records.clear()
    assert _handle(report) == []
    assert world.table.records == {}


def test_orders_are_recorded(world: World) -> None:
    """An order's capture is told to have begun, and then recorded, whatever is delivered twice and in which order."""
    world.order_queue.paused = True
    order = world.orders.place(world.caller(), OPTIONS, {}, max_age_s=0).order
    job = CaptureJob.model_validate_json(world.order_queue.sent[-1])
    ids = {"job_id": job.job_id, "account_id": job.account_id}
    started = CaptureStarted(**ids, purpose="order", started_at_ms=1).model_dump_json()
    report = world.runner.report(job).model_copy(update={"purpose": "order", "body": None}).model_dump_json()
    states = []
    for body in (started, report, started, report):
        assert _handle(body) == []
        states.append(world.orders.get(order.account_id, order.number).state)
    assert (states, world.used()) == (["processing", "done", "done", "done"], 1)


def test_pages_of_a_bulk_job_are_recorded_together(world: World, bulk: Bulk) -> None:
    """A batch's pages of one job are recorded by one write, beside whatever else is in the batch."""
    job = bulk.create()
    bulk.work()
    pages = [bulk.report(each).model_dump_json() for each in bulk.queued()]
    assert _handle(pages[0], "{}", *pages[1:], _outlasted(world, "https://example.com/1")) == ["m1"]
    assert (bulk.now(job).state, bulk.now(job).successful, bulk.store.captures) == ("packaging", 4, [4])
    assert world.snap(OPTIONS.model_copy(update={"url": "https://example.com/1"})).source == "cached"


def test_a_page_that_comes_twice_does_not_hold_up_the_others(bulk: Bulk) -> None:
    """Pages that were recorded before, or failed, are looked at alone; the others of the batch are recorded."""
    job = bulk.create()
    bulk.work()
    first, second, third, _ = bulk.queued()
    pages = [bulk.report(first), bulk.report(second), bulk.report(third, fails=True), bulk.report(first)]
    for _ in range(2):
        assert _handle(*[page.model_dump_json() for page in pages]) == []
        assert (bulk.now(job).successful, bulk.now(job).failed, bulk.world.used()) == (2, 1, 3)

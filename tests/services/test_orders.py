from __future__ import annotations

import time
from dataclasses import replace

import pytest
from tests.world import OPTIONS, World

from pagelapse.capture.jobs import CaptureJob, CaptureStarted, Failure, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import (
    ConnectorNotFound,
    InvalidOption,
    JobNotFound,
    ServiceBusy,
    UsageLimitExceeded,
)
from pagelapse.records import Order, PictureExport
from pagelapse.services.due_work import DueWork
from pagelapse.services.orders import MAX_ORDER_BYTES, MOST_ATTEMPTS, Placed, number_of


def _place(world: World, options: CaptureOptions = OPTIONS, *, max_age_s: int = 60) -> Placed:
    return world.orders.place(world.caller(options), options, {"url": options.url}, max_age_s=max_age_s)


def _paused(world: World) -> tuple[Order, CaptureJob]:
    """An order whose capture has not begun."""
    world.order_queue.paused = True
    order = _place(world).order
    return order, CaptureJob.model_validate_json(world.order_queue.sent[-1])


def _now(world: World, order: Order) -> Order:
    return world.orders.get(order.account_id, order.number)


def test_an_order_is_stored_queued_and_counted_once(world: World) -> None:
    """An order is in the table before it is on the queue, with a number of its own, and is counted when it is made."""
    order, job = _paused(world)
    assert (order.number, order.state, world.used()) == (1, "queued", 1)
    assert (job.purpose, job.job_id, job.options, job.announce) == ("order", order.job_id, OPTIONS, True)
    assert number_of(order.job_id) == 1


def test_what_its_capture_gave_is_recorded_once(world: World) -> None:
    """A report that is delivered again changes nothing."""
    order, job = _paused(world)
    world.order_queue.run(job)
    done = _now(world, order)
    assert (done.state, done.options, world.used()) == ("done", None, 1)
    assert done.result
    assert done.result.file.key.startswith(order.key_prefix)
    world.runner.failure = Failure(code="capture_failed", message="No.")
    world.order_queue.run(job)
    assert (_now(world, order), world.used()) == (done, 1)


def test_a_failed_order_is_given_back(world: World) -> None:
    """A capture that fails is not counted, however often that is reported."""
    order, job = _paused(world)
    world.runner.failure = Failure(code="target_unreachable", message="No.", option="url")
    for _ in range(2):
        world.order_queue.run(job)
    assert (_now(world, order).failure, world.used()) == (world.runner.failure, 0)


def test_it_is_known_when_a_capture_has_begun(world: World) -> None:
    """What `snap` says when it begins shows as processing, until the report is there; later it is no news."""
    order, job = _paused(world)
    started = CaptureStarted(job_id=job.job_id, account_id=job.account_id, purpose="order", started_at_ms=1234)
    assert world.order_recorder.begin(started)
    assert (_now(world, order).state, _now(world, order).started_at_ms) == ("processing", 1234)
    world.order_queue.run(job)
    assert not world.order_recorder.begin(started)
    assert _now(world, order).state == "done"


def test_a_failure_that_overtakes_its_beginning_tells_that_it_began(world: World) -> None:
    """A capture that failed has begun, also when its report comes before the message that says so."""
    order, job = _paused(world)
    world.runner.failure = Failure(code="target_unreachable", message="No.", option="url")
    report = world.runner.report(job).model_copy(update={"purpose": "order", "duration_ms": 20})
    assert world.order_recorder.record(report)
    assert _now(world, order).started_at_ms is not None


def test_an_order_younger_than_the_wish_is_found(world: World) -> None:
    """The same options are answered by the stored order, uncounted, also while it is under way; 0 s makes a new one."""
    order, job = _paused(world)
    assert _place(world) == Placed(order, found=True)
    world.order_queue.run(job)
    assert (_place(world).order.number, _place(world).found, world.used()) == (1, True, 1)
    fresh = _place(world, max_age_s=0)
    assert (fresh.order.number, fresh.found, world.used()) == (2, False, 2)


def test_an_older_or_failed_order_is_made_anew(world: World) -> None:
    """A picture that is too old does not answer, and a failure never does."""
    order = _place(world).order
    stored = world.orders_table.orders[order.account_id, 1]
    assert stored.result
    old = stored.result.model_copy(update={"taken_at_ms": stored.result.taken_at_ms - 61_000})
    world.orders_table.orders[order.account_id, 1] = replace(stored, result=old)
    world.runner.failure = Failure(code="capture_failed", message="No.")
    assert _place(world).order.number == 2
    assert _place(world).order.number == 3


def test_other_options_are_another_order(world: World) -> None:
    """Only exactly the same options are answered by a stored order."""
    _place(world)
    assert not _place(world, OPTIONS.model_copy(update={"full_page": True})).found


def test_an_order_that_meets_another_one_joins_it(world: World) -> None:
    """Of equal orders at the same moment one is made, and the other finds it."""
    world.order_queue.paused = True
    read = world.orders_table.latest_number
    world.orders_table.latest_number = lambda *_: None  # type: ignore[method-assign]
    _place(world)
    with pytest.raises(ServiceBusy):
        _place(world)
    world.orders_table.latest_number = read  # type: ignore[method-assign]
    assert (_place(world).found, world.used()) == (True, 1)


def test_the_limit_is_kept_in_the_write(world: World) -> None:
    """With the month's captures used up nothing is ordered; a failed order makes room again."""
    world.limit(1)
    world.runner.failure = Failure(code="capture_failed", message="No.")
    _place(world)
    world.runner.failure = None
    _place(world)
    with pytest.raises(UsageLimitExceeded):
        _place(world, max_age_s=0)
    assert world.used() == 1


def test_an_order_that_can_not_be_queued_is_given_back(world: World) -> None:
    """When the queue is down, the order has failed and is not counted."""
    world.runner.before = lambda _job: (_ for _ in ()).throw(OSError("down"))
    with pytest.raises(OSError, match="down"):
        _place(world)
    (order,) = world.orders.recent(world.new.account.account_id, 10)
    assert (order.state, world.used()) == ("failed", 0)


def test_an_order_of_somebody_else_is_not_found(world: World) -> None:
    """Numbers belong to their account."""
    _place(world)
    other = world.accounts.create_account("other")
    with pytest.raises(JobNotFound):
        world.orders.get(other.account.account_id, 1)
    assert world.orders.recent(other.account.account_id, 10) == []


def test_reports_of_other_things_are_not_believed(world: World) -> None:
    """`snap` runs hostile pages: what it says of another job, digest or place in the bucket changes nothing."""
    order, job = _paused(world)
    report = world.runner.report(job)
    assert report.file
    elsewhere = report.file.model_copy(update={"key": "pictures/somebody-elses.png"})
    for wrong, expected in (
        (report.model_copy(update={"digest": "0" * 64}), False),
        (report.model_copy(update={"file": elsewhere}), False),
        (report.model_copy(update={"source": elsewhere}), False),
        (report.model_copy(update={"job_id": f"{order.number:012x}" + "0" * 24}), None),
        (report.model_copy(update={"job_id": "nonsense"}), None),
        (report.model_copy(update={"account_id": "0" * 12}), None),
    ):
        assert world.order_recorder.record(wrong) is expected
    assert _now(world, order).state == "queued"


def test_overdue_orders_are_queued_again_and_then_given_up(world: World) -> None:
    """An order without a report is queued again as the same job, and after some attempts failed and given back."""
    order, job = _paused(world)
    ticks = DueWork(world.monitor, world.monitor, world.monitor, world.monitor, world.queues, world.orders)
    for attempt in range(1, MOST_ATTEMPTS):
        _become_due(world, order)
        assert dict(ticks.run(until=time.time() + 60)) == {"retried": 1}
        assert _now(world, order).attempts == attempt + 1
    assert {CaptureJob.model_validate_json(body) for body in world.order_queue.sent} == {job}
    _become_due(world, order)
    assert dict(ticks.run(until=time.time() + 60)) == {"given_up": 1}
    assert (_now(world, order).state, world.used()) == ("failed", 0)
    assert dict(ticks.run(until=time.time() + 60)) == {}


def _become_due(world: World, order: Order) -> None:
    place = order.account_id, order.number
    world.orders_table.orders[place] = replace(world.orders_table.orders[place], overdue_at=int(time.time()) - 1)


def test_a_report_after_a_retry_counts_once(world: World) -> None:
    """When the report comes after all, the retried job's own one changes nothing."""
    order, job = _paused(world)
    assert world.orders.see_to(order, time.time()) == "retried"
    assert world.orders.see_to(order, time.time()) == "lost"
    for _ in range(2):
        world.order_queue.run(job)
    assert (_now(world, order).state, world.used()) == ("done", 1)


def test_waiting_ends_with_the_order_or_in_time(world: World) -> None:
    """Waiting reads the order at growing intervals, until it has ended or the time is over."""
    order, job = _paused(world)
    still = world.orders.wait(order, until=time.time() + 0.01)
    assert (still.state, world.naps) == ("queued", [])
    world.on_nap = lambda _seconds: world.order_queue.run(job) if len(world.naps) == 3 else None
    assert world.orders.wait(order, until=time.time() + 60).state == "done"
    assert world.naps == sorted(world.naps)
    assert len(world.naps) == 3


def test_what_can_not_be_stored_is_refused(world: World) -> None:
    """Options that an item of the table can't hold are refused by name, uncounted."""
    long = OPTIONS.model_copy(update={"post_data": "x" * MAX_ORDER_BYTES})
    with pytest.raises(InvalidOption) as raised:
        _place(world, long)
    assert (raised.value.option, world.used()) == ("post_data", 0)


def test_connectors_of_nobody_are_refused(world: World) -> None:
    """An order through a connector that the account does not have is refused by name, uncounted."""
    with pytest.raises(ConnectorNotFound) as raised:
        _place(world, OPTIONS.model_copy(update={"connector": "conn_1"}))
    assert (raised.value.option, world.used()) == ("connector", 0)


def test_a_picture_is_copied_where_it_is_wanted_once(world: World) -> None:
    """An order's picture goes to the bucket that it names as soon as it is there; a repeated report copies nothing."""
    world.order_queue.paused = True
    export = PictureExport(wishes={"to": "mine"}, bucket="my-bucket", suffix="-200.png")
    order = world.orders.place(
        world.caller(), OPTIONS, {}, max_age_s=0, thumbnail=ThumbnailSize(width=200), export=export
    ).order
    job = CaptureJob.model_validate_json(world.order_queue.sent[-1])
    for _ in range(2):
        world.order_queue.run(job)
    assert world.foreign.put_ == [(order.account_id, "my-bucket", "1-200.png", b"small")]
    (copy,) = _now(world, order).copies.values()
    assert (copy.url, copy.wishes) == ("https://my-bucket.s3.test/1-200.png", {"to": "mine"})


@pytest.mark.parametrize("code", ["browser_lost", "service_busy"])
def test_a_lost_browser_costs_an_order_a_minute(world: World, code: str) -> None:
    """When the browser is lost the order waits for the next tick, which queues it once more; then it has failed."""
    order, job = _paused(world)
    world.runner.failure = Failure(code=code, message="No.")
    world.order_queue.run(job)
    assert (_now(world, order).state, world.used()) == ("queued", 1)
    assert (world.tick(), world.tick()) == (["retried"], [])
    assert CaptureJob.model_validate_json(world.order_queue.sent[-1]) == job
    world.order_queue.run(job)
    assert (_now(world, order).state, world.used()) == ("failed", 0)


def test_an_order_whose_browser_was_lost_can_succeed(world: World) -> None:
    """The second try is recorded as any other."""
    order, job = _paused(world)
    world.runner.failure = Failure(code="browser_lost", message="No.")
    world.order_queue.run(job)
    world.runner.failure = None
    world.tick()
    world.order_queue.run(job)
    assert (_now(world, order).state, _now(world, order).attempts, world.used()) == ("done", 2, 1)

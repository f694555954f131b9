"""Captures through agents: given out, waited for, reported and judged."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.connector_fakes import Wires
from tests.monitor_fakes import MemoryQueue
from tests.world import World

from pagelapse.capture.jobs import CaptureJob, CaptureReport, Failure, Observation, StoredFile, Target, ThumbnailSize
from pagelapse.capture.messages import MAX_MESSAGE_BYTES, Accepted, Report, Returned
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.result import DOCUMENTS
from pagelapse.errors import CaptureError, ConnectorNotFound, ConnectorOffline, ConnectorTimeout, ServiceBusy
from pagelapse.services.connector_queue import LONGEST_S, MOST_ATTEMPTS, PATIENCE_S
from pagelapse.services.connector_runs import ACCEPT_WITHIN_S, RECONNECT_WITHIN_S
from pagelapse.services.dispatch import assigned_files
from pagelapse.services.routing import RoutedOutbox


class Clock:
    """A clock that only napping moves."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time stands still but for naps."""
    made = Clock()
    monkeypatch.setattr(time, "time", made)
    return made


@pytest.fixture
def wires(world: World, clock: Clock) -> Wires:
    """A connector whose agent is connected."""
    made = Wires(world)
    made.connect("c1")

    def nap(seconds: float) -> None:
        clock.now += seconds

    world.on_nap = nap
    return made


def _during(world: World, clock: Clock, *steps: Callable[[], None]) -> None:
    """Let each step happen in a nap of its own."""
    left = list(steps)

    def nap(seconds: float) -> None:
        clock.now += seconds
        if left:
            left.pop(0)()

    world.on_nap = nap


def _run(wires: Wires, job: CaptureJob) -> CaptureReport:
    return CaptureReport.model_validate_json(wires.runner.run(job, wait_s=11))


def test_a_capture_goes_to_the_agent_and_comes_back(wires: Wires, world: World, clock: Clock) -> None:
    """The agent gets the job with forms for exactly its files, and its report is the caller's."""
    job = wires.job(thumbnail=ThumbnailSize(width=320))

    def report() -> None:
        wires.sessions.hear("c1", Report(job_id="j1", report=wires.report(job)))

    _during(world, clock, lambda: wires.sessions.hear("c1", Accepted(job_id="j1")), report)
    found = _run(wires, job)
    assert (found.job_id, found.account_id, found.digest) == ("j1", wires.account_id, job.options.digest())
    (told,) = wires.sockets.said("job")
    assert told.work.capture_job().options == job.options
    assert [form.key for form in told.work.uploads] == ["pictures/abc.png", "pictures/abc_320x.png"]
    assert 0 < told.work.seconds <= 10
    assert len(wires.sockets.said("recorded")) == 1
    assert wires.results.sent == []


def test_a_large_job_goes_through_the_bucket(wires: Wires) -> None:
    """A job that is too large for a message is read from the bucket by a link."""
    options = wires.options(url=None, html="x" * MAX_MESSAGE_BYTES)
    wires.dispatcher.send(wires.job(options=options), wires.connector(), seconds=5)
    (told,) = wires.sockets.said("job")
    assert told.work is None
    (key,) = [key for key in wires.exchange.objects if key.startswith("connectors/")]
    assert key in told.work_url
    assert json.loads(wires.exchange.objects[key])["job"]["options"]["html"] == options.html
    assert all(len(text.encode()) <= MAX_MESSAGE_BYTES for _, text in wires.sockets.texts)


def test_the_agent_is_told_no_secret(wires: Wires) -> None:
    """What an agent is told of a job holds no proxy, and no time of day."""
    wires.dispatcher.send(wires.job(proxy="http://user:word@proxy.test:1"), wires.connector(), seconds=5)
    (told,) = wires.sockets.said("job")
    assert not {"proxy", "answer_by", "inline"} & told.work.job.keys()


def test_what_the_caller_leaves_open_is_left_to_the_agent(wires: Wires) -> None:
    """A viewport that nobody has asked for is not in the job, so that the agent's own default holds."""
    wires.dispatcher.send(wires.job(), wires.connector(), seconds=5)
    assert "viewport" not in wires.sockets.said("job")[0].work.job["options"]


def test_offline(wires: Wires) -> None:
    """Without an agent it is an error at once, and a connection that is gone ends the session."""
    wires.sockets.open.clear()
    with pytest.raises(ConnectorOffline):
        _run(wires, wires.job())
    assert wires.connector().session is None
    with pytest.raises(ConnectorOffline):
        _run(wires, wires.job())


def test_an_agent_that_takes_no_notice(wires: Wires, clock: Clock) -> None:
    """A job that is not acknowledged is a timeout, long before the caller's time is over."""
    began = clock.now
    with pytest.raises(ConnectorTimeout):
        wires.runner.run(wires.job(answer_by=began + 60), wait_s=61)
    assert ACCEPT_WITHIN_S <= clock.now - began < ACCEPT_WITHIN_S + 2
    assert len(wires.sockets.said("cancel")) == 1


def test_an_agent_that_is_not_done_in_time(wires: Wires, world: World, clock: Clock) -> None:
    """A job that takes too long is a timeout at the caller's deadline, and a later report changes nothing."""
    job = wires.job()
    _during(world, clock, lambda: wires.sessions.hear("c1", Accepted(job_id="j1")))
    began = clock.now
    with pytest.raises(ConnectorTimeout):
        _run(wires, job)
    assert 11 <= clock.now - began < 13
    clock.now += 60
    wires.sessions.hear("c1", Report(job_id="j1", report=wires.report(job)))
    assert wires.results.sent == []
    assert len(wires.sockets.said("recorded")) == 1


def test_an_agent_that_disappears(wires: Wires, world: World, clock: Clock) -> None:
    """An agent that loses its connection in the middle of a job has a few seconds to come back."""
    began = clock.now
    _during(
        world,
        clock,
        lambda: wires.sessions.hear("c1", Accepted(job_id="j1")),
        lambda: wires.sessions.disconnect("c1"),
    )
    with pytest.raises(ConnectorTimeout):
        wires.runner.run(wires.job(answer_by=began + 60), wait_s=61)
    assert RECONNECT_WITHIN_S <= clock.now - began < RECONNECT_WITHIN_S + 3


def test_an_agent_that_comes_back(wires: Wires, world: World, clock: Clock) -> None:
    """A report over a new connection of the same agent's counts."""
    job = wires.job()

    def come_back() -> None:
        wires.connect("c2")
        wires.sessions.hear("c2", Report(job_id="j1", report=wires.report(job)))

    _during(
        world,
        clock,
        lambda: wires.sessions.hear("c1", Accepted(job_id="j1")),
        lambda: wires.sessions.disconnect("c1"),
        come_back,
    )
    assert _run(wires, job).file


def test_an_agent_that_is_started_anew(wires: Wires, world: World, clock: Clock) -> None:
    """A new process of the agent's knows nothing of the job: that is told at once."""
    began = clock.now

    def start_anew() -> None:
        wires.connect("c2", agent_id="agent2")

    _during(world, clock, start_anew)
    with pytest.raises(ConnectorTimeout):
        wires.runner.run(wires.job(answer_by=began + 60), wait_s=61)
    assert clock.now - began < 2


def test_a_silent_agent(wires: Wires, world: World, clock: Clock) -> None:
    """An agent whose heartbeat stops in the middle of a job is a timeout, without any disconnection."""
    _during(world, clock, lambda: wires.sessions.hear("c1", Accepted(job_id="j1")))
    seen = wires.connector()
    wires.store.put(replace(seen, last_seen_at=clock.now - 65))
    began = clock.now
    with pytest.raises(ConnectorTimeout):
        wires.runner.run(wires.job(answer_by=began + 90), wait_s=91)
    assert clock.now - began < 5 + RECONNECT_WITHIN_S + 2


def test_a_busy_agent(wires: Wires, world: World, clock: Clock) -> None:
    """A job that the agent gives back is told as busy."""
    _during(world, clock, lambda: wires.sessions.hear("c1", Returned(job_id="j1")))
    with pytest.raises(ServiceBusy):
        _run(wires, wires.job())


def test_a_deleted_connector(wires: Wires) -> None:
    """A connector that is deleted before its job is given out is not found."""
    wires.connectors.delete(wires.account_id, wires.connector_id)
    with pytest.raises(ConnectorNotFound):
        _run(wires, wires.job())


def _told(wires: Wires, said: dict[str, Any] | None, job: CaptureJob | None = None) -> CaptureReport:
    """What is written down when an agent says something about a queued job."""
    job = job or wires.job(answer_by=None)
    wires.dispatcher.send(job, wires.connector(), seconds=5)
    wires.sessions.hear("c1", Report(job_id="j1", report=said))
    return wires.recorded(job)


def test_reports_nobody_waits_for_go_on(wires: Wires) -> None:
    """A queued job's report goes to the result queue, with its purpose, once, however often it is told."""
    job = wires.job(answer_by=None, purpose="configuration")
    recorded = _told(wires, wires.report(job), job)
    wires.sessions.hear("c1", Report(job_id="j1", report=wires.report(job)))
    assert recorded.purpose == "configuration"
    assert [CaptureReport.model_validate_json(body) for body in wires.results.sent] == [recorded]
    assert len(wires.sockets.said("recorded")) == 2


def test_a_report_that_was_not_passed_on_is_passed_on_later(wires: Wires) -> None:
    """When the result queue fails, the report is there for the next attempt."""
    job = wires.job(answer_by=None)
    wires.dispatcher.send(job, wires.connector(), seconds=5)
    wires.results.broken = True
    with pytest.raises(OSError, match="down"):
        wires.sessions.hear("c1", Report(job_id="j1", report=wires.report(job)))
    wires.results.broken = False
    assert wires.queued.see_to(job, received=2, queued_at=time.time()) == 0
    assert len(wires.results.sent) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"file": StoredFile(key="pictures/abc.jpg", media_type="image/png", size=7, width=4, height=3)},
        {"file": StoredFile(key="pictures/other.png", media_type="image/png", size=7, width=4, height=3)},
        {"file": StoredFile(key="pictures/abc.png", media_type="text/html", size=7, width=4, height=3)},
        {"file": StoredFile(key="pictures/abc.png", media_type="image/png", size=8, width=4, height=3)},
        {"file": StoredFile(key="pictures/abc.png", media_type="image/png", size=7)},
        {"file": StoredFile(key="pictures/abc.png", media_type="image/png", size=7, width=-4, height=3)},
        {"file": StoredFile(key="pictures/abc.png", media_type="image/png", size=7, width=4, height=10**9)},
        {"thumbnail": StoredFile(key="pictures/abc.png", media_type="image/png", size=7, width=4, height=3)},
        {"observations": (Observation(action_index=1, selector="#a", text="x" * 10_001),)},
        {"observations": (Observation(action_index=1, selector="#a", text="x"),) * 11},
        {"target": Target(url="http://a.local/" + "x" * 20_000)},
        {"file": None},
        {"failure": Failure(code="capture_failed", message="both")},
    ],
)
def test_hostile_reports_are_failures(wires: Wires, changes: dict[str, Any]) -> None:
    """A report of a file that the job may not store, or that is not what lies in the bucket, is a failed capture."""
    job = wires.job(answer_by=None)
    recorded = _told(wires, wires.report(job, **changes), job)
    assert recorded.file is None
    assert recorded.failure
    assert recorded.failure.code == "capture_failed"


@pytest.mark.parametrize("said", [{}, {"a": 1}, {"job_id": "j1", "account_id": [], "digest": ""}])
def test_malformed_reports_are_failures(wires: Wires, said: dict[str, Any]) -> None:
    """A report that is none is a failed capture."""
    assert _told(wires, said).failure


def test_a_report_without_an_upload_is_a_failure(wires: Wires) -> None:
    """A report said to be uploaded that is not there, or is no JSON object, is a failed capture."""
    assert _told(wires, None).failure


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"[" * 100_000])
def test_an_uploaded_report_that_is_none(wires: Wires, body: bytes) -> None:
    """What was uploaded as a report and is none is a failed capture."""
    job = wires.job(answer_by=None)
    assignment = wires.dispatcher.send(job, wires.connector(), seconds=5)
    assert assignment
    wires.exchange.put(assignment.report_key, body, media_type="application/json")
    wires.sessions.hear("c1", Report(job_id="j1"))
    assert wires.recorded(job).failure


def test_a_large_report_is_read_from_the_bucket(wires: Wires) -> None:
    """A report that was uploaded counts like one in a message."""
    job = wires.job(answer_by=None)
    assignment = wires.dispatcher.send(job, wires.connector(), seconds=5)
    assert assignment
    body = json.dumps(wires.report(job)).encode()
    wires.exchange.put(assignment.report_key, body, media_type="application/json")
    wires.sessions.hear("c1", Report(job_id="j1"))
    assert wires.recorded(job).file


def test_ids_and_times_are_ours(wires: Wires) -> None:
    """Whatever a report says of job, account, purpose, bytes and times, ours are recorded."""
    job = wires.job(answer_by=None)
    lies = {
        "job_id": "x",
        "account_id": "y",
        "purpose": "bulk",
        "digest": "z",
        "proxied_bytes": -5,
        "taken_at_ms": 10**15,
        "duration_ms": -1,
        "body": b"x",
    }
    recorded = _told(wires, wires.report(job, **lies), job)
    assert (recorded.job_id, recorded.account_id, recorded.purpose) == ("j1", wires.account_id, "snap")
    assert (recorded.digest, recorded.proxied_bytes, recorded.body) == (job.options.digest(), 0, None)
    assert recorded.taken_at_ms == round(time.time() * 1000)
    assert recorded.duration_ms == 0


def test_failures_are_in_our_terms(wires: Wires) -> None:
    """A failure keeps a code that we know, and a message of sensible length."""
    failure = Failure(code="target_refused", message="x" * 5000, option="url")
    told = _told(wires, wires.report(wires.job(), file=None, failure=failure)).failure
    assert told
    assert (told.code, len(told.message), told.option) == ("target_refused", 1000, "url")


def test_jobs_of_others_are_none_of_an_agents_business(wires: Wires) -> None:
    """An agent can't accept, return or report a job of another connector's, of its own account or not."""
    wires.dispatcher.send(wires.job(answer_by=None), wires.connector(), seconds=5)
    for account_id in (wires.account_id, "0123456789ab"):
        other = wires.connectors.create(account_id, "Other")
        assert wires.connect(f"c-{account_id}", token=other.token)
        for message in (
            Accepted(job_id="j1"),
            Returned(job_id="j1"),
            Report(job_id="j1", report=wires.report(wires.job())),
        ):
            wires.sessions.hear(f"c-{account_id}", message)
    found = wires.store.job(wires.account_id, "j1")
    assert found
    assert found.state == "sent"
    assert wires.results.sent == []


def test_queued_jobs_wait_for_an_agent(wires: Wires, clock: Clock) -> None:
    """A queued job waits at growing intervals for an agent, is given out when there is one, and fails in the end."""
    job, began = wires.job(answer_by=None), clock.now
    wires.sessions.disconnect("c1")
    wires.store.put(replace(wires.connector(), last_seen_at=None))
    waits = [wires.queued.see_to(job, received=1, queued_at=began - age) for age in (0, 10, 60, 120, 240, 590)]
    assert waits == [5, 5, 15, 30, 60, 60]
    wires.connect("c2")
    assert wires.queued.see_to(job, received=7, queued_at=began) > 0
    assert len(wires.sockets.said("job")) == 1
    wires.store.jobs.clear()
    wires.sessions.disconnect("c2")
    clock.now += PATIENCE_S + 1
    assert wires.queued.see_to(job, received=8, queued_at=began) == 0
    (body,) = wires.results.sent
    failure = CaptureReport.model_validate_json(body).failure
    assert failure
    assert failure.code == "connector_offline"


def test_a_short_absence_of_the_agent_fails_no_queued_job(wires: Wires, clock: Clock) -> None:
    """A job that has been queued for long, behind others, outlives an agent's reconnection, but no long absence."""
    job, queued_at = wires.job(answer_by=None), clock.now - PATIENCE_S - 60
    wires.sessions.disconnect("c1")
    clock.now += 2
    assert wires.queued.see_to(job, received=50, queued_at=queued_at) == 5
    clock.now += PATIENCE_S
    assert wires.queued.see_to(job, received=51, queued_at=queued_at) == 0
    assert len(wires.results.sent) == 1


def test_a_queued_job_under_way_is_left_alone(wires: Wires) -> None:
    """While the agent is at work on a queued job it is not given out again; done, its message is done with."""
    job = wires.job(answer_by=None)
    for received in (1, 2, 3):
        assert wires.queued.see_to(job, received=received, queued_at=time.time()) > 0
    assert len(wires.sockets.said("job")) == 1
    wires.sessions.hear("c1", Report(job_id="j1", report=wires.report(job)))
    assert wires.queued.see_to(job, received=4, queued_at=time.time()) == 0
    assert len(wires.results.sent) == 1


def test_a_queued_job_of_an_agent_that_died(wires: Wires, clock: Clock) -> None:
    """A queued job whose agent was started anew is given out again, a few times, and then fails."""
    job = wires.job(answer_by=None)
    received = 0
    while wires.queued.see_to(job, received=received, queued_at=clock.now):
        received += 1
        wires.connect(f"again{received}", agent_id=f"new{received}")
        assert received < 20
    assert len(wires.sockets.said("job")) == MOST_ATTEMPTS
    failure = CaptureReport.model_validate_json(wires.results.sent[0]).failure
    assert failure
    assert failure.code == "connector_timeout"


def test_a_queued_job_that_is_given_back_is_no_attempt(wires: Wires) -> None:
    """A busy agent gets a queued job again later, as often as it takes."""
    job = wires.job(answer_by=None)
    for received in range(1, 10):
        assert wires.queued.see_to(job, received=received, queued_at=time.time()) == min(30, received * 5)
        wires.sessions.hear("c1", Returned(job_id="j1"))
    assert wires.results.sent == []
    assert len(wires.sockets.said("job")) == 9
    assert all(told.patient for told in wires.sockets.said("job"))
    assert wires.queued.see_to(job, received=10, queued_at=time.time() - LONGEST_S - 1) == 0
    assert len(wires.results.sent) == 1


def test_a_queued_job_of_a_deleted_connector_fails(wires: Wires) -> None:
    """A queued job whose connector is gone fails at once."""
    wires.connectors.delete(wires.account_id, wires.connector_id)
    assert wires.queued.see_to(wires.job(answer_by=None), received=1, queued_at=time.time()) == 0
    assert CaptureReport.model_validate_json(wires.results.sent[0]).failure


def test_jobs_find_their_queue(wires: Wires) -> None:
    """Only jobs that name a connector go to the connectors' queue, whatever else is written in them."""
    captures, connectors = MemoryQueue(), MemoryQueue()
    outbox = RoutedOutbox(captures, connectors)
    through = wires.job().model_dump_json()
    plain = wires.job(options=wires.options(connector=None)).model_dump_json()
    told = wires.job(options=wires.options(connector=None, url=None, html='"connector":"conn_1"')).model_dump_json()
    for body in (through, plain, told):
        outbox.send(body)
    assert (connectors.sent, captures.sent) == ([through], [plain, told])


def test_nothing_is_counted_for_a_connector_that_is_not_there(wires: Wires, world: World) -> None:
    """The connector is judged before a capture is counted."""
    world.snaps._flights._connectors = wires.connectors
    wires.sessions.disconnect("c1")
    for options, error in (
        (wires.options(), ConnectorOffline),
        (wires.options(connector="conn_" + "0" * 24), ConnectorNotFound),
    ):
        with pytest.raises(error):
            world.snap(options)
    assert (world.used(), world.table.records) == (0, {})


def test_a_report_that_comes_at_the_last_moment(wires: Wires, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that is written between the last look and the giving up is still the answer."""
    job = wires.job()
    abandon = wires.store.abandon

    def late(account_id: str, job_id: str) -> bool:
        wires.sessions.hear("c1", Report(job_id="j1", report=wires.report(job)))
        return abandon(account_id, job_id)

    monkeypatch.setattr(wires.store, "abandon", late)
    assert _run(wires, job).file


def test_a_done_job_is_not_given_out_again(wires: Wires) -> None:
    """A job that has its report is not run a second time."""
    job = wires.job(answer_by=None)
    _told(wires, wires.report(job), job)
    with pytest.raises(CaptureError):
        _run(wires, wires.job())


@pytest.mark.parametrize(("output", "ending"), [("html", "html"), ("text", "txt"), ("markdown", "md"), ("pdf", "pdf")])
def test_documents_that_agents_may_store(output: str, ending: str) -> None:
    """An agent is given the place that the document gets by itself; what a page says is stored as plain text."""
    options = CaptureOptions.model_validate({"url": "https://example.com/", "output": output})
    job = CaptureJob(job_id="j", account_id="a", options=options, key_prefix="pictures/p")
    file, thumbnail = assigned_files(job)
    assert (file.key, thumbnail) == (f"pictures/p.{ending}", None)
    assert (file.media_type, ending) == DOCUMENTS[options.output]
    assert file.stored_type == ("application/pdf" if output == "pdf" else "text/plain; charset=utf-8")

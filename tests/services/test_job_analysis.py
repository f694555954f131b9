"""AI analysis of configurations' pictures, over fakes and a model that speaks the protocol."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.services.monitoring import made, report
from tests.site.ai import Model, answering
from tests.world import World

from pagelapse import analysing
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.chat_completions import ChatCompletions
from pagelapse.adapters.http import HttpClient
from pagelapse.adapters.usage_store import UsageTable
from pagelapse.errors import JobPending
from pagelapse.monitoring.configurations import Analysis
from pagelapse.records import usage_month
from pagelapse.services.analysis import Analyses
from pagelapse.services.configurations import ANALYSED_WITHIN_S
from pagelapse.services.job_analysis import MAX_RESPONSE_LENGTH, MOST_ATTEMPTS, JobAnalyst

ANSWER = "What? (1 images) ✓"


@dataclass
class Worker:
    """The function, and the queue that it hides messages on."""

    world: World
    model: Model
    hidden: dict[str, int] = field(default_factory=dict)
    limit: int | None = None
    configured: bool = True

    def hide(self, receipt: str, seconds: int) -> None:
        self.hidden[receipt] = seconds

    def analyst(self) -> JobAnalyst:
        model = ChatCompletions(self.model.url, "looker") if self.configured else None
        usage = UsageTable.__new__(UsageTable)
        fetcher = HttpClient(Allowance(()))
        base = "https://pictures.test"
        analyses = Analyses(model, usage, fetcher, self.world.pictures, pictures_url=base, limit=None, wait_s=20)
        return JobAnalyst(self.world.monitor, analyses, self, limit=self.limit)

    def deliver(self, *, attempt: int = 1, times: int = 1, seconds: float = 60) -> list[str]:
        """Deliver what is queued; returns the ids of the messages that come again."""
        body = self.world.analysis_queue.sent[-1]
        counted = {"ApproximateReceiveCount": str(attempt)}
        record = {"messageId": "m0", "receiptHandle": "r0", "body": body, "attributes": counted}
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: seconds * 1000)
        again: list[str] = []
        for _ in range(times):
            answer: Any = analysing.handle({"Records": [record]}, context)  # type: ignore[arg-type]
            again += [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        return again

    def outcome(self) -> Analysis | None:
        """What the archive shows of the last picture, as its job does."""
        ((_, shown),) = self.world.monitor.archive
        assert self.world.monitor.jobs[shown.job_id].screenshot == shown
        return shown.analysis


@pytest.fixture
def worker(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker whose model answers, and a configuration with a prompt whose first picture is recorded."""
    with answering() as model:
        running = Worker(world, model)
        monkeypatch.setattr(analysing, "job_analyst", running.analyst)
        made(world, prompt="What?")
        world.recorder.record(report(world))
        yield running


def test_a_recorded_picture_is_analysed(world: World, worker: Worker) -> None:
    """A configuration's picture is recorded at once, and its analysis comes with the job as soon as there is one."""
    job_id = world.monitor.archive[0][1].job_id
    with pytest.raises(JobPending, match="analysed"):
        world.configurations.screenshot(world.caller(), job_id)
    assert worker.deliver() == []
    shown = world.configurations.screenshot(world.caller(), job_id)
    assert shown.analysis == Analysis(prompt="What?", response=ANSWER)
    assert worker.outcome() == shown.analysis
    assert worker.model.asked[0].images == (("image/png", job_id.encode()),)
    assert world.monitor.analyses == 2


def test_a_redelivery_neither_asks_nor_counts(world: World, worker: Worker) -> None:
    """A report and a task that are delivered again find the answer stored: the model is asked and counted once."""
    worker.deliver(times=3)
    world.recorder.record(report(world))
    assert len(world.analysis_queue.sent) == 1
    assert (len(worker.model.asked), world.monitor.analyses) == (1, 2)


def test_a_worker_that_dies_after_counting_counts_once(world: World, worker: Worker) -> None:
    """When a worker dies between counting and storing, the redelivered task is answered, and counted once."""
    settle = world.monitor.settle

    def dies(*_: object, **__: object) -> bool:
        raise OSError("the worker died")

    world.monitor.settle = dies  # type: ignore[method-assign]
    assert worker.deliver() == ["m0"]
    world.monitor.settle = settle  # type: ignore[method-assign]
    assert worker.deliver(attempt=2) == []
    assert (worker.outcome(), world.monitor.analyses) == (Analysis(prompt="What?", response=ANSWER), 2)


def test_a_failing_model_is_asked_again(world: World, worker: Worker) -> None:
    """A model that fails is asked again after a while; the picture is there meanwhile, and counted once."""
    worker.model.status = 500
    for attempt in range(1, MOST_ATTEMPTS):
        assert worker.deliver(attempt=attempt) == ["m0"]
        assert worker.hidden.pop("r0") > 0
    worker.model.status = 200
    assert worker.deliver(attempt=MOST_ATTEMPTS) == []
    assert (worker.outcome(), world.monitor.analyses) == (Analysis(prompt="What?", response=ANSWER), 2)


def test_a_model_that_always_fails_is_recorded(world: World, worker: Worker) -> None:
    """After the last attempt the failure is recorded with the picture, and nothing is counted."""
    worker.model.status = 500
    assert worker.deliver(attempt=MOST_ATTEMPTS - 1) == ["m0"]
    assert worker.deliver(attempt=MOST_ATTEMPTS) == []
    outcome = worker.outcome()
    assert outcome
    assert outcome.failure
    assert (outcome.failure.code, outcome.response, world.monitor.analyses) == ("analysis_failed", None, 0)
    assert world.configurations.screenshot(world.caller(), world.monitor.archive[0][1].job_id).analysis == outcome
    assert (worker.deliver(attempt=MOST_ATTEMPTS + 1), len(worker.model.asked)) == ([], 2)


def test_a_used_up_limit_is_recorded(world: World, worker: Worker) -> None:
    """When the month's AI requests are used up the model is not asked, and the picture says so."""
    worker.limit = 1
    assert worker.deliver() == []
    outcome = worker.outcome()
    assert outcome
    assert outcome.failure
    assert outcome.failure.code == "usage_limit_exceeded"
    assert (worker.model.asked, world.monitor.analyses, world.used()) == ([], 0, 1)


@pytest.mark.parametrize("missing", ["model", "picture"])
def test_what_can_never_be_analysed_is_recorded_at_once(world: World, worker: Worker, missing: str) -> None:
    """Without the model or the picture, the failure is recorded by the first attempt."""
    if missing == "model":
        worker.configured = False
    else:
        world.pictures.objects.clear()
    assert worker.deliver() == []
    outcome = worker.outcome()
    assert outcome
    assert outcome.failure
    assert world.monitor.analyses == 0


def test_no_time_left_asks_again(worker: Worker) -> None:
    """A task that comes with no time left is delivered again instead of being asked for nothing."""
    assert worker.deliver(seconds=1) == ["m0"]
    assert worker.model.asked == []


def test_a_long_answer_is_cut(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is kept up to a length with which a page of screenshots can still be sent."""
    monkeypatch.setattr(Analyses, "look", lambda *_, **__: "x" * 100_000)
    worker.deliver()
    outcome = worker.outcome()
    assert outcome
    assert len(outcome.response or "") == MAX_RESPONSE_LENGTH


def test_a_deleted_job_is_nobodys(world: World, worker: Worker) -> None:
    """A task whose configuration was deleted meanwhile is dropped."""
    world.monitor.jobs.clear()
    assert (worker.deliver(), worker.model.asked) == ([], [])


def test_a_lost_analysis_does_not_hide_the_picture(world: World, worker: Worker) -> None:
    """A job whose analysis never comes shows its picture after an hour."""
    job = world.monitor.jobs[world.monitor.archive[0][1].job_id]
    assert job.screenshot
    assert job.analysis_month == ""
    long_ago = int(time.time() - ANALYSED_WITHIN_S - 1) * 1000
    old = job.screenshot.model_copy(update={"taken_at_ms": long_ago})
    world.monitor.jobs[job.job_id] = replace(job, screenshot=old, analysis_month=usage_month(time.time()))
    assert world.configurations.screenshot(world.caller(), job.job_id) == old

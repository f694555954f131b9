"""Bulk jobs over fakes: what their accounts see, whatever is delivered twice, late or never."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.monitor_fakes import MemoryMonitor
from tests.services.bulk import OPTIONS, PATHS, Bulk, manifest_of

from pagelapse.bulk.jobs import DOWNLOAD_S, BulkJob
from pagelapse.capture.jobs import Failure
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import (
    ArchiveExpired,
    ConnectorOffline,
    JobFailed,
    JobNotFound,
    JobPending,
    SitemapUnusable,
    UsageLimitExceeded,
)
from pagelapse.services.bulk_work import LONGEST_S, MOST_ATTEMPTS
from pagelapse.services.due_work import DueWork


@pytest.fixture
def bulk() -> Bulk:
    """The bulk services over fakes."""
    return Bulk()


def _counts(job: BulkJob) -> tuple[str, int, int, int]:
    return job.state, job.total, job.successful, job.failed


def test_a_job_is_counted_when_it_is_made(bulk: Bulk) -> None:
    """A new job is pending, knows its pages, and all of them are counted at once."""
    job = bulk.create()
    assert _counts(bulk.now(job)) == ("pending", 4, 0, 0)
    assert bulk.world.used() == 4
    assert len(bulk.tasks.sent) == 1


def test_a_job_goes_through_its_states(bulk: Bulk) -> None:
    """A job is pending, processing, packaging and completed; its progress is exact after each page."""
    job = bulk.create()
    assert bulk.work() == ["queued"]
    for number, capture in enumerate(bulk.queued()):
        assert _counts(bulk.now(job)) == ("processing", 4, number, 0)
        bulk.recorder.record(bulk.report(capture))
    assert _counts(bulk.now(job)) == ("packaging", 4, 4, 0)
    assert bulk.work() == ["packed"]
    assert _counts(bulk.now(job)) == ("completed", 4, 4, 0)
    assert bulk.world.used() == 4


def test_the_archive_is_the_sites_tree(bulk: Bulk) -> None:
    """The archive holds a picture per page in the site's tree, and a manifest that names each with its file."""
    job = bulk.finished("/blog/")
    files = bulk.archive(job)
    folder = bulk.download(job).file_name.removesuffix(".zip")
    assert folder == f"screenshots-example-com-{time.strftime('%Y-%m-%d', time.gmtime(job.created_at))}"
    names = ["_manifest.json", "index.png", "about/index.png", "blog/my-post.png"]
    assert list(files) == [f"{folder}/{name}" for name in names]
    assert files[f"{folder}/blog/my-post.png"] == b"https://example.com/blog/my-post"
    manifest = manifest_of(files)
    assert [entry["url"] for entry in manifest["urls"]] == [f"https://example.com{path}" for path in PATHS]
    assert [entry["file"] for entry in manifest["urls"]] == ["index.png", "about/index.png", None, "blog/my-post.png"]
    assert [entry["status"] for entry in manifest["urls"]] == ["success", "success", "failed", "success"]
    assert manifest["urls"][2]["error"] == "could not be reached"
    assert (manifest["totalUrls"], manifest["successful"], manifest["failed"]) == (4, 3, 1)
    assert manifest["jobId"] == job.job_id


def test_a_failed_page_is_given_back(bulk: Bulk) -> None:
    """Each page without a picture is refunded in the moment in which it fails."""
    bulk.create()
    bulk.work()
    first, second, *_ = bulk.queued()
    bulk.recorder.record(bulk.report(first, fails=True))
    assert bulk.world.used() == 3
    bulk.recorder.record(bulk.report(second))
    assert bulk.world.used() == 3


def test_whatever_is_delivered_twice_counts_once(bulk: Bulk) -> None:
    """Reports and tasks delivered again, in any order, change neither progress, credits nor the archive."""
    job = bulk.create()
    for _ in range(2):
        bulk.tasks.sent *= 2
        bulk.work()
    reports = [bulk.report(each, fails=number == 1) for number, each in enumerate(bulk.queued()[:4])]
    deliveries = reports * 3
    random.Random(4).shuffle(deliveries)  # noqa: S311 - an order, not a secret
    for report in deliveries:
        bulk.recorder.record(report)
        now = bulk.now(job)
        assert now.processed <= 4
        assert bulk.world.used() == 4 - now.failed
    assert _counts(bulk.now(job)) == ("packaging", 4, 3, 1)
    bulk.tasks.sent *= 3
    assert bulk.work().count("packed") == 1
    assert _counts(bulk.now(job)) == ("completed", 4, 3, 1)
    for report in reports:
        bulk.recorder.record(report)
    assert _counts(bulk.now(job)) == ("completed", 4, 3, 1)
    assert bulk.world.used() == 3


@pytest.mark.parametrize("code", ["browser_lost", "service_busy", "capture_timeout", "capture_failed"])
@pytest.mark.parametrize("fails", [False, True])
def test_a_page_that_fails_because_of_us_is_captured_once_more(bulk: Bulk, code: str, fails: bool) -> None:
    """A crash or a busy machine costs a page one more capture; only what that one gives is recorded."""
    job = bulk.create()
    bulk.work()
    *captures, broken = bulk.queued()
    for capture in captures:
        bulk.recorder.record(bulk.report(capture))
    report = bulk.report(broken, fails=True).model_copy(update={"failure": Failure(code=code, message="crashed")})
    bulk.captures.sent.clear()
    assert bulk.recorder.record(report) is False
    assert bulk.recorder.record(report) is False
    assert bulk.work() == ["repeated"]
    (again,) = bulk.queued()
    assert again.job_id != broken.job_id
    assert bulk.recorder.record(report) is False
    second = bulk.report(again, fails=True).model_copy(update={"failure": report.failure})
    assert bulk.recorder.record(second if fails else bulk.report(again)) is True
    assert _counts(bulk.now(job)) == ("packaging", 4, 3 + (not fails), int(fails))
    assert bulk.world.used() == 4 - fails


def test_a_success_after_a_failure_of_the_same_page_changes_nothing(bulk: Bulk) -> None:
    """Of two different reports of one page, the first counts."""
    job = bulk.create()
    bulk.work()
    capture = bulk.queued()[0]
    assert bulk.recorder.record(bulk.report(capture, fails=True)) is True
    assert bulk.recorder.record(bulk.report(capture)) is False
    assert _counts(bulk.now(job)) == ("processing", 4, 0, 1)


def test_a_report_is_believed_about_its_own_page_only(bulk: Bulk) -> None:
    """A `snap` that was taken over can neither record another page's picture nor a file that lies elsewhere."""
    job = bulk.create()
    bulk.work()
    first, second, *_ = bulk.queued()
    mine, other = bulk.report(first), bulk.report(second)
    assert mine.file is not None
    elsewhere = mine.file.model_copy(update={"key": "pictures/elsewhere.png"})
    assert bulk.recorder.record(mine.model_copy(update={"file": other.file})) is False
    assert bulk.recorder.record(mine.model_copy(update={"job_id": other.job_id})) is False
    assert bulk.recorder.record(mine.model_copy(update={"file": elsewhere})) is False
    assert bulk.recorder.record(mine.model_copy(update={"account_id": "0" * 12})) is None
    assert bulk.recorder.record(mine.model_copy(update={"job_id": "nonsense"})) is None
    assert _counts(bulk.now(job)) == ("processing", 4, 0, 0)


def test_pages_that_are_reported_together_are_recorded_by_one_write(bulk: Bulk) -> None:
    """Pictures of a batch cost one write, and the last of them leads to the archive."""
    job = bulk.create()
    bulk.work()
    assert bulk.recorder.record_together([bulk.report(each) for each in bulk.queued()])
    assert bulk.store.captures == [4]
    assert bulk.work() == ["packed"]
    assert _counts(bulk.now(job)) == ("completed", 4, 4, 0)


def test_a_batch_with_a_report_that_is_not_to_be_recorded_is_left_alone(bulk: Bulk) -> None:
    """Failures, repetitions, other jobs' pages and reports that can't be believed are never recorded in company."""
    job = bulk.create()
    bulk.work()
    first, second, third, fourth = bulk.queued()
    bulk.create("/other")
    bulk.captures.sent.clear()
    bulk.work()
    (other,) = bulk.queued()
    mine = [bulk.report(each) for each in (first, second)]
    bulk.recorder.record(bulk.report(fourth))
    foreign = mine[0].model_copy(update={"account_id": "0" * 12})
    companions = (
        bulk.report(third, fails=True),
        mine[0],
        bulk.report(other),
        bulk.report(fourth),
        bulk.report(third).model_copy(update={"file": mine[0].file}),
        foreign,
        foreign.model_copy(update={"job_id": "nonsense"}),
    )
    for companion in companions:
        assert not bulk.recorder.record_together([*mine, companion])
        assert not bulk.recorder.record_together([companion, *mine])
    assert not bulk.recorder.record_together([])
    assert _counts(bulk.now(job)) == ("processing", 4, 1, 0)
    assert bulk.recorder.record_together(mine)


def test_the_archive_is_asked_for_again_until_the_queue_has_it(bulk: Bulk) -> None:
    """When the queue is out of order at the last page, the report's redelivery asks for the archive."""
    job = bulk.create()
    bulk.work()
    *captures, last = bulk.queued()
    for capture in captures:
        bulk.recorder.record(bulk.report(capture))
    bulk.tasks.broken = True
    report = bulk.report(last)
    with pytest.raises(OSError, match="down"):
        bulk.recorder.record(report)
    bulk.tasks.broken = False
    bulk.recorder.record(report)
    bulk.recorder.record(report)
    assert bulk.work() == ["packed"]
    assert _counts(bulk.now(job)) == ("completed", 4, 4, 0)


def test_a_queue_that_breaks_in_the_middle_is_filled_on_redelivery(bulk: Bulk) -> None:
    """When only some pages could be queued, the message comes again and queues those that still wait."""
    job = bulk.create()
    bulk.captures.takes = 2
    (task,) = bulk.tasks.sent
    with pytest.raises(OSError, match="down"):
        bulk.work()
    bulk.captures.takes = None
    for capture in bulk.queued():
        bulk.recorder.record(bulk.report(capture))
    bulk.captures.sent.clear()
    bulk.tasks.sent = [task]
    assert bulk.work() == ["queued"]
    assert len(bulk.queued()) == 2
    bulk.capture_all()
    assert _counts(bulk.now(job)) == ("packaging", 4, 4, 0)


def test_a_job_whose_message_was_lost_is_begun_by_the_tick(bulk: Bulk) -> None:
    """A job that the queue never heard of is begun all the same, when somebody looks after it."""
    bulk.tasks.broken = True
    job = bulk.create()
    bulk.tasks.broken = False
    assert bulk.keeper.see_to(bulk.overdue(job), time.time()) == "retried"
    assert bulk.work() == ["queued"]


def test_pages_whose_reports_never_come_are_queued_again_and_then_given_up(bulk: Bulk) -> None:
    """A page without a report is captured once more, then it has failed and is refunded, and the job completes."""
    job = bulk.create()
    bulk.work()
    lost, *captures = bulk.queued()
    for capture in captures:
        bulk.recorder.record(bulk.report(capture))
    assert bulk.keeper.see_to(bulk.overdue(job), time.time()) == "waited"
    bulk.captures.sent.clear()
    assert bulk.keeper.see_to(bulk.overdue(job), time.time()) == "retried"
    assert bulk.work() == ["queued"]
    assert [each.job_id for each in bulk.queued()] == [lost.job_id]
    assert bulk.keeper.see_to(bulk.overdue(job), time.time()) == "retried"
    assert bulk.work() == ["given up waiting"]
    assert bulk.work() == ["packed"]
    assert _counts(bulk.now(job)) == ("completed", 4, 3, 1)
    assert bulk.world.used() == 3


def test_pages_that_wait_their_turn_are_not_overdue(bulk: Bulk) -> None:
    """While captures wait in the queue nothing is queued twice, though not for ever."""
    job = bulk.create()
    bulk.work()
    bulk.captures.waiting = 500
    for _ in range(5):
        assert bulk.keeper.see_to(bulk.overdue(job), time.time()) == "waited"
    assert bulk.keeper.see_to(bulk.overdue(job), time.time() + LONGEST_S) == "retried"


def test_two_ticks_see_to_a_job_once(bulk: Bulk) -> None:
    """Of two overlapping ticks, one begins the job again."""
    job = bulk.overdue(bulk.create())
    assert [bulk.keeper.see_to(job, time.time()) for _ in range(2)] == ["retried", "lost"]


class _DueJobs(MemoryMonitor):
    """An index of due work with bulk jobs in it."""

    due_jobs: Sequence[BulkJob] = ()

    def due(self, shard: int, now: float) -> Iterator[list[Any]]:
        if shard == 0:
            yield [job for job in self.due_jobs if job.due_at is not None and job.due_at <= now]


def test_the_tick_looks_after_bulk_jobs(bulk: Bulk) -> None:
    """A bulk job that is due is looked after by the minute tick, beside whatever else is due."""
    index = _DueJobs(bulk.world.table)
    index.due_jobs = [bulk.overdue(bulk.create()), bulk.create("/later")]
    bulk.tasks.sent.clear()
    tick = DueWork(index, index, index, index, bulk.world.queues, bulk.world.orders, bulk=bulk.keeper)
    assert dict(tick.run(until=time.time() + 60)) == {"retried": 1}
    assert bulk.work() == ["queued"]


def test_a_job_that_can_never_be_packed_fails_and_is_refunded(bulk: Bulk) -> None:
    """When the archive can't be written again and again, the job fails and all its credits are given back."""
    job = bulk.create()
    bulk.work()
    bulk.capture_all("/blog/")
    bulk.files.broken = True
    with pytest.raises(OSError, match="down"):
        bulk.work()
    for _ in range(MOST_ATTEMPTS - 1):
        bulk.keeper.see_to(bulk.overdue(job), time.time())
        with pytest.raises(OSError, match="down"):
            bulk.work()
    bulk.keeper.see_to(bulk.overdue(job), time.time())
    assert bulk.work() == ["given up"]
    assert (bulk.now(job).state, bulk.now(job).refunded, bulk.world.used()) == ("failed", 4, 0)
    with pytest.raises(JobFailed):
        bulk.download(job)


def test_a_site_of_which_no_page_can_be_captured_fails(bulk: Bulk) -> None:
    """A job without a single picture has failed, and every credit is back."""
    job = bulk.create()
    bulk.work()
    bulk.capture_all("/", "/my-post")
    assert (_counts(bulk.now(job)), bulk.world.used()) == (("failed", 4, 0, 4), 0)
    assert bulk.work() == []


def test_an_account_without_enough_captures_is_refused(bulk: Bulk) -> None:
    """A job is counted whole or not at all; asking for fewer pages helps."""
    bulk.world.limit(3)
    with pytest.raises(UsageLimitExceeded, match="3 captures left"):
        bulk.create()
    assert (bulk.world.used(), bulk.store.jobs) == (0, {})
    bulk.create(max_pages=3)
    assert bulk.world.used() == 3
    asked = len(bulk.site.asked)
    with pytest.raises(UsageLimitExceeded, match="0 captures left"):
        bulk.create()
    assert len(bulk.site.asked) == asked


def test_the_operators_limit_holds() -> None:
    """A job has at most the operator's number of pages, or fewer when fewer are asked for."""
    bulk = Bulk(max_pages=3)
    assert bulk.create(max_pages=100).total == 3
    assert bulk.create(max_pages=2).total == 2


def test_a_thousand_pages_run_through() -> None:
    """With the operator's limit at 1000, a job of 1000 pages ends with 1000 pictures."""
    bulk = Bulk(max_pages=1000)
    job = bulk.create(*[f"/{number}" for number in range(1200)])
    bulk.work()
    bulk.capture_all()
    bulk.work()
    assert _counts(bulk.now(job)) == ("completed", 1000, 1000, 0)
    assert len(bulk.archive(job)) == 1001


class _Agents:
    """Connectors, as `Connectors.check` judges them: one is online."""

    def check(self, _account_id: str, options: CaptureOptions, *, must_be_online: bool = False) -> None:
        if options.connector not in (None, "conn_online"):
            raise ConnectorOffline("The connector is not connected.", option="connector")


def test_pages_behind_a_connector_go_to_its_queue() -> None:
    """Pages captured through an agent are queued for it, may lie on any host, and wait for it patiently."""
    bulk = Bulk(connectors=_Agents())
    bulk.site.files["https://lists.test/pages.txt"] = b"http://intra.local/\nhttp://other.local/a\n"
    options = OPTIONS.model_copy(update={"connector": "conn_online"})
    job = bulk.jobs.create(bulk.world.caller(), options, sitemap_url="https://lists.test/pages.txt")
    assert (job.total, job.plan.site_url) == (2, "http://intra.local/")
    bulk.work()
    assert (len(bulk.agents.sent), bulk.captures.sent) == (2, [])
    bulk.agents.waiting = 1
    assert bulk.keeper.see_to(bulk.overdue(job), time.time()) == "waited"
    with pytest.raises(ConnectorOffline):
        bulk.jobs.create(bulk.world.caller(), OPTIONS.model_copy(update={"connector": "conn_off"}), site="lists.test")


def test_without_a_connector_a_list_speaks_for_its_own_host(bulk: Bulk) -> None:
    """What may be named through a connector is left out without one."""
    bulk.site.files["https://lists.test/pages.txt"] = b"http://intra.local/\nhttp://other.local/a\n"
    with pytest.raises(SitemapUnusable, match="its own host"):
        bulk.jobs.create(bulk.world.caller(), OPTIONS, sitemap_url="https://lists.test/pages.txt")


def test_a_site_without_a_sitemap_costs_nothing(bulk: Bulk) -> None:
    """Without a sitemap there is neither a job nor a count."""
    with pytest.raises(SitemapUnusable):
        bulk.jobs.create(bulk.world.caller(), OPTIONS, site="example.com")
    assert (bulk.world.used(), bulk.store.jobs) == (0, {})


def test_a_job_is_its_accounts_only(bulk: Bulk) -> None:
    """Another account's job is not found, and neither is what was never a job."""
    job = bulk.finished()
    stranger = bulk.world.accounts.create_account("stranger")
    caller = bulk.world.accounts.identify(stranger.private_key)
    for job_id in (job.job_id, job.job_id.upper(), "nonsense", "../x", f"{job.job_id}.1"):
        with pytest.raises(JobNotFound):
            bulk.jobs.get(caller, job_id)
        with pytest.raises(JobNotFound):
            bulk.jobs.download(caller, job_id)


def test_an_archive_lives_for_a_day(bulk: Bulk) -> None:
    """The archive can be downloaded for 24 hours, then it is gone and says so, while the status stays."""
    job = bulk.finished()
    assert job.ended_at is not None
    assert job.expires_at == pytest.approx(time.time() + DOWNLOAD_S, abs=60)
    bulk.store.jobs[job.job_id] = replace(job, ended_at=job.ended_at - DOWNLOAD_S)
    with pytest.raises(ArchiveExpired, match="24 hours"):
        bulk.download(job)
    assert _counts(bulk.now(job)) == ("completed", 4, 4, 0)


def test_an_unfinished_archive_says_so(bulk: Bulk) -> None:
    """There is nothing to download before the job is completed."""
    job = bulk.create()
    for state in ("pending", "processing"):
        with pytest.raises(JobPending, match=state):
            bulk.download(job)
        bulk.work()


def test_a_large_archive_is_linked(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that doesn't fit into an answer is downloaded from the bucket, under its own name."""
    job = bulk.finished()
    monkeypatch.setattr("pagelapse.services.bulk.MAX_INLINE_BYTES", 10)
    download = bulk.download(job)
    assert download.body is None
    assert download.link is not None
    assert download.file_name in download.link

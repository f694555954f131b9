"""The configurations' stores against a real DynamoDB protocol."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import boto3
import pytest

from pagelapse.adapters.comparison_store import ComparisonTable
from pagelapse.adapters.configuration_store import ConfigurationTable
from pagelapse.adapters.deletion_store import DeletionTable
from pagelapse.adapters.due_index import DueTable
from pagelapse.adapters.job_analysis import JobAnalysisTable
from pagelapse.adapters.job_store import JobTable
from pagelapse.adapters.listing_store import ListingTable
from pagelapse.adapters.monitor_items import ScreenshotItem
from pagelapse.adapters.table import UsageItem
from pagelapse.capture.jobs import Failure, StoredFile, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import UsageLimitExceeded
from pagelapse.local.stack import Stack
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import (
    Analysis,
    Configuration,
    Job,
    Outcome,
    Plan,
    Screenshot,
    new_configuration_id,
)
from pagelapse.monitoring.listings import Listing, Page
from pagelapse.monitoring.schedules import Schedule
from pagelapse.services.flight import new_id, new_key_prefix

pytestmark = pytest.mark.e2e

ACCOUNT = "0123456789ab"
START_MS = 1_700_000_000_000


@pytest.fixture
def table(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> str:
    """The deployed table's name."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    return stack.outputs["TableName"]


def _configuration(next_run: int | None = None, account_id: str = ACCOUNT) -> Configuration:
    schedule = Schedule(every=10, interval="minutes", anchor=0) if next_run else None
    plan = Plan(
        config={"url": "https://example.com/"},
        options=CaptureOptions(url="https://example.com/"),
        thumbnail=ThumbnailSize(width=320),
        schedule=schedule,
    )
    return Configuration(account_id, new_configuration_id(), plan, next_run=next_run)


def _job(configuration: Configuration) -> Job:
    digest = configuration.plan.options.digest()
    overdue_at = int(time.time()) + 900
    return Job(configuration.account_id, new_id(), configuration.configuration_id, digest, new_key_prefix(), overdue_at)


def _screenshot(configuration_id: str, number: int) -> Screenshot:
    key = f"pictures/{number:032x}"
    file = StoredFile(key=f"{key}.jpg", media_type="image/jpeg", size=5, width=1, height=1)
    thumbnail = file.model_copy(update={"key": f"{key}_320x.jpg"})
    job_id = f"{number:024x}"
    return Screenshot(
        configuration_id=configuration_id, job_id=job_id, file=file, thumbnail=thumbnail, taken_at_ms=START_MS + number
    )


def _archive(account_id: str, configuration_id: str, count: int) -> None:
    expiry = int(time.time()) + 86_400
    with ScreenshotItem.batch_write() as batch:
        for number in range(count):
            batch.save(ScreenshotItem.of(account_id, _screenshot(configuration_id, number), expiry))


def test_a_due_run_is_claimed_once(table: str) -> None:
    """Of ten ticks that claim the same run at the same moment, one gets it."""
    configurations, due = ConfigurationTable(table), DueTable(table)
    configuration = _configuration(next_run=int(time.time()) - 5)
    configurations.create(configuration, _job(configuration))
    found = [each for shard in due.shards for batch in due.due(shard, time.time()) for each in batch]
    (read,) = [
        each
        for each in found
        if isinstance(each, Configuration) and each.configuration_id == configuration.configuration_id
    ]
    later = int(time.time()) + 600
    with ThreadPoolExecutor(10) as threads:
        claim = {"next_run": later, "busy_until": later}
        won = list(threads.map(lambda _: configurations.claim_run(read, _job(read), **claim), range(10)))
    assert won.count(True) == 1
    assert all(read not in batch for shard in due.shards for batch in due.due(shard, time.time()))
    assert (configurations.find(ACCOUNT, read.configuration_id) or read).next_run == later


def test_a_capture_is_finished_once(table: str) -> None:
    """The same report from ten workers at once is one screenshot, counted once, and frees the configuration."""
    configurations, jobs = ConfigurationTable(table), JobTable(table, picture_days=1)
    configuration = _configuration(account_id=new_id()[:12])
    job = _job(configuration)
    configurations.create(configuration, job)
    outcome = Outcome(_screenshot(configuration.configuration_id, 1))
    with ThreadPoolExecutor(10) as threads:
        done = list(threads.map(lambda _: jobs.finish(job, outcome, is_last=True), range(10)))
    listing = Listing("screenshots", configuration.account_id)
    assert (done.count(True), ListingTable(table).screenshots(listing, Page())) == (1, [outcome.screenshot])
    assert configurations.begin(configuration, _job(configuration), busy_until=time.time() + 60)
    assert not configurations.begin(configuration, _job(configuration), busy_until=time.time() + 60)


@pytest.mark.parametrize("scope", ["account", "configuration"])
@pytest.mark.parametrize("descending", [True, False])
def test_pages_hold_everything_once(table: str, scope: str, descending: bool) -> None:
    """Going through the pages one by one gives every record once, in order, and then an empty page."""
    account_id, configuration_id = new_id()[:12], new_configuration_id()
    _archive(account_id, configuration_id, 25)
    listing = Listing("screenshots", account_id, configuration_id if scope == "configuration" else None)
    pages = [
        ListingTable(table).screenshots(listing, Page(number, 10, descending=descending)) for number in (1, 2, 3, 4)
    ]
    numbers = [shot.taken_at_ms - START_MS for page in pages for shot in page]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert numbers == sorted(range(25), reverse=descending)


def test_a_page_can_be_asked_for_out_of_order(table: str) -> None:
    """A page that nobody has led up to is found, and so is one after the end."""
    account_id, configuration_id = new_id()[:12], new_configuration_id()
    _archive(account_id, configuration_id, 25)
    listing = Listing("screenshots", account_id, configuration_id)
    lists = ListingTable(table)
    third = lists.screenshots(listing, Page(3, 10))
    assert [shot.taken_at_ms - START_MS for shot in third] == [4, 3, 2, 1, 0]
    assert lists.screenshots(listing, Page(9, 10)) == []
    assert [shot.taken_at_ms - START_MS for shot in lists.screenshots(listing, Page(2, 10))][:1] == [14]


def test_after_and_before_leave_their_own_moment_out(table: str) -> None:
    """`after` and `before` are exclusive, and an empty span is an empty page."""
    account_id, configuration_id = new_id()[:12], new_configuration_id()
    _archive(account_id, configuration_id, 10)
    listing = Listing("screenshots", account_id, configuration_id)
    page = Page(after_ms=START_MS + 3, before_ms=START_MS + 6)
    found = ListingTable(table).screenshots(listing, page)
    assert [shot.taken_at_ms - START_MS for shot in found] == [5, 4]
    assert ListingTable(table).screenshots(listing, Page(after_ms=START_MS + 6, before_ms=START_MS + 3)) == []


def test_a_list_of_configurations_knows_their_time(table: str) -> None:
    """Configurations are listed by the time in their ids, to the millisecond."""
    account_id = new_id()[:12]
    made = [_configuration(account_id=account_id) for _ in range(3)]
    for configuration in made:
        ConfigurationTable(table).create(configuration, _job(configuration))
    lists, listing = ListingTable(table), Listing("configurations", account_id)
    found = lists.configurations(listing, Page(descending=False))
    assert {each.configuration_id for each in found} == {each.configuration_id for each in made}
    newest = max(each.created_at_ms for each in made)
    assert lists.configurations(listing, Page(after_ms=newest)) == []
    assert len(lists.configurations(listing, Page(before_ms=newest + 1))) == 3


def test_a_configuration_of_ten_thousand_screenshots_is_deleted(table: str, stack: Stack) -> None:
    """Deleting a configuration with 10,000 screenshots removes every record, and its pictures from S3."""
    configurations, deletions = ConfigurationTable(table), DeletionTable(table)
    configuration = _configuration(account_id=new_id()[:12])
    configurations.create(configuration, _job(configuration))
    ids = configuration.account_id, configuration.configuration_id
    _archive(*ids, 10_000)
    s3 = boto3.client("s3", **stack.client_options)
    first = _screenshot(configuration.configuration_id, 0).file.key
    s3.put_object(Bucket=stack.outputs["BucketName"], Key=first, Body=b"12345")
    assert configurations.remove(configuration, check_at=int(time.time()) + 900)
    body = f'{{"account_id": "{ids[0]}", "configuration_id": "{ids[1]}"}}'
    boto3.client("sqs", **stack.client_options).send_message(QueueUrl=stack.outputs["SweepQueueUrl"], MessageBody=body)
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and deletions.some_screenshots(*ids, 1):
        time.sleep(0.5)
    assert deletions.some_screenshots(*ids, 1) == []
    assert ListingTable(table).screenshots(Listing("screenshots", ids[0]), Page()) == []
    assert s3.list_objects_v2(Bucket=stack.outputs["BucketName"], Prefix=first).get("KeyCount", 0) == 0


def test_a_comparison_is_recorded_once(table: str) -> None:
    """Ten workers that compare the same picture at once record one comparison, with its screenshot and its job."""
    comparisons, jobs, lists = (
        ComparisonTable(table, picture_days=1),
        JobTable(table, picture_days=1),
        ListingTable(table),
    )
    configuration = _configuration(account_id=new_id()[:12])
    job = _job(configuration)
    ConfigurationTable(table).create(configuration, job)
    account_id, configuration_id = job.account_id, configuration.configuration_id
    older, shot = _screenshot(configuration_id, 1), _screenshot(configuration_id, 2)
    ScreenshotItem.of(account_id, older, int(time.time()) + 86_400).save()
    shot = shot.model_copy(update={"job_id": job.job_id})
    jobs.finish(job, Outcome(shot, compare=True), is_last=True)
    waiting = comparisons.job(account_id, job.job_id)
    assert waiting
    assert (waiting.comparing, comparisons.earlier(account_id, shot, 5)) == ("open", [older])
    found = Comparison(
        configuration_id=configuration_id, job_id=job.job_id, taken_at_ms=shot.taken_at_ms, key=shot.file.key,
        verdict="changed", against_job_id=older.job_id, diff_key="pictures/diffs/d.jpg",
    )  # fmt: skip
    with ThreadPoolExecutor(10) as threads:
        settled = list(threads.map(lambda _: comparisons.settle(waiting, found, telling=True), range(10)))
    assert settled.count(True) == 1
    assert (comparisons.job(account_id, job.job_id) or job).comparing == "telling"
    for _ in range(2):
        comparisons.told(waiting)
    assert (comparisons.job(account_id, job.job_id) or waiting).comparing is None
    assert comparisons.find(account_id, shot) == found
    assert [
        lists.comparisons(Listing("comparisons", account_id, each), Page()) for each in (configuration_id, None)
    ] == [
        [found],
        [found],
    ]
    shown, first = lists.screenshots(Listing("screenshots", account_id, configuration_id), Page())
    assert (shown.comparison, first.comparison) == (found.summary(), None)
    (swept, _) = DeletionTable(table).some_screenshots(account_id, configuration_id, 5)[::-1]
    assert "pictures/diffs/d.jpg" in swept.object_keys()
    assert DeletionTable(table).forget_some_changes(account_id, configuration_id, 5)
    assert comparisons.find(account_id, shot) is None


def test_captures_under_way_keep_to_the_limit(table: str) -> None:
    """Of ten captures that begin at once with a limit of three, three do; one that fails makes room for another."""
    configurations, jobs = ConfigurationTable(table), JobTable(table, picture_days=1)
    account_id = new_id()[:12]

    def make(_number: int = 0) -> Job | None:
        configuration = _configuration(account_id=account_id)
        job = replace(_job(configuration), month="2026-11")
        try:
            configurations.create(configuration, job, limit=3)
        except UsageLimitExceeded:
            assert configurations.find(account_id, configuration.configuration_id) is None
            return None
        return job

    def used() -> int:
        place = UsageItem.at(account_id, "2026-11")
        return int(UsageItem.get(place.pk, place.sk, consistent_read=True).captures)

    with ThreadPoolExecutor(10) as threads:
        begun = [job for job in threads.map(make, range(10)) if job]
    assert (len(begun), used()) == (3, 3)
    assert jobs.finish(begun[0], Outcome(_screenshot(begun[0].configuration_id, 1)), is_last=True)
    failure = Failure(code="capture_failed", message="no")
    assert [jobs.fail(begun[1], failure, is_last=True) for _ in range(2)] == [True, False]
    assert used() == 2
    assert [make() is not None, make() is not None] == [True, False]
    free = configurations.find(account_id, begun[0].configuration_id)
    assert free
    more = replace(_job(free), month="2026-11")
    with pytest.raises(UsageLimitExceeded):
        configurations.begin(free, more, busy_until=time.time() + 60, limit=3)
    assert configurations.begin(free, more, busy_until=time.time() + 60, limit=4)
    assert not configurations.begin(free, more, busy_until=time.time() + 60, limit=4)
    assert used() == 4


def test_an_analysis_is_counted_and_settled_once(table: str) -> None:
    """Ten workers that analyse the same picture at once count it once and store one answer, up to the month's limit."""
    analyses, jobs = JobAnalysisTable(table), JobTable(table, picture_days=1)
    configuration = _configuration(account_id=new_id()[:12])
    job = _job(configuration)
    ConfigurationTable(table).create(configuration, job)
    shot = _screenshot(configuration.configuration_id, 1).model_copy(update={"job_id": job.job_id})
    jobs.finish(job, Outcome(shot.model_copy(update={"analysis": Analysis(prompt="What?")})), is_last=True)
    waiting = analyses.job(job.account_id, job.job_id)
    assert waiting
    with pytest.raises(UsageLimitExceeded):
        analyses.count(waiting, "2026-11", 2, limit=1)
    with ThreadPoolExecutor(10) as threads:
        counted = list(threads.map(lambda _: analyses.count(waiting, "2026-11", 2, limit=2), range(10)))
        read = analyses.job(job.account_id, job.job_id)
        assert read
        answer = Analysis(prompt="What?", response="Red.")
        settled = list(threads.map(lambda _: analyses.settle(read, answer), range(10)))
    assert (counted.count(True), settled.count(True)) == (1, 1)
    place = UsageItem.at(job.account_id, "2026-11")
    assert UsageItem.get(place.pk, place.sk).ai_requests == 2
    listing = Listing("screenshots", configuration.account_id)
    (shown,) = ListingTable(table).screenshots(listing, Page())
    assert (shown.analysis, (jobs.job(job.account_id, job.job_id) or job).screenshot) == (answer, shown)

"""Bulk jobs in the deployed table: each page counted once, whoever writes at the same moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from pagelapse.accounts import Accounts, Caller, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.bulk_items import BulkPageItem
from pagelapse.adapters.bulk_store import BulkTable
from pagelapse.adapters.due_index import DueTable
from pagelapse.bulk.jobs import Archive, BulkJob, BulkPage, BulkPlan, CapturedPage
from pagelapse.capture.jobs import StoredFile
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import UsageLimitExceeded
from pagelapse.local.stack import Stack
from pagelapse.records import usage_month

pytestmark = pytest.mark.e2e

SITE = "https://example.com/"
PLAN = BulkPlan(site_url=SITE, sitemap_url=f"{SITE}sitemap.xml", options=CaptureOptions(url=SITE))


@pytest.fixture(scope="module")
def accounts(stack: Stack) -> Iterator[Accounts]:
    """The deployed accounts; the environment leads to the stack."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def store(stack: Stack, accounts: Accounts) -> BulkTable:
    """The deployed table's bulk jobs."""
    return BulkTable(stack.outputs["TableName"])


@pytest.fixture
def owner(accounts: Accounts) -> NewAccount:
    """An account of the test's own."""
    return accounts.create_account("bulk")


def _caller(accounts: Accounts, owner: NewAccount) -> Caller:
    return accounts.identify(owner.private_key)


def _made(store: BulkTable, owner: NewAccount, pages: int, *, limit: int | None = None) -> BulkJob:
    now = time.time()
    job = BulkJob(owner.account.account_id, str(uuid4()), PLAN, usage_month(now), pages, now, due_at=int(now) + 600)
    items = [BulkPage(number, f"{SITE}{number}", "digest", f"pictures/bulk/{number}") for number in range(pages)]
    store.create(job, items, limit=limit)
    return job


def _now(store: BulkTable, job: BulkJob) -> BulkJob:
    found = store.job(job.account_id, job.job_id)
    assert found is not None
    return found


def _page(number: int, place: int | None = None) -> CapturedPage:
    key = f"pictures/bulk/{number if place is None else place}.png"
    return CapturedPage(number, "digest", StoredFile(key=key, media_type="image/png", size=1))


def test_pages_that_end_at_the_same_moment_are_counted_once_each(
    store: BulkTable, accounts: Accounts, owner: NewAccount
) -> None:
    """Pages recorded twice, by many at once, some as failed: counts, credits and pages agree."""
    job = _made(store, owner, 30)
    assert store.begin(job, due_at=int(time.time()) + 600)
    assert not store.begin(job, due_at=int(time.time()) + 600)

    def end(number: int) -> bool:
        page = number % 30
        if page % 5 == 0:
            return store.fail_page(job, page, "digest", "broken")
        return store.capture_pages(job.account_id, job.job_id, [_page(page)])

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(end, range(60))) == 30
    now = _now(store, job)
    assert (now.successful, now.failed, _caller(accounts, owner).usage) == (24, 6, 24)
    states = [page.state for page in store.pages(job.account_id, job.job_id)]
    assert (states.count("captured"), states.count("failed")) == (24, 6)


def test_pages_recorded_together_are_all_recorded_or_none(store: BulkTable, owner: NewAccount) -> None:
    """One page of a batch that has ended, or whose picture lies elsewhere, leaves the others as they were."""
    job = _made(store, owner, 4)
    place = job.account_id, job.job_id
    assert not store.capture_pages(*place, [_page(0)]), "not begun yet"
    store.begin(job, due_at=0)
    assert not store.capture_pages(*place, [_page(0), _page(1, place=2)])
    assert not store.capture_pages(*place, [_page(0), replace(_page(1), digest="other")])
    assert not store.capture_pages(*place, [_page(0), _page(9)])
    assert store.capture_pages(*place, [_page(0), _page(1)])
    assert not store.capture_pages(*place, [_page(1), _page(2)])
    assert _now(store, job).successful == 2


def test_a_page_is_repeated_once(store: BulkTable, owner: NewAccount) -> None:
    """A page that waits is noted as repeated once, and never one that has ended."""
    job = _made(store, owner, 2)
    place = job.account_id, job.job_id
    store.begin(job, due_at=0)
    assert [store.repeat_page(*place, 0, "digest") for _ in range(2)] == [True, False]
    page = store.page(*place, 0)
    assert page is not None
    assert (page.repeated, page.state) == (True, "waiting")
    store.capture_pages(*place, [_page(1)])
    assert not store.repeat_page(*place, 1, "digest")


def test_a_job_is_counted_whole_or_not_at_all(store: BulkTable, accounts: Accounts, owner: NewAccount) -> None:
    """A job fits into what is left of the month, or there is none and nothing is counted."""
    for limit in (0, 3):
        with pytest.raises(UsageLimitExceeded):
            _made(store, owner, 4, limit=limit)
    _made(store, owner, 4, limit=4)
    with pytest.raises(UsageLimitExceeded):
        _made(store, owner, 1, limit=4)
    assert _caller(accounts, owner).usage == 4


def test_a_failed_job_gives_back_what_was_left(store: BulkTable, accounts: Accounts, owner: NewAccount) -> None:
    """A job that ends without an archive refunds all of its pages once, though pages end at the same time."""
    job = _made(store, owner, 4)
    store.begin(job, due_at=0)
    stale = _now(store, job)
    store.fail_page(job, 0, "digest", "broken")
    assert not store.fail(stale, "broke down", ended_at=1.0)
    assert store.fail(_now(store, job), "broke down", ended_at=1.0)
    assert not store.fail(_now(store, job), "again", ended_at=2.0)
    assert not store.fail_page(job, 1, "digest", "late")
    assert not store.capture_pages(job.account_id, job.job_id, [_page(2)])
    now = _now(store, job)
    assert (now.state, now.error, now.refunded, _caller(accounts, owner).usage) == ("failed", "broke down", 4, 0)


def test_a_job_is_due_until_it_has_ended(store: BulkTable, stack: Stack, owner: NewAccount) -> None:
    """The index of due work leads to jobs that somebody must look after, one of two ticks does, and none once done."""
    job = _made(store, owner, 1)
    due = DueTable(stack.outputs["TableName"])

    def found(at: float) -> list[BulkJob]:
        batches = (batch for shard in due.shards for batch in due.due(shard, at))
        return [each for batch in batches for each in batch if isinstance(each, BulkJob) and each.job_id == job.job_id]

    assert found(time.time()) == []
    (seen,) = found(time.time() + 700)
    assert seen == _now(store, job)
    later = int(time.time()) + 1000
    assert store.look_again(seen, due_at=later, attempts=2, queued=False)
    assert not store.look_again(seen, due_at=later, attempts=2, queued=False)
    assert found(time.time() + 700) == []
    store.begin(job, due_at=int(time.time()))
    assert store.all_queued(job)
    store.capture_pages(job.account_id, job.job_id, [_page(0)])
    assert not store.pack(seen, due_at=0), "not as read"
    assert store.pack(_now(store, job), due_at=int(time.time()))
    assert store.tell(job)
    archive = Archive(key="archives/a.zip", size=9, file_name="a.zip")
    assert store.complete(job, archive, ended_at=5.0)
    assert not store.complete(job, archive, ended_at=6.0)
    now = _now(store, job)
    assert (now.state, now.archive, now.ended_at, now.due_at) == ("completed", archive, 5.0, None)
    assert (now.queued, now.told) == (True, True)
    assert found(time.time() + 10_000) == []


def test_a_jobs_items_expire(store: BulkTable, owner: NewAccount) -> None:
    """What is known of a job's pages is forgotten after some weeks."""
    job = _made(store, owner, 1)
    place = BulkPageItem.at(job.account_id, job.job_id, 0)
    item = BulkPageItem.get(place.pk, place.sk)
    assert 20 < ((item.expires_at or 0) - time.time()) / 86_400 < 40

"""Bulk jobs in DynamoDB: each page's end together with the job's counts and the usage, in one write."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.bulk_items import BulkEntryItem, BulkJobItem, BulkPageItem
from pagelapse.adapters.monitor_items import due_shard
from pagelapse.adapters.table import Item, UsageItem, connect, counted
from pagelapse.adapters.writes import CHECK_FAILED, applied, reasons, retrying
from pagelapse.bulk.jobs import Archive, BulkJob, BulkPage, CapturedPage
from pagelapse.capture.jobs import StoredFile
from pagelapse.errors import UsageLimitExceeded
from pagelapse.records import RECORD_DAYS


class BulkTable:
    """The bulk jobs' part of the table."""

    def __init__(self, table_name: str) -> None:
        self._connection = connect(table_name)

    def create(self, job: BulkJob, pages: Sequence[BulkPage], *, limit: int | None) -> None:
        """Store a job's pages, then the job together with its pages' usage in one write: without it, they are nobody's.

        Args:
            job: A new one.
            pages: All of its pages.
            limit: The account's captures per month.

        Raises:
            UsageLimitExceeded: When so many are not left; nothing is counted then.
        """
        expires_at = int(time.time()) + RECORD_DAYS * 86_400
        with BulkPageItem.batch_write() as batch:
            for page in pages:
                batch.save(_page_item(job, page, expires_at))
        item, entry = _job_item(job, expires_at), BulkEntryItem.of(job)
        entry.expires_at = expires_at
        usage = UsageItem.at(job.account_id, job.month)

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.save(item, condition=BulkJobItem.pk.does_not_exist())
                transaction.update(usage, actions=counted(job.total), condition=_room_for(job.total, limit))
                transaction.save(entry)

        try:
            retrying(write)
        except TransactWriteError as error:
            if reasons(error)[-1] == CHECK_FAILED:  # PynamoDB sends updates last
                raise UsageLimitExceeded("The account has not enough captures left this month.") from None
            raise

    def job(self, account_id: str, job_id: str) -> BulkJob | None:
        """The job as it is now (consistent read)."""
        place = BulkJobItem.at(account_id, job_id)
        try:
            return BulkJobItem.get(place.pk, place.sk, consistent_read=True).bulk_job()
        except DoesNotExist:
            return None

    def recent(self, account_id: str, limit: int) -> list[BulkJob]:
        """The account's last jobs, newest first, by one query and one read of at most 100 jobs."""
        place = f"BULKS#{account_id}"
        entries = BulkEntryItem.query(place, consistent_read=True, scan_index_forward=False, limit=limit)
        places = [BulkJobItem.at(account_id, entry.job_id) for entry in entries]
        found = BulkJobItem.batch_get([(place.pk, place.sk) for place in places], consistent_read=True)
        return sorted((item.bulk_job() for item in found), key=lambda job: job.created_at, reverse=True)

    def pages(self, account_id: str, job_id: str) -> list[BulkPage]:
        """All pages of the job as they are now, in their order (consistent reads)."""
        place = BulkJobItem.at(account_id, job_id)
        found = BulkPageItem.query(place.pk, Item.sk.startswith("PAGE#"), consistent_read=True)
        return [item.bulk_page() for item in found]

    def page(self, account_id: str, job_id: str, number: int) -> BulkPage | None:
        """One page as it is now (consistent read)."""
        place = BulkPageItem.at(account_id, job_id, number)
        try:
            return BulkPageItem.get(place.pk, place.sk, consistent_read=True).bulk_page()
        except DoesNotExist:
            return None

    def begin(self, job: BulkJob, *, due_at: int) -> bool:
        """A pending job's pages are about to be queued; false when it is pending no more."""
        actions: list[Action] = [BulkJobItem.state.set("processing"), *_looked(due_at, attempts=1)]
        return self._change(job, actions, BulkJobItem.state == "pending")

    def all_queued(self, job: BulkJob) -> bool:
        """Every page of the job that waits is in the queue."""
        return self._change(job, [BulkJobItem.queued.set(True)], BulkJobItem.state == "processing")

    def capture_pages(self, account_id: str, job_id: str, captured: Sequence[CapturedPage]) -> bool:
        """Record pictures of a job's pages, all in one write.

        Args:
            account_id: Whose job it is.
            job_id: Of the bulk job.
            captured: At most 90 different pages.

        Returns:
            False when one of the pages has ended already, or one isn't the picture of its page; none is recorded then.
        """

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                for page in captured:
                    item = BulkPageItem.at(account_id, job_id, page.number)
                    transaction.update(item, actions=_captured(page.file), condition=_place_of(page))
                job = BulkJobItem.at(account_id, job_id)
                transaction.update(job, actions=[BulkJobItem.successful.add(len(captured))], condition=_processing())

        return applied(write)

    def repeat_page(self, account_id: str, job_id: str, number: int, digest: str) -> bool:
        """Note that a page's capture is queued once more; false when it was already, or has ended."""
        first: Condition = _waiting(digest) & (BulkPageItem.repeated == False)  # noqa: E712 - an expression of PynamoDB's
        page = BulkPageItem.at(account_id, job_id, number)
        return applied(lambda: page.update(actions=[BulkPageItem.repeated.set(True)], condition=first))

    def fail_page(self, job: BulkJob, number: int, digest: str, error: str) -> bool:
        """Record that a page has no picture and give its capture back, in one write; false as `capture_pages`."""
        actions: list[Action] = [BulkPageItem.state.set("failed"), BulkPageItem.error.set(error)]
        page = BulkPageItem.at(job.account_id, job.job_id, number)
        item = BulkJobItem.at(job.account_id, job.job_id)

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(page, actions=actions, condition=_waiting(digest))
                transaction.update(item, actions=[BulkJobItem.failed.add(1)], condition=_processing())
                transaction.update(UsageItem.at(job.account_id, job.month), actions=counted(-1))

        return applied(write)

    def pack(self, job: BulkJob, *, due_at: int) -> bool:
        """All pages of a job have ended, so it is packed next; false when it is not as read."""
        actions: list[Action] = [BulkJobItem.state.set("packaging"), *_looked(due_at, attempts=1)]
        return self._change(job, actions, _processing() & _counts(job))

    def tell(self, job: BulkJob) -> bool:
        """The queue knows that the job is to be packed."""
        return self._change(job, [BulkJobItem.told.set(True)], BulkJobItem.state == "packaging")

    def complete(self, job: BulkJob, archive: Archive, *, ended_at: float) -> bool:
        """The job's archive is there; false when it is to be packed no more."""
        actions = [
            BulkJobItem.state.set("completed"),
            BulkJobItem.archive.set(archive.model_dump_json()),
            *_ended(ended_at),
        ]
        return self._change(job, actions, BulkJobItem.state == "packaging")

    def fail(self, job: BulkJob, error: str, *, ended_at: float) -> bool:
        """End a job without an archive and give all its captures back, in one write; false unless it is as read."""
        actions = [BulkJobItem.state.set("failed"), BulkJobItem.error.set(error), *_ended(ended_at)]
        same: Condition = (BulkJobItem.state == job.state) & _counts(job) & BulkJobItem.due_at.exists()
        item = BulkJobItem.at(job.account_id, job.job_id)
        rest = job.total - job.failed

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(item, actions=actions, condition=same)
                if rest:
                    transaction.update(UsageItem.at(job.account_id, job.month), actions=counted(-rest))

        return applied(write)

    def look_again(self, job: BulkJob, *, due_at: int, attempts: int, queued: bool) -> bool:
        """Note that somebody has looked, and when to look again; false when another one did."""
        actions = [
            *_looked(due_at, attempts=attempts),
            BulkJobItem.seen.set(job.processed),
            BulkJobItem.queued.set(queued),
        ]
        same: Condition = (BulkJobItem.state == job.state) & (BulkJobItem.due_at == job.due_at)
        return self._change(job, actions, same)

    def _change(self, job: BulkJob, actions: list[Action], condition: Condition) -> bool:
        item = BulkJobItem.at(job.account_id, job.job_id)
        return applied(lambda: item.update(actions=actions, condition=condition))


def _job_item(job: BulkJob, expires_at: int) -> BulkJobItem:
    item = BulkJobItem.at(job.account_id, job.job_id)
    item.plan, item.month, item.total = job.plan.model_dump_json(exclude_unset=True), job.month, job.total
    item.created_at, item.state, item.expires_at = job.created_at, job.state, expires_at
    item.due_shard, item.due_at = due_shard(job.job_id), job.due_at
    return item


def _page_item(job: BulkJob, page: BulkPage, expires_at: int) -> BulkPageItem:
    item = BulkPageItem.at(job.account_id, job.job_id, page.number)
    item.url, item.digest, item.key_prefix = page.url, page.digest, page.key_prefix
    item.state, item.expires_at = page.state, expires_at
    return item


def _room_for(captures: int, limit: int | None) -> Condition | None:
    if limit is None:
        return None
    room: Condition = UsageItem.captures <= limit - captures
    return room | UsageItem.captures.does_not_exist() if captures <= limit else room


def _captured(file: StoredFile) -> list[Action]:
    return [BulkPageItem.state.set("captured"), BulkPageItem.file.set(file.model_dump_json())]


def _place_of(page: CapturedPage) -> Condition:
    same: Condition = BulkPageItem.key_prefix == page.file.key.partition(".")[0]
    both: Condition = _waiting(page.digest) & same
    return both


def _waiting(digest: str) -> Condition:
    waiting: Condition = (BulkPageItem.state == "waiting") & (BulkPageItem.digest == digest)
    return waiting


def _processing() -> Condition:
    processing: Condition = BulkJobItem.state == "processing"
    return processing


def _counts(job: BulkJob) -> Condition:
    counts: Condition = (BulkJobItem.successful == job.successful) & (BulkJobItem.failed == job.failed)
    return counts


def _looked(due_at: int, *, attempts: int) -> list[Action]:
    return [BulkJobItem.due_at.set(due_at), BulkJobItem.attempts.set(attempts)]


def _ended(at: float) -> list[Action]:
    return [BulkJobItem.ended_at.set(at), BulkJobItem.due_shard.remove(), BulkJobItem.due_at.remove()]

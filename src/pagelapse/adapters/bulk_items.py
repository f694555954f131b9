"""The table's items of bulk jobs.

| item | pk | sk | index `due` |
|---|---|---|---|
| bulk job | `BULK#<account>#<job>` | `JOB` | until it is done |
| bulk page | `BULK#<account>#<job>` | `PAGE#<number>` | |
| bulk entry | `BULKS#<account>` | `<time>#<job>` | |
"""

from __future__ import annotations

from typing import Self

from pydantic import TypeAdapter
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from pagelapse.adapters.monitor_items import DueItem
from pagelapse.adapters.table import Item
from pagelapse.bulk.jobs import Archive, BulkJob, BulkPage, BulkPlan, BulkState, PageState
from pagelapse.capture.jobs import StoredFile
from pagelapse.monitoring.listings import time_key

_JOB_STATE: TypeAdapter[BulkState] = TypeAdapter(BulkState)
_PAGE_STATE: TypeAdapter[PageState] = TypeAdapter(PageState)


class BulkJobItem(DueItem, discriminator="bulk_job"):
    """A bulk job."""

    plan = UnicodeAttribute()
    month = UnicodeAttribute()
    total = NumberAttribute()
    created_at = NumberAttribute()
    state = UnicodeAttribute()
    successful = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    queued = BooleanAttribute(default=False)
    told = BooleanAttribute(default=False)
    attempts = NumberAttribute(default=1)
    seen = NumberAttribute(default=-1)
    archive = UnicodeAttribute(null=True)
    ended_at = NumberAttribute(null=True)
    error = UnicodeAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, job_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"BULK#{account_id}#{job_id}", "JOB")

    def bulk_job(self) -> BulkJob:
        """The item in the application's terms."""
        _, account_id, job_id = self.pk.split("#")
        return BulkJob(
            account_id,
            job_id,
            BulkPlan.model_validate_json(self.plan),
            self.month,
            int(self.total),
            float(self.created_at),
            _JOB_STATE.validate_python(self.state),
            int(self.successful),
            int(self.failed),
            bool(self.queued),
            bool(self.told),
            None if self.due_at is None else int(self.due_at),
            int(self.attempts),
            int(self.seen),
            Archive.model_validate_json(self.archive) if self.archive else None,
            None if self.ended_at is None else float(self.ended_at),
            self.error,
        )


class BulkPageItem(Item, discriminator="bulk_page"):
    """A page of a bulk job."""

    url = UnicodeAttribute()
    digest = UnicodeAttribute()
    key_prefix = UnicodeAttribute()
    state = UnicodeAttribute()
    repeated = BooleanAttribute(default=False)
    file = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, job_id: str, number: int) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"BULK#{account_id}#{job_id}", f"PAGE#{number:06d}")

    def bulk_page(self) -> BulkPage:
        """The item in the application's terms."""
        return BulkPage(
            int(self.sk.partition("#")[2]),
            self.url,
            self.digest,
            self.key_prefix,
            _PAGE_STATE.validate_python(self.state),
            bool(self.repeated),
            StoredFile.model_validate_json(self.file) if self.file else None,
            self.error,
        )


class BulkEntryItem(Item, discriminator="bulk_entry"):
    """A bulk job's place in the list of its account. The job itself changes too often to be in an index."""

    @classmethod
    def of(cls, job: BulkJob) -> Self:
        """The item, but for its end."""
        return cls(f"BULKS#{job.account_id}", f"{time_key(int(job.created_at * 1000))}#{job.job_id}")

    @property
    def job_id(self) -> str:
        """Of the job."""
        return self.sk.partition("#")[2]

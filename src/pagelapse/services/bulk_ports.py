"""What bulk jobs need of the outside world; `adapters` has the real things, the tests have fakes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from pagelapse.bulk.jobs import Archive, BulkJob, BulkPage, CapturedPage


class BulkTask(BaseModel):
    """Asks to see how a job goes on: its record says what is to be done."""

    account_id: str
    job_id: str
    page: int | None = None
    """Capture this page once more."""


class BulkStore(Protocol):
    """The jobs and their pages. Every write is conditional, so that repeating one changes nothing."""

    def create(self, job: BulkJob, pages: Sequence[BulkPage], *, limit: int | None) -> None:
        """Store a job and count its pages; raises `UsageLimitExceeded`."""
        ...

    def job(self, account_id: str, job_id: str) -> BulkJob | None:
        """The job as it is now."""
        ...

    def recent(self, account_id: str, limit: int) -> list[BulkJob]:
        """The account's last jobs, newest first."""
        ...

    def pages(self, account_id: str, job_id: str) -> list[BulkPage]:
        """All pages of the job as they are now."""
        ...

    def begin(self, job: BulkJob, *, due_at: int) -> bool:
        """A pending job's pages are about to be queued; false when it is pending no more."""
        ...

    def all_queued(self, job: BulkJob) -> bool:
        """Every page of the job that waits is in the queue."""
        ...

    def capture_pages(self, account_id: str, job_id: str, captured: Sequence[CapturedPage]) -> bool:
        """Record pictures of pages; false, and nothing recorded, when one has ended or isn't its page's picture."""
        ...

    def page(self, account_id: str, job_id: str, number: int) -> BulkPage | None:
        """One page as it is now."""
        ...

    def repeat_page(self, account_id: str, job_id: str, number: int, digest: str) -> bool:
        """Note that a page's capture is queued once more; false when it was already, or has ended."""
        ...

    def fail_page(self, job: BulkJob, number: int, digest: str, error: str) -> bool:
        """Record that a page has no picture and give its capture back; false as `capture_pages`."""
        ...

    def pack(self, job: BulkJob, *, due_at: int) -> bool:
        """All pages have ended; false when the job is not as read."""
        ...

    def tell(self, job: BulkJob) -> bool:
        """The queue knows that the job is to be packed."""
        ...

    def complete(self, job: BulkJob, archive: Archive, *, ended_at: float) -> bool:
        """The archive is there; false when the job is to be packed no more."""
        ...

    def fail(self, job: BulkJob, error: str, *, ended_at: float) -> bool:
        """End a job without an archive and give all its captures back; false when it is not as read."""
        ...

    def look_again(self, job: BulkJob, *, due_at: int, attempts: int, queued: bool) -> bool:
        """Note that somebody has looked, and when to look again; false when another one did."""
        ...


class Outbox(Protocol):
    """A queue to send to."""

    def send(self, body: str) -> None:
        """Send one message."""
        ...

    def send_all(self, bodies: Iterable[str]) -> None:
        """Send many; some may have been sent when it raises."""
        ...

    def backlog(self) -> int:
        """About how many messages wait."""
        ...


@dataclass(frozen=True, slots=True)
class CaptureQueues:
    """Who captures pages."""

    snap: Outbox
    connectors: Outbox

    def of(self, job: BulkJob) -> Outbox:
        """The queue of whoever captures a job's pages."""
        return self.snap if job.plan.options.connector is None else self.connectors


class NewObject(Protocol):
    """A file that becomes an object."""

    size: int
    """Bytes so far."""

    def write(self, data: bytes, /) -> int:
        """Append."""
        ...

    def flush(self) -> None:
        """Nothing needs it."""
        ...

    def close(self) -> None:
        """Take no more."""
        ...


class Files(Protocol):
    """The bucket."""

    def get(self, key: str) -> bytes | None:
        """A small object's bytes; `None` when there is none."""
        ...

    def read_pieces(self, key: str) -> Iterator[bytes]:
        """An object's bytes, piece by piece; raises when there is none."""
        ...

    def upload(self, key: str, *, media_type: str) -> AbstractContextManager[NewObject]:
        """A new object, which is there once the context has ended without an exception."""
        ...

    def presigned_get(self, key: str, *, seconds: int, file_name: str | None = None) -> str:
        """A link that reads one object for `seconds`."""
        ...

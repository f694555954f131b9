"""In-memory stand-ins for the bulk jobs' part of the table, for the bucket and for a site's files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock

from tests.fakes import MemoryTable
from tests.monitor_fakes import MemoryQueue

from pagelapse.adapters.http import Answer, HttpError
from pagelapse.bulk.jobs import Archive, BulkJob, BulkPage, CapturedPage
from pagelapse.errors import UsageLimitExceeded


class MemoryBulk:
    """The jobs and their pages; each method is atomic."""

    def __init__(self, table: MemoryTable) -> None:
        self.table = table
        self.jobs: dict[str, BulkJob] = {}
        self.pages_: dict[tuple[str, int], BulkPage] = {}
        self.captures: list[int] = []
        """How many pages each `capture_pages` was given."""
        self._lock = RLock()

    def create(self, job: BulkJob, pages: Sequence[BulkPage], *, limit: int | None) -> None:
        with self._lock:
            used = self.table.usage.get((job.account_id, job.month), 0)
            if limit is not None and used + job.total > limit:
                raise UsageLimitExceeded("not enough")
            self.table.usage[job.account_id, job.month] = used + job.total
            self.jobs[job.job_id] = job
            self.pages_ |= {(job.job_id, page.number): page for page in pages}

    def job(self, account_id: str, job_id: str) -> BulkJob | None:
        found = self.jobs.get(job_id)
        return found if found and found.account_id == account_id else None

    def recent(self, account_id: str, limit: int) -> list[BulkJob]:
        mine = [job for job in self.jobs.values() if job.account_id == account_id]
        return sorted(mine, key=lambda job: job.created_at, reverse=True)[:limit]

    def pages(self, account_id: str, job_id: str) -> list[BulkPage]:
        return [page for (owner, _), page in sorted(self.pages_.items()) if owner == job_id]

    def begin(self, job: BulkJob, *, due_at: int) -> bool:
        return self._change(job, "pending", state="processing", due_at=due_at, attempts=1)

    def all_queued(self, job: BulkJob) -> bool:
        return self._change(job, "processing", queued=True)

    def capture_pages(self, account_id: str, job_id: str, captured: Sequence[CapturedPage]) -> bool:
        with self._lock:
            assert len({each.number for each in captured}) == len(captured)
            self.captures.append(len(captured))
            job = self.job(account_id, job_id)
            if not all(self._is_picture(job, job_id, each) for each in captured):
                return False
            for each in captured:
                page = self.pages_[job_id, each.number]
                self.pages_[job_id, each.number] = replace(page, state="captured", file=each.file)
            successful = self.jobs[job_id].successful + len(captured)
            self.jobs[job_id] = replace(self.jobs[job_id], successful=successful)
            return True

    def _is_picture(self, job: BulkJob | None, job_id: str, captured: CapturedPage) -> bool:
        page = self.pages_.get((job_id, captured.number))
        if page is None or captured.file.key.partition(".")[0] != page.key_prefix:
            return False
        return self._ends(job, page, captured.digest)

    def page(self, account_id: str, job_id: str, number: int) -> BulkPage | None:
        return self.pages_.get((job_id, number)) if self.job(account_id, job_id) else None

    def repeat_page(self, account_id: str, job_id: str, number: int, digest: str) -> bool:
        with self._lock:
            page = self.pages_[job_id, number]
            if page.repeated or page.digest != digest or page.state != "waiting":
                return False
            self.pages_[job_id, number] = replace(page, repeated=True)
            return True

    def fail_page(self, job: BulkJob, number: int, digest: str, error: str) -> bool:
        with self._lock:
            now, page = self.jobs[job.job_id], self.pages_.get((job.job_id, number))
            if page is None or not self._ends(now, page, digest):
                return False
            self.pages_[job.job_id, number] = replace(page, state="failed", error=error)
            self.jobs[job.job_id] = replace(now, failed=now.failed + 1)
            self.table.usage[job.account_id, job.month] -= 1
            return True

    def _ends(self, job: BulkJob | None, page: BulkPage, digest: str) -> bool:
        return job is not None and job.state == "processing" and (page.state, page.digest) == ("waiting", digest)

    def pack(self, job: BulkJob, *, due_at: int) -> bool:
        return self._change(job, "processing", state="packaging", due_at=due_at, attempts=1)

    def tell(self, job: BulkJob) -> bool:
        return self._change(job, "packaging", told=True)

    def complete(self, job: BulkJob, archive: Archive, *, ended_at: float) -> bool:
        return self._change(job, "packaging", state="completed", archive=archive, ended_at=ended_at, due_at=None)

    def fail(self, job: BulkJob, error: str, *, ended_at: float) -> bool:
        with self._lock:
            now = self.jobs[job.job_id]
            as_read = (now.state, now.successful, now.failed) == (job.state, job.successful, job.failed)
            if now.ended_at is not None or not as_read:
                return False
            self.table.usage[job.account_id, job.month] -= job.total - job.failed
            return self._change(job, now.state, state="failed", error=error, ended_at=ended_at, due_at=None)

    def look_again(self, job: BulkJob, *, due_at: int, attempts: int, queued: bool) -> bool:
        with self._lock:
            if self.jobs[job.job_id].due_at != job.due_at:
                return False
            seen = {"due_at": due_at, "attempts": attempts, "queued": queued, "seen": job.processed}
            return self._change(job, job.state, **seen)

    def _change(self, job: BulkJob, expected: str, **changes: object) -> bool:
        with self._lock:
            now = self.jobs[job.job_id]
            if now.state != expected:
                return False
            self.jobs[job.job_id] = replace(now, **changes)  # type: ignore[arg-type]
            return True


@dataclass
class MemoryBatchQueue(MemoryQueue):
    """A queue that takes many messages at once."""

    waiting: int = 0
    """What `backlog` says."""
    takes: int | None = None
    """Of one `send_all`, before it breaks."""

    def send_all(self, bodies: Iterable[str]) -> None:
        for number, body in enumerate(bodies):
            if number == self.takes:
                raise OSError("the queue is down")
            self.send(body)

    def backlog(self) -> int:
        return self.waiting


class MemoryFiles:
    """The bucket."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.broken = False

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def read_pieces(self, key: str) -> Iterator[bytes]:
        body = self.objects[key]
        return (body[start : start + 3] for start in range(0, len(body), 3))

    @contextmanager
    def upload(self, key: str, *, media_type: str) -> Iterator[_NewObject]:
        made = _NewObject()
        yield made
        if self.broken:
            raise OSError("the bucket is down")
        self.objects[key] = bytes(made.body)

    def presigned_get(self, key: str, *, seconds: int, file_name: str | None = None) -> str:
        return f"https://bucket.test/{key}?seconds={seconds}&name={file_name}"


class _NewObject(io.RawIOBase):
    """Can't be sought, like an upload."""

    def __init__(self) -> None:
        super().__init__()
        self.body = bytearray()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self.body += data
        self.size += len(data)
        return len(data)


@dataclass
class MemorySite:
    """A site's files by their addresses; an address can also redirect or break."""

    files: dict[str, bytes | HttpError] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    missing: HttpError | None = None
    """What becomes of addresses that are not there; without it they answer 404."""

    def get(self, url: str, *, max_bytes: int, timeout_s: float) -> Answer:
        assert timeout_s > 0
        self.asked.append(url)
        place = self.redirects.get(url, url)
        found = self.files.get(place, self.missing)
        if isinstance(found, HttpError):
            raise found
        if found is None:
            return Answer(404, {}, b"<!doctype html>not found", place)
        return Answer(200, {}, found, place)


def urlset(*urls: str) -> bytes:
    """A sitemap of these pages."""
    return f"<urlset>{''.join(f'<url><loc>{url}</loc></url>' for url in urls)}</urlset>".encode()


def index(*urls: str) -> bytes:
    """A sitemap of these sitemaps."""
    return f"<sitemapindex>{''.join(f'<sitemap><loc>{url}</loc></sitemap>' for url in urls)}</sitemapindex>".encode()

"""A bulk job over fakes: its site, its queues and reports of its pages."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any
from zipfile import ZipFile

from tests.bulk_fakes import MemoryBatchQueue, MemoryBulk, MemoryFiles, MemorySite, urlset
from tests.world import World

from pagelapse.bulk.jobs import BulkJob
from pagelapse.capture.jobs import CaptureJob, CaptureReport, Failure, StoredFile
from pagelapse.capture.options import CaptureOptions
from pagelapse.services.bulk import BulkJobs, Download
from pagelapse.services.bulk_ports import BulkTask, CaptureQueues
from pagelapse.services.bulk_recording import BulkRecorder
from pagelapse.services.bulk_work import BulkKeeper, BulkWorker
from pagelapse.services.connectors import ConnectorCheck
from pagelapse.services.sitemaps import Sitemaps

OPTIONS = CaptureOptions(url="https://example.com/")
PATHS = ("/", "/about/", "/blog/", "/blog/my-post")


@dataclass
class Bulk:
    """The bulk services over fakes, for the world's account."""

    world: World = field(default_factory=World)
    max_pages: int = 100
    connectors: ConnectorCheck | None = None

    def __post_init__(self) -> None:
        self.store = MemoryBulk(self.world.table)
        self.tasks, self.captures, self.files = MemoryBatchQueue(), MemoryBatchQueue(), MemoryFiles()
        self.site = MemorySite()
        sitemaps = Sitemaps(self.site)
        self.jobs = BulkJobs(
            self.store, sitemaps, self.tasks, self.files, connectors=self.connectors, max_pages=self.max_pages
        )
        self.recorder = BulkRecorder(self.store, self.tasks)
        self.agents = MemoryBatchQueue()
        queues = CaptureQueues(self.captures, self.agents)
        self.worker = BulkWorker(self.store, self.recorder, queues, self.files)
        self.keeper = BulkKeeper(self.store, queues, self.tasks)

    def create(self, *paths: str, **arguments: Any) -> BulkJob:
        """A job of these pages."""
        urls = [f"https://example.com{path}" for path in paths or PATHS]
        self.site.files["https://example.com/sitemap.xml"] = urlset(*urls)
        return self.jobs.create(self.world.caller(), OPTIONS, site="example.com", **arguments)

    def now(self, job: BulkJob) -> BulkJob:
        """The job as its account sees it."""
        return self.jobs.get(self.world.caller(), job.job_id)

    def work(self) -> list[str]:
        """Deliver what is on the bulk queue."""
        waiting, self.tasks.sent = self.tasks.sent, []
        return [self.worker.work(BulkTask.model_validate_json(body)) for body in waiting]

    def queued(self) -> list[CaptureJob]:
        """What is on the capture queue."""
        return [CaptureJob.model_validate_json(body) for body in self.captures.sent]

    def report(self, capture: CaptureJob, *, fails: bool = False) -> CaptureReport:
        """What `snap` says of a page; its picture is its address."""
        ids: dict[str, Any] = {
            "job_id": capture.job_id,
            "account_id": capture.account_id,
            "purpose": "bulk",
            "digest": capture.options.digest(),
        }
        if fails:
            return CaptureReport(**ids, failure=Failure(code="target_unreachable", message="could not be reached"))
        body = (capture.options.url or "").encode()
        key = f"{capture.key_prefix}.png"
        self.files.objects[key] = body
        return CaptureReport(**ids, file=StoredFile(key=key, media_type="image/png", size=len(body), width=1, height=1))

    def capture_all(self, *failing: str) -> None:
        """Record a report for every queued page."""
        for capture in self.queued():
            self.recorder.record(self.report(capture, fails=(capture.options.url or "").endswith(failing)))

    def finished(self, *failing: str) -> BulkJob:
        """A job that has run through."""
        job = self.create()
        self.work()
        self.capture_all(*failing)
        self.work()
        return self.now(job)

    def overdue(self, job: BulkJob) -> BulkJob:
        """The job, now that its time has come."""
        self.store.jobs[job.job_id] = replace(self.now(job), due_at=int(time.time()) - 1)
        return self.now(job)

    def download(self, job: BulkJob) -> Download:
        """The archive."""
        return self.jobs.download(self.world.caller(), job.job_id)

    def archive(self, job: BulkJob) -> dict[str, bytes]:
        """The archive's files."""
        with ZipFile(io.BytesIO(self.download(job).body or b"")) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}


def manifest_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The manifest among an archive's files."""
    (name,) = [name for name in files if name.endswith("/_manifest.json")]
    content: dict[str, Any] = json.loads(files[name])
    return content

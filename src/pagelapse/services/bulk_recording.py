"""What becomes of a bulk job's pages, and of the job once they have all ended."""

from __future__ import annotations

import time

from pagelapse.bulk.jobs import BulkJob, page_of
from pagelapse.capture.jobs import CaptureReport
from pagelapse.services.bulk_ports import BulkStore, BulkTask, Outbox

OVERDUE_S = 900
"""Seconds after which somebody looks whether a job goes on: longer than a packing `bulk` lives (its timeout in
template.yaml), and than the capture queue hides a page from a `snap` that died (540 s)."""


class BulkRecorder:
    """Records reports of pages; each step may be repeated, so whatever is delivered again changes nothing.

    Args:
        store: The jobs.
        tasks: The bulk queue.
    """

    def __init__(self, store: BulkStore, tasks: Outbox) -> None:
        self._store = store
        self._tasks = tasks

    def record(self, report: CaptureReport) -> bool | None:
        """Record a page's report.

        Returns:
            `None` when it is of no job's page; false when the page has ended already, or it can't be believed.
        """
        place = page_of(report.job_id)
        if place is None:
            return None
        job_id, number = place
        if report.file is not None:
            # One write in most cases: what `snap` says is believed only about the page that it was asked for.
            recorded = self._store.capture_page(job_id, report.account_id, number, report.digest, report.file)
            job = self._store.job(report.account_id, job_id)
        else:
            job = self._store.job(report.account_id, job_id)
            why = report.failure.message if report.failure else "The capture failed."
            recorded = job is not None and self._store.fail_page(job, number, report.digest, why)
            job = job and self._store.job(report.account_id, job_id)
        if job is None:
            return None
        self.advance(job)
        return recorded

    def advance(self, job: BulkJob) -> None:
        """Go on to packing once every page has ended; repeated as long as nothing says that it was done."""
        if job.state == "processing" and job.processed >= job.total:
            now = time.time()
            if job.successful == 0:
                self._store.fail(job, "No page of the site could be captured.", ended_at=now)
            else:
                self._store.pack(job, due_at=int(now) + OVERDUE_S)
            found = self._store.job(job.account_id, job.job_id)
            job = found or job
        if job.state == "packaging" and not job.told:
            self._tasks.send(BulkTask(account_id=job.account_id, job_id=job.job_id).model_dump_json())
            self._store.tell(job)

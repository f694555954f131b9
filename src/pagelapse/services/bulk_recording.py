"""What becomes of a bulk job's pages, and of the job once they have all ended."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pagelapse.bulk.jobs import BulkJob, CapturedPage, is_repetition, page_of
from pagelapse.capture.jobs import CaptureReport
from pagelapse.errors import BrowserLost, CaptureError, CaptureTimeout, ServiceBusy
from pagelapse.services.bulk_ports import BulkStore, BulkTask, Outbox

_OUR_OWN = frozenset({BrowserLost.code, CaptureError.code, CaptureTimeout.code, ServiceBusy.code})
"""Failures that a capture may meet because of us, and not because of its page."""

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

    def record_together(self, reports: Sequence[CaptureReport]) -> bool:
        """Record pictures of different pages of one job in one write.

        Returns:
            False when nothing was recorded: one of the reports is not to be recorded, so that each must be looked at.
        """
        captured = [(place[0], page) for place, page in map(_captured, reports) if place and page]
        jobs = {(report.account_id, job_id) for report, (job_id, _) in zip(reports, captured, strict=False)}
        numbers = {page.number for _, page in captured}
        if len(jobs) != 1 or len(numbers) != len(reports):
            return False
        ((account_id, job_id),) = jobs
        if not self._store.capture_pages(account_id, job_id, [page for _, page in captured]):
            return False
        job = self._store.job(account_id, job_id)
        if job is not None:
            self.advance(job)
        return True

    def record(self, report: CaptureReport) -> bool | None:
        """Record a page's report.

        Returns:
            `None` when it is of no job's page; false when the page has ended already, or it can't be believed.
        """
        place, page = _captured(report)
        if place is None:
            return None
        job_id, number = place
        if page is not None:
            # One write in most cases: what `snap` says is believed only about the page that it was asked for.
            recorded = self._store.capture_pages(report.account_id, job_id, [page])
        elif self._is_repeated(report, job_id, number):
            return False
        else:
            found = self._store.job(report.account_id, job_id)
            why = report.failure.message if report.failure else "The capture failed."
            recorded = found is not None and self._store.fail_page(found, number, report.digest, why)
        job = self._store.job(report.account_id, job_id)
        if job is None:
            return None
        self.advance(job)
        return recorded

    def _is_repeated(self, report: CaptureReport, job_id: str, number: int) -> bool:
        """Whether a page's failure is our own, so that it is captured once more; its second report decides."""
        page = self._store.page(report.account_id, job_id, number)
        if page is None or page.state != "waiting" or page.digest != report.digest:
            return False
        if page.repeated:
            return not is_repetition(report.job_id)
        if report.failure is None or report.failure.code not in _OUR_OWN:
            return False
        task = BulkTask(account_id=report.account_id, job_id=job_id, page=number)
        self._tasks.send(task.model_dump_json())
        self._store.repeat_page(report.account_id, job_id, number, report.digest)
        return True

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


def _captured(report: CaptureReport) -> tuple[tuple[str, int] | None, CapturedPage | None]:
    """The job and the page that a report is of, and the page's picture, as far as there are such."""
    place = page_of(report.job_id)
    if place is None or report.file is None:
        return place, None
    return place, CapturedPage(place[1], report.digest, report.file)

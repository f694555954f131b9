"""What the `bulk` function does: queues pages and packs their pictures. It may die anywhere and be run again."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from pagelapse.bulk.archive_names import MANIFEST, file_names, folder_name
from pagelapse.bulk.jobs import Archive, BulkJob, BulkPage, capture_id
from pagelapse.bulk.manifest import manifest
from pagelapse.capture.jobs import CaptureJob
from pagelapse.observability import logger
from pagelapse.services.bulk_ports import BulkStore, BulkTask, CaptureQueues, Files, NewObject, Outbox
from pagelapse.services.bulk_recording import OVERDUE_S, BulkRecorder

MOST_ATTEMPTS = 2
"""How often each part of a job is begun. The queues deliver a message several times by themselves."""

LONGEST_S = 12 * 3600
"""Seconds after which a job's pages are no longer taken to be waiting their turn in the capture queue."""

_AHEAD = 4
"""Pictures opened before it is their turn to be packed."""

_BROKE_DOWN = "The capture broke down."


class BulkWorker:
    """Carries out what a job's record asks for.

    Args:
        store: The jobs.
        recorder: Records pages that are given up.
        captures: Where pages are queued.
        files: The pictures, and where archives go.
    """

    def __init__(self, store: BulkStore, recorder: BulkRecorder, captures: CaptureQueues, files: Files) -> None:
        self._store = store
        self._recorder = recorder
        self._captures = captures
        self._files = files

    def work(self, task: BulkTask) -> str:
        """Do the next thing; returns which it was, for the log."""
        job = self._store.job(task.account_id, task.job_id)
        if job is None:
            return "unknown"
        if task.page is not None:
            return self._repeat(job, task.page)
        if job.state == "processing":
            return self._process(job)
        if job.state == "pending":
            return self._give_up(job) if job.attempts > MOST_ATTEMPTS else self._begin(job)
        if job.state == "packaging":
            return self._give_up(job) if job.attempts > MOST_ATTEMPTS else self._pack(job)
        return job.state

    def _begin(self, job: BulkJob) -> str:
        if not self._store.begin(job, due_at=int(time.time()) + OVERDUE_S):
            return "begun by another"
        return self._queue(job)

    def _process(self, job: BulkJob) -> str:
        if job.processed >= job.total:
            self._recorder.advance(job)
            return "advanced"
        if job.attempts > MOST_ATTEMPTS:
            return self._fail_the_rest(job)
        return "under way" if job.queued else self._queue(job)

    def _queue(self, job: BulkJob) -> str:
        """Queue the pages that wait. Interrupted, it is repeated: a page that is captured twice counts once."""
        waiting = [page for page in self._store.pages(job.account_id, job.job_id) if page.state == "waiting"]
        self._captures.of(job).send_all(_capture_job(job, page).model_dump_json() for page in waiting)
        self._store.all_queued(job)
        logger.info("pages queued", extra={"job_id": job.job_id, "pages": len(waiting)})
        return "queued"

    def _repeat(self, job: BulkJob, number: int) -> str:
        page = self._store.page(job.account_id, job.job_id, number)
        if page is None or page.state != "waiting":
            return "ended"
        self._captures.of(job).send_all([_capture_job(job, replace(page, repeated=True)).model_dump_json()])
        return "repeated"

    def _fail_the_rest(self, job: BulkJob) -> str:
        for page in self._store.pages(job.account_id, job.job_id):
            if page.state == "waiting":
                self._store.fail_page(job, page.number, page.digest, _BROKE_DOWN)
        found = self._store.job(job.account_id, job.job_id)
        self._recorder.advance(found or job)
        return "given up waiting"

    def _give_up(self, job: BulkJob) -> str:
        self._store.fail(job, "The bulk job broke down.", ended_at=time.time())
        return "given up"

    def _pack(self, job: BulkJob) -> str:
        """Pack the pictures into a new object; of two workers that do, one is recorded."""
        pages, ended_at = self._store.pages(job.account_id, job.job_id), time.time()
        folder = folder_name(job.plan.site_url, job.created_at)
        key = f"archives/{secrets.token_hex(16)}.zip"
        with self._files.upload(key, media_type="application/zip") as target:
            self._write(target, job, pages, folder, ended_at)
        archive = Archive(key=key, size=target.size, file_name=f"{folder}.zip")
        completed = self._store.complete(job, archive, ended_at=time.time())
        logger.info("packed", extra={"job_id": job.job_id, "bytes": archive.size, "recorded": completed})
        return "packed"

    def _write(self, target: NewObject, job: BulkJob, pages: Sequence[BulkPage], folder: str, ended_at: float) -> None:
        extension = "jpg" if job.plan.options.type == "jpeg" else job.plan.options.type
        names = file_names([page.url for page in pages], extension)
        with ZipFile(target, "w", ZIP_STORED) as archive:
            archive.writestr(_entry(f"{folder}/{MANIFEST}", ended_at), manifest(job, pages, names, ended_at))
            captured = [(name, page.file.key) for name, page in zip(names, pages, strict=True) if page.file]
            opened = _ahead(lambda pair: (pair[0], self._files.read_pieces(pair[1])), captured)
            for name, pieces in opened:
                with archive.open(_entry(f"{folder}/{name}", ended_at), "w") as file:
                    for piece in pieces:
                        file.write(piece)


class BulkKeeper:
    """Looks after jobs that are due: those that don't go on are begun again, and in the end given up.

    Args:
        store: The jobs.
        captures: Where pages are queued; its length tells whether they may still have their turn.
        tasks: The bulk queue.
    """

    def __init__(self, store: BulkStore, captures: CaptureQueues, tasks: Outbox) -> None:
        self._store = store
        self._captures = captures
        self._tasks = tasks

    def see_to(self, job: BulkJob, now: float) -> str:
        """Look at a job that is due at Unix time `now`; returns what was done, as `DueWork.run` counts it."""
        due_at = int(now) + OVERDUE_S
        if self._goes_on(job, now):
            patient = self._store.look_again(job, due_at=due_at, attempts=job.attempts, queued=True)
            return "waited" if patient else "lost"
        if not self._store.look_again(job, due_at=due_at, attempts=job.attempts + 1, queued=False):
            return "lost"
        self._tasks.send(BulkTask(account_id=job.account_id, job_id=job.job_id).model_dump_json())
        return "retried"

    def _goes_on(self, job: BulkJob, now: float) -> bool:
        """Whether pages have ended since somebody last looked, or may still have their turn."""
        if job.state != "processing" or not job.queued or job.processed >= job.total:
            return False
        if job.processed > max(0, job.seen):
            return True
        return now < job.created_at + LONGEST_S and self._captures.of(job).backlog() > 0


def _capture_job(job: BulkJob, page: BulkPage) -> CaptureJob:
    return CaptureJob(
        purpose="bulk",
        job_id=capture_id(job.job_id, page.number, repeated=page.repeated),
        account_id=job.account_id,
        options=job.plan.options.model_copy(update={"url": page.url}),
        key_prefix=page.key_prefix,
    )


def _entry(name: str, moment: float) -> ZipInfo:
    """A file that everybody may read, in an archive that is unpacked with the moment's date (UTC)."""
    when = datetime.fromtimestamp(moment, UTC)
    entry = ZipInfo(name, (when.year, when.month, when.day, when.hour, when.minute, when.second))
    entry.external_attr = 0o100644 << 16
    return entry


def _ahead(
    opening: Callable[[tuple[str, str]], tuple[str, Iterator[bytes]]], keys: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The results in their order, of which the next few are begun meanwhile."""
    rest = iter(keys)
    with ThreadPoolExecutor(_AHEAD) as threads:
        begun: deque[Future[tuple[str, Iterator[bytes]]]] = deque(
            threads.submit(opening, key) for key in islice(rest, _AHEAD)
        )
        while begun:
            yield begun.popleft().result()
            begun.extend(threads.submit(opening, key) for key in islice(rest, 1))

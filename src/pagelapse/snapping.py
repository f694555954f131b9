"""The `snap` function: jobs in, pictures into the bucket, reports out. It holds no table and no secret."""

from __future__ import annotations

import asyncio
import threading
import time
import urllib.request
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypedDict, TypeVar

from pydantic import TypeAdapter

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium, chromium_executable
from pagelapse.adapters.filters import FilterLists
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.queues import Queue
from pagelapse.adapters.unpacking import begin
from pagelapse.capture import images
from pagelapse.capture.jobs import (
    MAX_INLINE_BYTES,
    CaptureJob,
    CaptureReport,
    CaptureStarted,
    Failure,
    Job,
    Purpose,
    StoredFile,
    ThumbnailJob,
    ThumbnailReport,
    ThumbnailSize,
)
from pagelapse.capture.pipeline import capture
from pagelapse.capture.ports import Browser
from pagelapse.capture.result import Capture, File
from pagelapse.comparison.jobs import CompareJob, CompareReport
from pagelapse.errors import CannotCompare, CaptureError, ServiceBusy, StorageFailed
from pagelapse.metrics import count_capture, count_wait
from pagelapse.observability import (
    CORRELATION,
    correlated,
    correlation_of,
    log_unexpected,
    log_url,
    logger,
)
from pagelapse.settings import CaptureSettings, snap_settings

T = TypeVar("T")

ANSWER_MARGIN_S = 1.5
"""Seconds kept for storing the picture and travelling back, out of what the caller waits."""

UNATTENDED_BUDGET_S = 60.0
"""Seconds for a capture that nobody waits for; the function's own limit lies above."""

MIN_BUDGET_S = 2.0
MAX_SOURCE_BYTES = 100_000_000

_JOB: TypeAdapter[CaptureJob | ThumbnailJob | CompareJob] = TypeAdapter(Job | CompareJob)


class MeteredBrowser(Browser, Protocol):
    """A browser behind a proxy."""

    received_bytes: int
    """What came through the proxy so far."""


class _Ids(TypedDict):
    """What a report repeats of its job."""

    job_id: str
    account_id: str
    purpose: Purpose
    digest: str


class WarmBrowser(Browser, Protocol):
    """A browser whose used pages are closed in the background."""

    def through(self, proxy_url: str) -> MeteredBrowser:
        """The same browser, whose pages go out through a proxy."""
        ...

    async def settle(self) -> None:
        """Wait until they are closed: Lambda freezes what runs on after the answer."""
        ...


class Store(Protocol):
    """Where files go."""

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        """Store an object that never changes; raises `StorageFailed`."""
        ...


class Outbox(Protocol):
    """Where reports go that nobody waits for."""

    def send(self, body: str) -> None:
        """Send one message."""
        ...


@dataclass(frozen=True, slots=True)
class Snapper:
    """Does jobs, one at a time."""

    browser: WarmBrowser
    store: Store
    outbox: Outbox

    async def run(
        self, job: CaptureJob | ThumbnailJob | CompareJob
    ) -> CaptureReport | ThumbnailReport | CompareReport | None:
        """Do one job; `None` when the caller has stopped waiting and the report went to the queue instead."""
        if isinstance(job, CompareJob):
            return await asyncio.to_thread(self._compare, job)
        if isinstance(job, ThumbnailJob):
            return await self._thumbnail(job)
        started = asyncio.create_task(self._announce(job)) if job.announce else None
        report = await self._capture(job)
        _log(job, report)
        failure = report.failure.code if report.failure else None
        count_capture(purpose=job.purpose, failure=failure, duration_ms=report.duration_ms)
        if started is not None:
            await started
        if job.answer_by is not None and time.time() < job.answer_by:
            return report
        late = report.model_copy(update={"body": None})
        await asyncio.to_thread(self.outbox.send, late.model_dump_json())
        return None

    async def _announce(self, job: CaptureJob) -> None:
        """Say that the capture has begun; it does not depend on anybody hearing it."""
        ids = {"job_id": job.job_id, "account_id": job.account_id, "purpose": job.purpose}
        started = CaptureStarted(**ids, started_at_ms=time.time_ns() // 1_000_000)
        try:
            await asyncio.to_thread(self.outbox.send, started.model_dump_json())
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the queue, the report will meet it too
            log_unexpected(error)

    async def _capture(self, job: CaptureJob) -> CaptureReport:
        started = time.monotonic()
        ids: _Ids = {
            "job_id": job.job_id,
            "account_id": job.account_id,
            "purpose": job.purpose,
            "digest": job.record_digest(),
        }
        if job.options.location is not None and job.proxy is None:
            failure = Failure(code=CaptureError.code, message="no proxy is there for it", option="location")
            return CaptureReport(**ids, failure=failure)
        proxied = self.browser.through(job.proxy.get_secret_value()) if job.proxy else None
        try:
            taken = await capture(proxied or self.browser, job.options, budget_s=_budget_s(job))
            report = await self._stored(job, taken, ids)
        except CaptureError as error:
            report = CaptureReport(**ids, failure=Failure(code=error.code, message=error.message, option=error.option))
        except StorageFailed as error:
            if job.answer_by is None:
                raise  # nobody waits: the queue brings the job again
            log_unexpected(error)
            report = CaptureReport(**ids, failure=Failure(code=ServiceBusy.code, message=error.message))
        finally:
            await self.browser.settle()
        duration_ms = round((time.monotonic() - started) * 1000)
        proxied_bytes = proxied.received_bytes if proxied else 0
        return report.model_copy(update={"duration_ms": duration_ms, "proxied_bytes": proxied_bytes})

    async def _stored(self, job: CaptureJob, taken: Capture, ids: _Ids) -> CaptureReport:
        uploads = [self._put(taken.file, job.key_prefix)]
        if job.thumbnail is not None and taken.file.width is not None:
            uploads.append(self._put_thumbnail(taken.file.body, job.thumbnail, job.key_prefix))
        source = await self._put(taken.source, job.key_prefix) if taken.source else None
        text = await self._put(taken.text, job.key_prefix) if taken.text else None
        file, *thumbnails = await asyncio.gather(*uploads)
        inline = job.inline and file.size <= MAX_INLINE_BYTES
        return CaptureReport(
            **ids,
            file=file,
            thumbnail=thumbnails[0] if thumbnails else None,
            source=source,
            text=text,
            ignored=taken.ignored,
            body=taken.file.body if inline else None,
            target=taken.target,
            taken_at_ms=taken.taken_at_ms,
            complete=not taken.shortfalls,
            shortfall="; ".join(taken.shortfalls) or None,
            observations=taken.observations,
            timings=taken.timings,
            inventory=taken.inventory,
        )

    async def _thumbnail(self, job: ThumbnailJob) -> ThumbnailReport:
        try:
            body = await asyncio.to_thread(_read, job.source_url)
            stored = await self._put_thumbnail(body, job.thumbnail, job.key_prefix)
        except (OSError, ValueError, StorageFailed) as error:
            logger.warning("no thumbnail", extra={"job_id": job.job_id, "reason": str(error)[:200]})
            failure = Failure(code=CaptureError.code, message="the thumbnail could not be made")
            return ThumbnailReport(job_id=job.job_id, failure=failure)
        logger.info("thumbnail made", extra={"job_id": job.job_id, "bytes": stored.size})
        return ThumbnailReport(job_id=job.job_id, thumbnail=stored)

    def _compare(self, job: CompareJob) -> CompareReport:
        from pagelapse.comparison.stored import compare_stored  # what few of these functions' processes ever do

        started = time.monotonic()
        try:
            report = compare_stored(job, _read, self.store)
        except (OSError, ValueError, StorageFailed) as error:
            logger.warning("no comparison", extra={"job_id": job.job_id, "reason": str(error)[:200]})
            message = "The pictures can't be read, or their difference not stored."
            failure = Failure(code=CannotCompare.code, message=message)
            return CompareReport(job_id=job.job_id, failure=failure)
        logger.info("compared", extra={"job_id": job.job_id, "duration_ms": round((time.monotonic() - started) * 1000)})
        return report

    async def _put_thumbnail(self, body: bytes, size: ThumbnailSize, prefix: str) -> StoredFile:
        small = await asyncio.to_thread(images.thumbnail, body, size)
        return await self._put(small, f"{prefix}_{size.label()}")

    async def _put(self, file: File, prefix: str) -> StoredFile:
        """Store a file; a document is stored as plain text, so that it can't run script where it is hotlinked."""
        key = f"{prefix}.{file.extension}"
        media_type = "text/plain; charset=utf-8" if file.media_type.startswith("text/") else file.media_type
        await asyncio.to_thread(self.store.put, key, file.body, media_type=media_type)
        return StoredFile(
            key=key, media_type=file.media_type, size=len(file.body), width=file.width, height=file.height
        )


def _budget_s(job: CaptureJob) -> float:
    if job.answer_by is None or job.purpose == "order":  # an order goes on when its caller stops waiting
        return UNATTENDED_BUDGET_S
    return max(MIN_BUDGET_S, job.answer_by - time.time() - ANSWER_MARGIN_S)


def _read(url: str) -> bytes:
    """The picture behind a presigned link.

    Raises:
        OSError: When it can't be read.
        ValueError: When it is larger than any picture of ours.
    """
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - a link that `api` has signed
        body: bytes = response.read(MAX_SOURCE_BYTES + 1)
    if len(body) > MAX_SOURCE_BYTES:
        raise ValueError("the picture is too large")
    return body


def _log(job: CaptureJob, report: CaptureReport) -> None:
    details: dict[str, Any] = {
        "job_id": job.job_id,
        "account_id": job.account_id,
        "target": log_url(job.options.url),
        "target_status": report.target.status,
        "duration_ms": report.duration_ms,
        "bytes": report.file.size if report.file else None,
        "shortfall": report.shortfall,
        "location": job.options.location,
        "proxied_bytes": report.proxied_bytes,
    }
    if report.failure is None:
        logger.info("captured", extra=details)
    else:
        logger.warning("capture failed", extra={**details, "code": report.failure.code, "why": report.failure.message})


def browser_from(settings: CaptureSettings) -> Chromium:
    """The browser that the settings describe, be it packed in a layer; launched on first use.

    Raises:
        FileNotFoundError: When no Chromium is where the settings say.
    """
    allowance = Allowance(settings.allow_hosts, settings.forbidden_endpoints)
    filters, unpacking = FilterLists(settings.filters), begin(settings.chromium)
    if unpacking is not None:
        return Chromium(unpacking.executable, allowance, unpacking, filters=filters)
    return Chromium(chromium_executable(settings.chromium), allowance, filters=filters)


@cache
def _browser() -> Chromium:
    return browser_from(snap_settings())


@cache
def _snapper() -> Snapper:
    settings = snap_settings()
    return Snapper(_browser(), Bucket(settings.bucket_name), Queue(settings.result_queue_url))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop per sandbox, in a thread of its own: the warm browser lives on it, also between invocations."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="browser", daemon=True).start()
    return loop


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, _loop()).result()


def warm_up() -> None:
    """Launch Chromium before the first job comes, and wait for it, so that Lambda never freezes it half launched.

    A failure is left to the first job, which tries again.
    """
    launching = asyncio.run_coroutine_threadsafe(_browser().warm_up(), _loop())
    try:
        _snapper()
        launching.result()
    except Exception as error:  # noqa: BLE001 - whatever it is, the job's own attempt tells the caller
        log_unexpected(error)


def handle(event: dict[str, Any], _context: object) -> dict[str, Any] | None:
    """Lambda's entry: a job when invoked directly, a batch of jobs from the capture queue."""
    if "Records" in event:
        return {"batchItemFailures": _run(_batch(_snapper(), event["Records"]))}
    job = {name: value for name, value in event.items() if name != CORRELATION}
    with correlated(event.get(CORRELATION)):
        report = _run(_snapper().run(_JOB.validate_python(job)))
    return None if report is None else report.model_dump(mode="json")


async def _batch(snapper: Snapper, records: list[dict[str, Any]]) -> list[dict[str, str]]:
    failures = []
    for record in records:
        with correlated(correlation_of(record)):
            try:
                _count_wait(record)
                await snapper.run(_JOB.validate_json(record["body"]))
            except Exception:  # noqa: BLE001 - the batch's other jobs must not be lost, whatever this one met
                logger.exception("job will be delivered again", extra={"message_id": record["messageId"]})
                failures.append({"itemIdentifier": record["messageId"]})
    return failures


def _count_wait(record: dict[str, Any]) -> None:
    sent_ms = record.get("attributes", {}).get("SentTimestamp")
    if sent_ms is not None:
        count_wait(max(0.0, time.time() * 1000 - float(sent_ms)))

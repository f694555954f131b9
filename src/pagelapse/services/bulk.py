"""Bulk jobs, as their accounts see them: made, watched and downloaded."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin
from uuid import uuid4

from pagelapse.accounts import Caller
from pagelapse.bulk.jobs import BulkJob, BulkPage, BulkPlan, is_job_id
from pagelapse.bulk.pages import PageList
from pagelapse.capture.jobs import MAX_INLINE_BYTES
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.urls import checked_url
from pagelapse.errors import (
    ArchiveExpired,
    InvalidOption,
    InvalidUrl,
    JobFailed,
    JobNotFound,
    JobPending,
    UsageLimitExceeded,
)
from pagelapse.observability import log_unexpected
from pagelapse.records import usage_month
from pagelapse.services.bulk_ports import BulkStore, BulkTask, Files, Outbox
from pagelapse.services.connectors import ConnectorCheck, NoConnectors
from pagelapse.services.sitemaps import Found, Sitemaps

PENDING_S = 120
"""Seconds until somebody looks after a job that nobody has begun."""

_LINK_S = 3600


@dataclass(frozen=True, slots=True)
class Download:
    """An archive: its bytes when they fit into an answer, else a link to them."""

    file_name: str
    size: int
    body: bytes | None
    link: str | None


class BulkJobs:
    """What an account can do with bulk jobs.

    Args:
        store: The jobs.
        sitemaps: Finds the pages.
        tasks: The bulk queue.
        files: The archives.
        connectors: Through whose agents pages may be captured.
        max_pages: Most pages of a job.
    """

    def __init__(
        self,
        store: BulkStore,
        sitemaps: Sitemaps,
        tasks: Outbox,
        files: Files,
        *,
        connectors: ConnectorCheck | None = None,
        max_pages: int = 100,
    ) -> None:
        self._store = store
        self._sitemaps = sitemaps
        self._tasks = tasks
        self._files = files
        self._connectors = connectors or NoConnectors()
        self.max_pages = max_pages

    def create(
        self,
        caller: Caller,
        options: CaptureOptions,
        *,
        site: str | None = None,
        sitemap_url: str | None = None,
        urls: Sequence[str] = (),
        max_pages: int | None = None,
    ) -> BulkJob:
        """Find a site's pages, count them all, and begin to capture them.

        Args:
            caller: Who pays.
            options: Of each page; the url is each page's own.
            site: The site whose sitemap is to be found, or
            sitemap_url: the sitemap itself, or
            urls: the pages, of any site.
            max_pages: Most pages, by default as many as a job may have.

        A list of pages that are captured through a connector may lie outside of the connector's network, so it may name
        pages of any host.

        Raises:
            UsageLimitExceeded: The account has fewer captures left than there are pages.
            ConnectorNotFound: The account has no such connector as the options name.
            ConnectorOffline: No agent of it is connected.
            InvalidUrl: The address is none.
            TargetRefused: It may not be reached.
            SitemapUnusable: There is no sitemap, or none that names a page.
        """
        limit = min(max_pages or self.max_pages, self.max_pages)
        _check_room(caller, 1)
        self._connectors.check(caller.account.account_id, options, must_be_online=True)
        if urls:
            found = _listed(urls, limit)
        elif sitemap_url is not None:
            found = self._sitemaps.read(sitemap_url, limit=limit, any_host=options.connector is not None)
        else:
            found = self._sitemaps.find(site or "", limit=limit)
        _check_room(caller, len(found.urls))
        job = _new_job(caller, found, options)
        self._store.create(job, _new_pages(found.urls, options), limit=caller.account.screenshot_limit)
        self._announce(job)
        return job

    def get(self, caller: Caller, job_id: str) -> BulkJob:
        """One of the caller's jobs.

        Raises:
            JobNotFound: There is none with this id.
        """
        job = self._store.job(caller.account.account_id, job_id) if is_job_id(job_id) else None
        if job is None:
            raise JobNotFound("There is no such bulk job.")
        return job

    def pages(self, job: BulkJob) -> list[BulkPage]:
        """All of its pages as they are now."""
        return self._store.pages(job.account_id, job.job_id)

    def page(self, caller: Caller, job_id: str, number: int) -> tuple[BulkJob, BulkPage]:
        """One page of a job of the caller's; raises `JobNotFound`."""
        job = self.get(caller, job_id)
        page = self._store.page(job.account_id, job.job_id, number)
        if page is None:
            raise JobNotFound("There is no such page in the bulk job.")
        return job, page

    def archive_link(self, job: BulkJob) -> str | None:
        """A link to the archive, which is good for an hour; `None` while there is none, and when it has expired."""
        left = 0.0 if job.expires_at is None else job.expires_at - time.time()
        if job.archive is None or left <= 0:
            return None
        seconds = max(1, min(_LINK_S, int(left)))
        return self._files.presigned_get(job.archive.key, seconds=seconds, file_name=job.archive.file_name)

    def download(self, caller: Caller, job_id: str) -> Download:
        """The finished archive.

        Raises:
            JobNotFound: There is no such job.
            JobPending: It is not finished yet.
            JobFailed: It has no archive.
            ArchiveExpired: Its archive is gone.
        """
        job = self.get(caller, job_id)
        if job.state == "failed":
            raise JobFailed(job.error or "The bulk job failed.")
        if job.archive is None or job.expires_at is None:
            raise JobPending(f"The bulk job is not finished: it is {job.state}.")
        left = job.expires_at - time.time()
        if left <= 0:
            raise ArchiveExpired("The archive could be downloaded for 24 hours; they are over.")
        archive = job.archive
        if archive.size > MAX_INLINE_BYTES:
            seconds = max(1, min(_LINK_S, int(left)))
            link = self._files.presigned_get(archive.key, seconds=seconds, file_name=archive.file_name)
            return Download(archive.file_name, archive.size, None, link)
        body = self._files.get(archive.key)
        if body is None:
            raise ArchiveExpired("The archive is gone.")
        return Download(archive.file_name, archive.size, body, None)

    def _announce(self, job: BulkJob) -> None:
        """Tell the queue. The job is stored already, so the minute tick makes up for a queue that is out of order."""
        try:
            self._tasks.send(BulkTask(account_id=job.account_id, job_id=job.job_id).model_dump_json())
        except Exception as error:  # noqa: BLE001 - whatever it was, the job will be begun
            log_unexpected(error)


def _check_room(caller: Caller, pages: int) -> None:
    left = caller.captures_left
    if left is not None and left < pages:
        asked = "a page costs one" if pages == 1 else f"the job has {pages} pages; fewer can be asked for"
        raise UsageLimitExceeded(f"The account has {left} captures left this month, and {asked}.")


def _listed(urls: Sequence[str], limit: int) -> Found:
    """Pages as they are named, each once.

    Raises:
        InvalidUrl: When one is no address.
        InvalidOption: When they are too many.
    """
    pages = PageList(set(), len(urls), any_host=True)
    for place, url in enumerate(urls):
        try:
            pages.add(checked_url(url))
        except ValueError as error:
            raise InvalidUrl(f"[{place}]: {error}", option="urls") from None
    if len(pages.urls) > limit:
        raise InvalidOption(f"holds more than {limit} pages", option="urls")
    return Found(urljoin(pages.urls[0], "/"), "", pages.urls)


def _new_job(caller: Caller, found: Found, options: CaptureOptions) -> BulkJob:
    now = time.time()
    return BulkJob(
        account_id=caller.account.account_id,
        job_id=str(uuid4()),
        plan=BulkPlan(
            site_url=found.site_url,
            sitemap_url=found.sitemap_url,
            options=options.model_copy(update={"url": found.urls[0]}),
        ),
        month=usage_month(now),
        total=len(found.urls),
        created_at=now,
        due_at=int(now) + PENDING_S,
    )


def _new_pages(urls: Sequence[str], options: CaptureOptions) -> list[BulkPage]:
    """The pages, each with a place for its picture that nobody can guess: not even the other pages' captures."""
    return [
        BulkPage(
            number,
            url,
            options.model_copy(update={"url": url}).digest(),
            f"pictures/bulk/{secrets.token_hex(16)}",
        )
        for number, url in enumerate(urls)
    ]

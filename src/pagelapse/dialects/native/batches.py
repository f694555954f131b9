"""Batches: many pages at once, as one archive and as single pictures."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.bulk.jobs import BulkJob, BulkPage, capture_id, page_of
from pagelapse.dialects.native.access import BASE, answer, success
from pagelapse.dialects.native.pages import page_params, page_response
from pagelapse.dialects.native.params import BatchParams, options_of, own_params
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidOption, InvalidPage, PagelapseError
from pagelapse.observability import log_url
from pagelapse.services.order_documents import CAPTURE_FIELDS, Document, file_document, iso_time

router = APIRouter(prefix=BASE)
_PAGE_STATUSES = {"waiting": "queued", "captured": "done", "failed": "failed"}
_OPTIONS = {"sitemap_url": "sitemap", "url": "site"}


@router.post("/batches", operation_id="createBatch")
async def create(request: Request) -> Response:
    """Capture many pages: those that are named, or those of a site's sitemap."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        params, given = own_params(BatchParams, parameters)
        if sum(map(bool, (params.urls, params.site, params.sitemap))) != 1:
            raise InvalidOption("exactly one of urls, site and sitemap is needed", option="urls")
        if "url" in given or "html" in given:
            raise InvalidOption("contradicts urls, site and sitemap", option="url" if "url" in given else "html")
        options = options_of({**given, "url": "https://example.com/"})
        try:
            job = composition.bulk_jobs().create(
                caller,
                options,
                site=params.site,
                sitemap_url=params.sitemap,
                urls=params.urls,
                max_pages=params.max_pages,
            )
        except PagelapseError as error:
            error.option = _OPTIONS.get(error.option or "", error.option)
            raise
        note(request.scope, job_id=job.job_id, pages=job.total, target=log_url(job.plan.site_url))
        return success(_document(job), HTTPStatus.ACCEPTED, location=f"{BASE}/batches/{job.job_id}")

    return await answer(request, handle)


@router.get("/batches/{batch_id}", operation_id="getBatch")
async def get(request: Request, batch_id: str) -> Response:
    """How far a batch has come, and where its archive is."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        return success(_document(composition.bulk_jobs().get(caller, batch_id)))

    return await answer(request, handle)


@router.get("/batches/{batch_id}/captures", operation_id="listBatchCaptures")
async def list_captures(request: Request, batch_id: str) -> Response:
    """A batch's pages, in their order."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        limit, after = page_params(parameters)
        if after is not None and not after.isdecimal():
            raise InvalidPage("is none that this list gave as next", option="cursor")
        jobs = composition.bulk_jobs()
        job = jobs.get(caller, batch_id)
        first = 0 if after is None else int(after) + 1
        found = [page for page in jobs.pages(job) if page.number >= first][: limit + 1]
        return page_response(found, limit, lambda page: str(page.number), lambda page: page_document(job, page))

    return await answer(request, handle)


def _document(job: BulkJob) -> Document:
    link = composition.bulk_jobs().archive_link(job)
    archive: Document | None = None
    if link is not None and job.archive is not None:
        expires_at = iso_time(int((job.expires_at or 0) * 1000))
        archive = {"url": link, "size": job.archive.size, "name": job.archive.file_name, "expires_at": expires_at}
    return {
        "object": "batch",
        "id": job.job_id,
        "status": {"pending": "queued", "processing": "running", "packaging": "running"}.get(job.state)
        or ("done" if job.state == "completed" else "failed"),
        "total": job.total,
        "done": job.successful,
        "failed": job.failed,
        "sitemap": job.plan.sitemap_url or None,
        "created_at": iso_time(int(job.created_at * 1000)),
        "ended_at": iso_time(int((job.ended_at or 0) * 1000)),
        "archive": archive,
        "error": None if job.error is None else {"code": "job_failed", "detail": job.error, "parameter": None},
    }


def batch_capture(caller: Caller, page_id: str) -> Document | None:
    """A batch's page as any other capture; `None` when the id is none of a page's. Raises `JobNotFound`."""
    place = page_of(page_id)
    return None if place is None else page_document(*composition.bulk_jobs().page(caller, *place))


def page_document(job: BulkJob, page: BulkPage) -> Document:
    """A page as a capture."""
    link = composition.order_pictures().link
    error: Document | None = None
    if page.error is not None:
        error = {"code": "capture_failed", "detail": page.error, "parameter": None}
    return {
        **dict.fromkeys(CAPTURE_FIELDS),
        "object": "capture",
        "id": capture_id(job.job_id, page.number),
        "status": _PAGE_STATUSES[page.state],
        "request": {"url": page.url},
        "file": file_document(page.file, link) if page.file else None,
        "error": error,
    }

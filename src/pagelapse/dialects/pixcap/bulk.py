"""Pixcap's bulk jobs: made, watched and downloaded. The answer to a new one is in snake_case, its status in camelCase.

An archive above 4 MB is too large for Lambda's answer, so its download is a redirect to it (docs/adr).
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from pagelapse import services as composition
from pagelapse.bulk.jobs import BulkJob
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.pixcap.access import caller_of, guarded, parameters_of
from pagelapse.dialects.pixcap.bulk_params import BulkRequest, bulk_request
from pagelapse.dialects.pixcap.errors import SAFE_HEADERS
from pagelapse.dialects.pixcap.limits import BULK, GENERAL
from pagelapse.dialects.pixcap.openapi_bulk import create_operation, download_operation, status_operation
from pagelapse.dialects.pixcap.params import OPTION_NAMES
from pagelapse.dialects.pixcap.responses import credits_left, ignored_header, success, timestamp
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidOption, PagelapseError
from pagelapse.observability import log_url

_PATH = "/api/v1/bulk-screenshot"

router = APIRouter(prefix=_PATH)


@router.post("", operation_id="createBulkJob", openapi_extra=create_operation())
async def create(request: Request) -> Response:
    """Capture a site's pages, found by its sitemap."""
    return await guarded(request, BULK, lambda: _create(request))


@router.get("/{job_id}/status", operation_id="getBulkJob", openapi_extra=status_operation())
async def status(request: Request, job_id: str) -> Response:
    """How far a job has come."""
    return await guarded(request, GENERAL, lambda: _status(request, job_id))


@router.get("/{job_id}/download", operation_id="downloadBulkJob", openapi_extra=download_operation())
async def download(request: Request, job_id: str) -> Response:
    """A finished job's archive."""
    return await guarded(request, GENERAL, lambda: _download(request, job_id))


async def _create(request: Request) -> Response:
    """The key is judged first, though the parameters are read before it is known."""
    parameters = await parameters_of(request)
    asked = _asked(parameters)
    caller = caller_of(request, parameters)
    if isinstance(asked, InvalidOption):
        raise asked
    note(request.scope, target=log_url(asked.sitemap_url or asked.site))
    try:
        job = composition.bulk_jobs().create(
            caller, asked.options, site=asked.site, sitemap_url=asked.sitemap_url, max_pages=asked.max_pages
        )
    except PagelapseError as error:
        name = OPTION_NAMES.get(error.option or "", error.option or "")
        error.option = asked.written.get(name, name) or None
        raise
    note(request.scope, job_id=job.job_id, pages=job.total)
    data = {
        "job_id": job.job_id,
        "status": job.state,
        "sitemap_url": job.plan.sitemap_url,
        "total_urls": job.total,
        "credits_reserved": job.total,
        "credits_remaining": credits_left(caller, spent=job.total),
        "status_url": f"{_PATH}/{job.job_id}/status",
    }
    return success(data, headers=ignored_header(asked.ignored))


def _asked(parameters: Parameters) -> BulkRequest | InvalidOption:
    try:
        return bulk_request(parameters, most_pages=composition.bulk_jobs().max_pages)
    except InvalidOption as error:
        return error


async def _status(request: Request, job_id: str) -> Response:
    caller = caller_of(request, await parameters_of(request))
    job = composition.bulk_jobs().get(caller, job_id)
    note(request.scope, job_id=job.job_id)
    return success(_shown(job))


def _shown(job: BulkJob) -> dict[str, object]:
    data: dict[str, object] = {
        "jobId": job.job_id,
        "status": job.state,
        "sitemapUrl": job.plan.sitemap_url,
        "progress": {
            "totalUrls": job.total,
            "processed": job.processed,
            "successful": job.successful,
            "failed": job.failed,
            "percentage": job.processed * 100 // job.total,
        },
        "credits": {
            "reserved": job.total,
            "used": 0 if job.state == "failed" else job.successful,
            "refunded": job.refunded,
        },
    }
    if job.archive is not None and job.expires_at is not None:
        data["download"] = {"expiresAt": timestamp(job.expires_at * 1000), "fileSize": job.archive.size}
    if job.error is not None:
        data["error"] = job.error
    return data


async def _download(request: Request, job_id: str) -> Response:
    caller = caller_of(request, await parameters_of(request))
    archive = composition.bulk_jobs().download(caller, job_id)
    note(request.scope, job_id=job_id)
    headers = {**SAFE_HEADERS, "Cache-Control": "no-store"}
    if archive.link is not None:
        return RedirectResponse(archive.link, 302, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{archive.file_name}"'
    return Response(archive.body, media_type="application/zip", headers=headers)

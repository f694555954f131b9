"""Bulk jobs: the list, the form for another one, and how far one has come."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from pagelapse import services as composition
from pagelapse.bulk.jobs import BulkJob
from pagelapse.capture.options import CaptureOptions, Viewport
from pagelapse.dialects import models
from pagelapse.dialects.request_log import note
from pagelapse.errors import PagelapseError
from pagelapse.observability import log_url
from pagelapse.web.access import Visit, go
from pagelapse.web.capture import Url
from pagelapse.web.failures import status_of
from pagelapse.web.rendering import data

JOBS = 30
"""In the list."""

PAGES_SHOWN = 150
"""Of a job: with more, the page's HTML would pass 100 KB."""

_ENDED = frozenset({"completed", "failed"})


class BulkForm(BaseModel):
    """The fields of the form."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    url: Url
    full_page: bool = False
    max_pages: int | None = Field(None, ge=1, le=1000)

    def options(self) -> CaptureOptions:
        """Of each page."""
        return CaptureOptions(
            url=self.url, viewport=Viewport(), type="jpeg", full_page=self.full_page, scroll=self.full_page
        )

    @property
    def source(self) -> dict[str, str]:
        """The sitemap, or the site whose sitemap is to be found."""
        return {"sitemap_url" if self.url.partition("?")[0].endswith((".xml", ".xml.gz")) else "site": self.url}


async def show(visit: Visit) -> Response:
    """The newest jobs."""
    return _page(visit)


async def create(visit: Visit) -> Response:
    """Begin another one."""
    jobs = composition.bulk_jobs()
    try:
        form = models.parse(BulkForm, visit.form)
        note(visit.request.scope, target=log_url(form.url))
        job = jobs.create(visit.caller, form.options(), max_pages=form.max_pages, **form.source)
    except PagelapseError as error:
        note(visit.request.scope, error=error.code, option=error.option)
        return _page(visit, error)
    note(visit.request.scope, job_id=job.job_id)
    return go(f"/app/bulk/{job.job_id}")


async def show_job(visit: Visit) -> Response:
    """One job and its pages."""
    jobs = composition.bulk_jobs()
    job = jobs.get(visit.caller, visit.request.path_params["job_id"])
    pages = jobs.pages(job)
    return visit.render(
        "bulk_job.html",
        job=job,
        text=progress_text(job),
        ended=job.state in _ENDED,
        pages=pages[:PAGES_SHOWN],
        link=composition.configurations().link,
    )


async def progress(visit: Visit) -> Response:
    """How far it has come, for the page's script."""
    job = composition.bulk_jobs().get(visit.caller, visit.request.path_params["job_id"])
    return data({"done": job.processed, "total": job.total, "text": progress_text(job), "ended": job.state in _ENDED})


async def download(visit: Visit) -> Response:
    """The archive, or the way to it."""
    found = composition.bulk_jobs().download(visit.caller, visit.request.path_params["job_id"])
    if found.body is None:
        return RedirectResponse(found.link or "/app/bulk", 302, headers={"Cache-Control": "no-store"})
    headers = {
        "Content-Disposition": f'attachment; filename="{found.file_name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found.body, media_type="application/zip", headers=headers)


def progress_text(job: BulkJob) -> str:
    """In words."""
    failed = f", {job.failed} failed" if job.failed else ""
    counts = f"{job.processed} of {job.total} pages{failed}"
    return {
        "pending": "waiting to begin",
        "processing": counts,
        "packaging": f"{counts}; packing the ZIP",
        "completed": f"{job.successful} of {job.total} pages captured",
        "failed": job.error or "failed",
    }[job.state]


def _page(visit: Visit, error: PagelapseError | None = None) -> Response:
    jobs = composition.bulk_jobs()
    return visit.render(
        "bulk.html",
        status_of(error) if error else 200,
        jobs=[(job, progress_text(job)) for job in jobs.recent(visit.caller, JOBS)],
        most=jobs.max_pages,
        form={"url": "", "full_page": False, "max_pages": ""} | dict(visit.form.values),
        error=error,
    )

"""The archive's `_manifest.json`: the job, and what became of each page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pagelapse.bulk.jobs import BulkJob, BulkPage


def manifest(job: BulkJob, pages: Sequence[BulkPage], names: Sequence[str], completed_at: float) -> bytes:
    """The manifest as JSON, UTF-8.

    Args:
        job: All of whose pages have ended.
        pages: In their order.
        names: Of the pages' files, relative to the archive's folder.
        completed_at: Unix time, seconds.
    """
    successful = sum(page.file is not None for page in pages)
    options = job.plan.options
    content: dict[str, Any] = {
        "jobId": job.job_id,
        "siteUrl": job.plan.site_url,
        "sitemapUrl": job.plan.sitemap_url,
        "createdAt": iso_time(job.created_at),
        "completedAt": iso_time(completed_at),
        "options": {
            "width": options.viewport.width,
            "height": options.viewport.height,
            "format": options.type,
            "fullPage": options.full_page,
        },
        "totalUrls": len(pages),
        "successful": successful,
        "failed": len(pages) - successful,
        "urls": [_entry(page, name) for page, name in zip(pages, names, strict=True)],
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8", errors="replace") + b"\n"


def iso_time(seconds: float) -> str:
    """Unix time as the vendor writes it: `2024-01-16T10:30:00.000Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _entry(page: BulkPage, name: str) -> dict[str, Any]:
    if page.file is None:
        return {"url": page.url, "file": None, "status": "failed", "error": page.error}
    file = page.file
    return {
        "url": page.url,
        "file": name,
        "status": "success",
        "error": None,
        "width": file.width,
        "height": file.height,
        "size": file.size,
    }

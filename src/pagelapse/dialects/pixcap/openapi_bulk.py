"""What Pixcap's bulk endpoints say about themselves in OpenAPI, generated from their parameters."""

from __future__ import annotations

from typing import Any

from pagelapse.dialects.pixcap.bulk_params import BulkOptionParams, BulkParams
from pagelapse.dialects.pixcap.openapi import FAILURES, operation

_STATE = {"enum": ["pending", "processing", "packaging", "completed", "failed"]}
_INTEGER = {"type": "integer"}
_TEXT = {"type": "string"}
_CREATED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "job_id": _TEXT,
        "status": _STATE,
        "sitemap_url": _TEXT,
        "total_urls": {"type": "integer", "description": "Pages that were found, at most `maxPages`."},
        "credits_reserved": {"type": "integer", "description": "Counted now; those of failed pages are given back."},
        "credits_remaining": _INTEGER,
        "status_url": {"type": "string", "description": "Path of the job's status."},
    },
}
_STATUS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "jobId": _TEXT,
        "status": _STATE,
        "sitemapUrl": _TEXT,
        "progress": {
            "type": "object",
            "properties": dict.fromkeys(("totalUrls", "processed", "successful", "failed", "percentage"), _INTEGER),
        },
        "credits": {"type": "object", "properties": dict.fromkeys(("reserved", "used", "refunded"), _INTEGER)},
        "download": {
            "type": "object",
            "description": "Once the job is completed.",
            "properties": {"expiresAt": {"type": "string", "format": "date-time"}, "fileSize": _INTEGER},
        },
        "error": {"type": "string", "description": "Why the job failed."},
    },
}


def create_operation() -> dict[str, Any]:
    """The operation object of a new job."""
    schema, options = _schema(BulkParams), _schema(BulkOptionParams)
    options["properties"].pop("url", None)
    schema["properties"]["options"] = {**options, "description": "Of all pages."}
    body = {"content": {"application/json": {"schema": schema}}}
    return {"requestBody": body} | operation(_CREATED, description="The job, whose pages are counted.")


def status_operation() -> dict[str, Any]:
    """The operation object of a job's status."""
    return _with_not_found(operation(_STATUS))


def download_operation() -> dict[str, Any]:
    """The operation object of a job's archive."""
    content = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    answers = {
        "200": {"description": "The archive.", "content": content},
        "302": {"description": "The archive is above 4 MB; it is at `Location`."},
        "409": {**FAILURES["400"], "description": "The job is not completed, or it failed."},
        "410": {**FAILURES["400"], "description": "The archive's 24 hours are over."},
    }
    return _with_not_found({"responses": answers | FAILURES})


def _with_not_found(described: dict[str, Any]) -> dict[str, Any]:
    described["responses"]["404"] = {**FAILURES["400"], "description": "The account has no such job."}
    return described


def _schema(model: type[BulkParams | BulkOptionParams]) -> dict[str, Any]:
    schema = model.model_json_schema()
    schema.pop("description", None)
    schema.pop("title", None)
    return schema

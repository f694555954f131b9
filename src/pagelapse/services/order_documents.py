"""A capture as our own API and its webhooks show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import JsonValue

from pagelapse.capture.jobs import Failure, StoredFile
from pagelapse.records import Order, OrderState

Link = Callable[[StoredFile], str]
Document = dict[str, JsonValue]

STATUSES: dict[OrderState, str] = {"queued": "queued", "processing": "running", "done": "done", "failed": "failed"}


CAPTURE_FIELDS = (
    "request",
    "watch",
    "created_at",
    "taken_at",
    "file",
    "thumbnail",
    "source",
    "page",
    "complete",
    "shortfall",
    "error",
)
"""Of a capture, besides what it is, its id and its status."""


def capture_event(order: Order, link: Link) -> Document:
    """What a webhook is posted of an order that has ended."""
    return {"type": f"capture.{STATUSES[order.state]}", "capture": capture_document(order, link)}


def capture_document(order: Order, link: Link) -> Document:
    """An order as a capture.

    Args:
        order: As it is now.
        link: The public link to a stored file.
    """
    result, request = order.picture, order.wishes.get("request")
    thumbnail = next(iter(order.thumbnails.values()), None)
    return {
        "object": "capture",
        "id": order.job_id,
        "status": STATUSES[order.state],
        "request": request if isinstance(request, dict) else {"url": order.wishes.get("url")},
        "watch": None,
        "created_at": iso_time(order.ordered_at_ms),
        "taken_at": iso_time(result.taken_at_ms) if result else None,
        "file": file_document(result.file, link) if result else None,
        "thumbnail": file_document(thumbnail, link) if thumbnail else None,
        "source": file_document(result.source, link) if result and result.source else None,
        "page": {"url": result.target.url, "status": result.target.status} if result else None,
        "complete": result.complete if result else None,
        "shortfall": result.shortfall if result else None,
        "error": failure_document(order.failure),
    }


def file_document(file: StoredFile, link: Link) -> Document:
    """A stored file: where it is, and what."""
    return {
        "url": link(file),
        "media_type": file.media_type,
        "size": file.size,
        "width": file.width,
        "height": file.height,
    }


def failure_document(failure: Failure | None) -> Document | None:
    """Why there is no picture."""
    if failure is None:
        return None
    return {"code": failure.code, "detail": failure.message, "parameter": failure.option}


def iso_time(milliseconds: int) -> str | None:
    """Unix time in milliseconds as RFC 3339 has it; `None` for 0, which is no time."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

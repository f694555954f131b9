"""Writing down what became of a capture, the same way whether somebody waited for it or not."""

from __future__ import annotations

from pagelapse.capture.jobs import CaptureReport, Failure, StoredFile, Target
from pagelapse.records import Picture
from pagelapse.services.ports import CaptureStore

_MAX_HEADERS_BYTES = 64_000
"""Of the target's answer; DynamoDB items end at 400 KB (AWS quota)."""


def record(captures: CaptureStore, report: CaptureReport, *, thumbnail_label: str | None = None) -> bool:
    """Record a report; repeated or out-of-date ones change nothing.

    Args:
        captures: Where to.
        report: What `snap` says.
        thumbnail_label: The size that the report's thumbnail was asked for in, where known.

    Returns:
        False when the report is of no attempt that still counts.
    """
    if report.file is None:
        failure = report.failure or Failure(code="capture_failed", message="The capture failed.")
        received = report.proxied_bytes
        return captures.fail(report.account_id, report.digest, report.job_id, failure, proxied_bytes=received)
    thumbnails: dict[str, StoredFile] = {}
    if thumbnail_label and report.thumbnail:
        thumbnails[thumbnail_label] = report.thumbnail
    return captures.finish(
        report.account_id,
        report.digest,
        picture_of(report, report.file),
        thumbnails,
        proxied_bytes=report.proxied_bytes,
    )


def picture_of(report: CaptureReport, file: StoredFile) -> Picture:
    """The picture that a successful report tells of."""
    target = report.target
    if sum(len(name) + len(value) for name, value in target.headers.items()) > _MAX_HEADERS_BYTES:
        target = Target(url=target.url, status=target.status)
    return Picture(
        job_id=report.job_id,
        file=file,
        taken_at_ms=report.taken_at_ms,
        target=target,
        complete=report.complete,
        shortfall=report.shortfall,
        text=report.text,
        ignored=report.ignored,
    )

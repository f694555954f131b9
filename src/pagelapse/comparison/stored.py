"""Carries out a comparison of two stored captures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pagelapse.capture.jobs import StoredFile
from pagelapse.comparison.compare import compare
from pagelapse.comparison.jobs import CompareJob, CompareReport, Source
from pagelapse.comparison.model import TextChanges
from pagelapse.comparison.pictures import decode
from pagelapse.comparison.texts import compare_texts

Read = Callable[[str], bytes]


class Store(Protocol):
    """Where the picture of what differs goes."""

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        """Store an object that never changes."""
        ...


def compare_stored(job: CompareJob, read: Read, store: Store) -> CompareReport:
    """Compare.

    Args:
        job: What.
        read: The bytes behind a link.
        store: See there.

    Raises:
        OSError: When something can't be read.
        ValueError: When a picture is none, or too large.
    """
    before, after = (decode(read(source.url)) for source in (job.before, job.after))
    found = compare(before, after, job.settings, job.before.ignored, job.after.ignored)
    text = _texts(job.before, job.after, read)
    if not found.difference.regions:
        return CompareReport(job_id=job.job_id, difference=found.difference, text=text)
    drawn = found.picture()
    key = f"{job.key_prefix}_diff.{drawn.extension}"
    store.put(key, drawn.body, media_type=drawn.media_type)
    sides = {"width": drawn.width, "height": drawn.height}
    diff = StoredFile(key=key, media_type=drawn.media_type, size=len(drawn.body), **sides)
    return CompareReport(job_id=job.job_id, difference=found.difference, text=text, diff=diff)


def _texts(before: Source, after: Source, read: Read) -> TextChanges | None:
    if before.text_url is None or after.text_url is None:
        return None
    earlier, later = (read(url).decode(errors="replace") for url in (before.text_url, after.text_url))
    return compare_texts(earlier, later)

"""A bulk job, its pages, and how far they have come. Times are Unix time, seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from pagelapse.capture.jobs import StoredFile
from pagelapse.capture.options import CaptureOptions

BulkState = Literal["pending", "processing", "packaging", "completed", "failed"]
PageState = Literal["waiting", "captured", "failed"]

_REPEATED = "_again"

DOWNLOAD_S = 86_400
"""How long a finished archive may be downloaded."""


class BulkPlan(BaseModel):
    """What is to be captured."""

    model_config = ConfigDict(frozen=True)

    site_url: str
    """The site's own address, which names the archive."""
    sitemap_url: str
    options: CaptureOptions
    """Of every page; each has its own url in its place."""


class Archive(BaseModel):
    """A finished archive."""

    model_config = ConfigDict(frozen=True)

    key: str
    """In the bucket; unguessable, and readable by a signed link only."""
    size: int
    """Bytes."""
    file_name: str


@dataclass(frozen=True, slots=True)
class BulkPage:
    """One page of a job."""

    number: int
    """Its place in the job, from 0."""
    url: str
    digest: str
    """Of its `CaptureOptions`."""
    key_prefix: str
    """Where its picture goes."""
    state: PageState = "waiting"
    repeated: bool = False
    """Its capture broke down once, and was queued again."""
    file: StoredFile | None = None
    error: str | None = None
    """Why there is no picture, for the caller."""


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """A page's picture, as reported."""

    number: int
    digest: str
    """Of the options that it was taken with."""
    file: StoredFile


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A job and its counts, which are exact at every moment: each page's end changes them in the same write."""

    account_id: str
    job_id: str
    plan: BulkPlan
    month: str
    """The usage month that the pages are counted in."""
    total: int
    created_at: float
    state: BulkState = "pending"
    successful: int = 0
    failed: int = 0
    queued: bool = False
    """All pages were queued, so only those that are lost need that again."""
    told: bool = False
    """The queue has been told that the pages are done."""
    due_at: int | None = None
    """When somebody must look whether it goes on; `None` once it is done."""
    attempts: int = 1
    """How often what it does now was begun."""
    seen: int = -1
    """Pages that had ended when somebody last looked."""
    archive: Archive | None = None
    ended_at: float | None = None
    error: str | None = None
    """Why the job failed, for the caller."""

    @property
    def processed(self) -> int:
        """Pages that have ended."""
        return self.successful + self.failed

    @property
    def refunded(self) -> int:
        """Captures given back: those of failed pages, and all of a failed job."""
        return self.total if self.state == "failed" else self.failed

    @property
    def expires_at(self) -> float | None:
        """When the archive is gone; `None` until it is there."""
        return None if self.archive is None or self.ended_at is None else self.ended_at + DOWNLOAD_S


def capture_id(job_id: str, number: int, *, repeated: bool = False) -> str:
    """The `CaptureJob.job_id` of a page; another one for its repetition, so that the reports can be told apart."""
    return f"{job_id}_{number}{_REPEATED if repeated else ''}"


def is_repetition(capture: str) -> bool:
    """Whether a `capture_id` is a repeated capture's."""
    return capture.endswith(_REPEATED)


def page_of(capture: str) -> tuple[str, int] | None:
    """The job's id and the page's number that a `capture_id` was made of; `None` when it was not."""
    job_id, _, number = capture.removesuffix(_REPEATED).partition("_")
    if not is_job_id(job_id) or not number.isdecimal() or not number.isascii() or len(number) > 9:
        return None
    return job_id, int(number)


def is_job_id(text: str) -> bool:
    """Whether a text has the form of a job's id."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False

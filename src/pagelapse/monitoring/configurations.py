"""Stored configurations, the jobs that capture them, and what the captures gave. Times are Unix time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

from pagelapse.capture.jobs import Area, Failure, StoredFile, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.monitoring.changes import Change, ChangeTarget
from pagelapse.monitoring.comparisons import Comparing, ComparisonSummary
from pagelapse.monitoring.schedules import Schedule

JobState = Literal["pending", "done", "failed"]
ComparingState = Literal["open", "telling"]


class Plan(BaseModel):
    """What a configuration asks for: the caller's own words, and what they mean."""

    model_config = ConfigDict(frozen=True)

    config: dict[str, JsonValue]
    """The caller's parameters, as given."""
    options: CaptureOptions
    thumbnail: ThumbnailSize
    schedule: Schedule | None = None
    placeholder_url: str | None = None
    """Shown until the first picture exists; `None` means our own."""
    change_targets: tuple[ChangeTarget, ...] = ()
    analysis_prompt: str | None = None
    """What an AI model is asked about each picture."""
    comparing: Comparing | None = None
    """How each picture is compared with the ones before it."""
    dialect: str = ""
    """Whose words `config` holds, where other APIs would not understand them."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A plan with its place in an account, and how far it has come."""

    account_id: str
    configuration_id: str
    plan: Plan
    revision: int = 0
    """Counts the changes of the plan, so that one made meanwhile is noticed."""
    next_run: int | None = None
    """Seconds; `None` without a schedule."""
    last_job_id: str = ""
    busy_until: float = 0
    """Seconds. Until then the last job is taken to be under way."""

    @property
    def created_at_ms(self) -> int:
        """Milliseconds, which a configuration's id begins with."""
        return UUID(self.configuration_id).int >> 80


class Analysis(BaseModel):
    """What an AI model is asked about a picture, and what became of it."""

    model_config = ConfigDict(frozen=True)

    prompt: str
    response: str | None = None
    failure: Failure | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is neither a response nor a failure yet."""
        return self.response is None and self.failure is None


class Screenshot(BaseModel):
    """One picture in an account's archive."""

    model_config = ConfigDict(frozen=True)

    configuration_id: str
    """Empty for a snap."""
    job_id: str
    file: StoredFile
    thumbnail: StoredFile | None = None
    taken_at_ms: int
    analysis: Analysis | None = None
    text: StoredFile | None = None
    """What can be read of the page, where its configuration compares texts."""
    ignored: tuple[Area, ...] = ()
    """What comparisons leave out of the picture."""
    comparison: ComparisonSummary | None = None
    """With the picture before it, once that is made; `adapters.comparison_store` has all of it."""

    def object_keys(self) -> list[str]:
        """Of all its files in the bucket."""
        files = [file.key for file in (self.file, self.thumbnail, self.text) if file]
        return [*files, self.comparison.diff_key] if self.comparison and self.comparison.diff_key else files


@dataclass(frozen=True, slots=True)
class Job:
    """One capture of a configuration."""

    account_id: str
    job_id: str
    configuration_id: str
    digest: str
    key_prefix: str
    overdue_at: int
    """Seconds. Without a report by then, it is queued again or given up."""
    attempts: int = 1
    state: JobState = "pending"
    screenshot: Screenshot | None = None
    failure: Failure | None = None
    undelivered: tuple[Change, ...] = ()
    """Changes that nobody may have been told of yet."""
    analysis_month: str | None = None
    """Set while the screenshot waits for its analysis: the month that this is counted in, empty until it is counted."""
    month: str = ""
    """The month that the capture is counted in from its beginning; empty when it is counted once it is recorded."""
    comparing: ComparingState | None = None
    """Set while the screenshot waits to be compared, or somebody to be told of what was found."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deleted configuration whose pictures and records are still to be removed."""

    account_id: str
    configuration_id: str


@dataclass(frozen=True, slots=True)
class Embed:
    """What the embed URL of a configuration shows."""

    account_id: str
    picture_key: str | None = None
    placeholder_url: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished capture changes, in one write."""

    screenshot: Screenshot
    changes: tuple[Change, ...] = ()
    texts: Mapping[str, str] | None = None
    """By `ChangeTarget.key`: what was seen now, where it differs from before."""
    seen: Mapping[str, str] | None = None
    """By the same key: what was last seen before, as read."""
    proxied_bytes: int = 0
    """Received through a real location's proxy."""
    compare: bool = False
    """The picture is to be compared with those before it."""


def new_configuration_id(now_ms: int | None = None) -> str:
    """A UUID of version 7 (RFC 9562, 5.7): ordered by its time, and unguessable with 74 random bits."""
    milliseconds = int(time.time() * 1000) if now_ms is None else now_ms
    return uuid_at(milliseconds, secrets.randbits(74))


def uuid_at(milliseconds: int, random_bits: int) -> str:
    """The UUID of version 7 with these milliseconds and these 74 other bits."""
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return str(UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low))


def is_configuration_id(text: str) -> bool:
    """Whether `text` could be an id that `new_configuration_id` gave."""
    try:
        parsed = UUID(text)
    except ValueError:
        return False
    return parsed.version == 7 and str(parsed) == text

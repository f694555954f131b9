"""A comparison that somebody waits for, as it travels between `api` and `snap`: `api` itself has no pictures' code."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pagelapse.capture.jobs import MAX_AREAS, Area, Failure, StoredFile
from pagelapse.comparison.model import Difference, Settings, TextChanges


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """One of two stored captures."""

    url: str
    """Presigned GET of the picture."""
    text_url: str | None = None
    """The same of what can be read of the page."""
    ignored: tuple[Area, ...] = Field(default=(), max_length=MAX_AREAS)


class CompareJob(_Frozen):
    """Compare two stored pictures, and where the picture of what differs goes."""

    kind: Literal["compare"] = "compare"
    job_id: str
    before: Source
    after: Source
    settings: Settings
    key_prefix: str


class CompareReport(_Frozen):
    """What became of a `CompareJob`. Exactly one of `difference` and `failure` is set."""

    job_id: str
    difference: Difference | None = None
    text: TextChanges | None = None
    diff: StoredFile | None = None
    """The picture that marks what differs; `None` when nothing does."""
    failure: Failure | None = None

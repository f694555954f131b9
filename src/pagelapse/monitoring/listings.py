"""Pages of the lists that an account can ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import Configuration, Screenshot

MAX_PAGE_RECORDS = 1000

Kind = Literal["configurations", "screenshots", "changes", "comparisons"]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of an account, or of one of its configurations."""

    kind: Kind
    account_id: str
    configuration_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    number: int = 1
    limit: int = MAX_PAGE_RECORDS
    after_ms: int | None = None
    """Only what was made later, Unix time in milliseconds."""
    before_ms: int | None = None
    descending: bool = True
    beyond: str | None = None
    """Only what comes before the record with this key, newest first, in the place of `number` and of times."""


FIRST = "~"
"""`Page.beyond` of the first page: after every key."""


def time_key(milliseconds: int) -> str:
    """Unix time in milliseconds as text that sorts like the number."""
    return f"{milliseconds:015d}"


def record_key(record: Configuration | Screenshot | Change | Comparison) -> str:
    """What a record is sorted by in its list."""
    if isinstance(record, Configuration):
        return record.configuration_id
    if isinstance(record, Screenshot | Comparison):
        return f"{time_key(record.taken_at_ms)}#{record.job_id}"
    return f"{time_key(record.sent_at_ms)}#{record.change_id}"

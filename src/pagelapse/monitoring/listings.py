"""Pages of the lists that an account can ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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

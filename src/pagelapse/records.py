"""What the table remembers, in the application's own terms. Times are Unix time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pagelapse.capture.jobs import Failure, StoredFile, Target

KeyKind = Literal["private", "publishable"]
RECORD_DAYS = 30
"""How long a capture is remembered; a longer ttl ends there."""

REQUEST_LIMIT = 1000
"""Requests per minute of an account (PagePixels' text, `rate_limit_exceeded`)."""

REVOKED_KEY_DAYS = 30
"""How long a key that its own account has revoked is remembered."""

CaptureState = Literal["pending", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Account:
    """A customer: limits, usage and pictures belong to it."""

    account_id: str
    name: str
    secret_token: str = field(repr=False)
    """Signs URLs together with a publishable key. In clear: an HMAC key can't be hashed (docs/adr)."""
    screenshot_limit: int | None = None
    """Captures per calendar month (UTC); `None` is unlimited."""
    created_at: int = 0
    suspended_at: int | None = None
    request_limit: int = REQUEST_LIMIT
    """Requests per minute."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the table knows it: its SHA-256, never its text."""

    account_id: str
    key_hash: str
    kind: KeyKind
    label: str = ""
    created_at: int = 0
    revoked_at: int | None = None

    @property
    def key_id(self) -> str:
        """Names the key in lists and for its revocation."""
        return self.key_hash[:12]


class Picture(BaseModel):
    """The last successful capture of some options."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    file: StoredFile
    taken_at_ms: int
    target: Target = Target()
    complete: bool = True
    shortfall: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """What is known about an account's captures of some options: the latest attempt and the last picture."""

    account_id: str
    digest: str
    claim: str
    """The latest attempt's job id. Only its holder may record what became of it."""
    state: CaptureState
    lease_until: float
    """Seconds. A pending attempt that is older was given up by its process and may be taken over."""
    month: str
    """The usage month that the attempt was counted in."""
    failure: Failure | None = None
    picture: Picture | None = None
    thumbnails: Mapping[str, StoredFile] = field(default_factory=dict)
    """Of `picture`, by `ThumbnailSize.label`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to take one capture, to be won in the table."""

    account_id: str
    digest: str
    job_id: str
    key_prefix: str
    month: str
    lease_until: float


@dataclass(frozen=True, slots=True)
class Lookup:
    """Everything that a request needs to know, read in one round trip."""

    account: Account | None = None
    key: ApiKey | None = None
    usage: int = 0
    record: CaptureRecord | None = None
    location_bytes: int = 0
    rate_until: float = 0
    """Seconds: when the requests charged so far would be paid for at the account's rate."""


def usage_month(now: float) -> str:
    """The calendar month (UTC) that usage at Unix time `now` counts in: `2026-11`."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m")

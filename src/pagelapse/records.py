"""What the table remembers, in the application's own terms. Times are Unix time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, JsonValue

from pagelapse.capture.jobs import Area, Failure, Inventory, StoredFile, Target, ThumbnailSize, Timings
from pagelapse.capture.options import CaptureOptions

KeyKind = Literal["private", "publishable"]
RETENTIONS = (1, 30)
"""Days, besides the bucket's usual ones, that pictures can be kept for: template.yaml has a rule for each of them."""

RECORD_DAYS = 30
"""How long a capture is remembered; a longer ttl ends there."""

REQUEST_LIMIT = 1000
"""Requests per minute of an account (PagePixels' text, `rate_limit_exceeded`)."""

REVOKED_KEY_DAYS = 30
"""How long a key that its own account has revoked is remembered."""

CaptureState = Literal["pending", "done", "failed"]
OrderState = Literal["queued", "processing", "done", "failed"]


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
    workers: int | None = None
    """Captures in progress at the same time that somebody waits for; `None` is unlimited."""
    signature_required: bool = False
    """Where a dialect has signatures, its requests need one, with a private key too."""
    allowed_networks: tuple[str, ...] = ()
    """In CIDR form: where its requests may come from; empty is anywhere."""
    allowed_origins: tuple[str, ...] = ()
    """`https://example.com`: whose pages may send them; empty is anybody's, and who is no page."""
    address_limit: int | None = None
    """Requests per minute from one address; `None` is unlimited."""


class Limits(TypedDict, total=False):
    """Limits of an account that are to be changed."""

    screenshot_limit: int | None
    """Captures per calendar month (UTC); `None` is unlimited."""
    request_limit: int
    """Requests per minute."""
    workers: int | None
    """Captures in progress at the same time that somebody waits for; `None` is unlimited."""
    signature_required: bool
    """Where a dialect has signatures, its requests need one, with a private key too."""
    allowed_networks: tuple[str, ...]
    """In CIDR form: where requests may come from; empty is anywhere."""
    allowed_origins: tuple[str, ...]
    """Whose pages may send them; empty is anybody's, and who is no page."""
    address_limit: int | None
    """Requests per minute from one address; `None` is unlimited."""


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
    text: StoredFile | None = None
    """What can be read of the page, where the options ask for it beside a picture."""
    ignored: tuple[Area, ...] = ()
    """Where the options' `ignored` elements are in the picture."""


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
    analyses: Mapping[str, str] = field(default_factory=dict)
    """What an AI model said about `picture`, by `services.analysis.prompt_key`."""
    has_worker: bool = False
    """Whether the latest attempt took one of the account's workers."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to take one capture, to be won in the table."""

    account_id: str
    digest: str
    job_id: str
    key_prefix: str
    month: str
    lease_until: float


def key_folder(retention_days: int | None) -> str:
    """Where pictures go that the bucket keeps for so long; `None` is as long as usual."""
    return "pictures/" if retention_days is None else f"pictures/{retention_days}d/"


def kept_days(key: str, usual: int) -> int:
    """How long the bucket keeps the picture with this key, given how long it usually does."""
    return next((min(days, usual) for days in RETENTIONS if key.startswith(key_folder(days))), usual)


@dataclass(frozen=True, slots=True)
class Standing:
    """An account and what it has used this month."""

    account: Account | None = None
    captures: int = 0
    location_bytes: int = 0


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


class Ordered(BaseModel):
    """What a finished order gave."""

    model_config = ConfigDict(frozen=True)

    file: StoredFile
    source: StoredFile | None = None
    """The rendered document, where the order asked for it."""
    text: StoredFile | None = None
    """What can be read of the page, likewise."""
    ignored: tuple[Area, ...] = ()
    """Where the options' `ignored` elements are in the picture."""
    taken_at_ms: int
    target: Target = Target()
    timings: Timings = Timings()
    complete: bool = True
    shortfall: str | None = None


class PictureExport(BaseModel):
    """A place in somebody's bucket that an order's picture, or the thumbnail made with it, is to be copied to."""

    model_config = ConfigDict(frozen=True)

    wishes: dict[str, JsonValue]
    """The same in the caller's own words."""
    bucket: str
    name: str | None = None
    """`None` is the order's number and `suffix`."""
    suffix: str = ""


class PictureCopy(BaseModel):
    """A copy of an order's picture, or of a thumbnail of it, at some other place."""

    model_config = ConfigDict(frozen=True)

    wishes: dict[str, JsonValue]
    """Where it was to go, in the caller's own words."""
    url: str | None = None
    """`None`: it could not be made."""

    def label(self) -> str:
        """The same for the same wishes, so that a copy replaces the one made before."""
        text = json.dumps(self.wishes, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Order:
    """A capture ordered for later, numbered within its account."""

    account_id: str
    number: int
    job_id: str
    """Begins with the number, so that a report finds its order."""
    digest: str
    key_prefix: str
    month: str
    """The usage month that it is counted in."""
    ordered_at_ms: int
    wishes: Mapping[str, JsonValue]
    """The caller's own words."""
    options: CaptureOptions | None = None
    """Until the order has ended."""
    thumbnail: ThumbnailSize | None = None
    """Made together with the picture."""
    export: PictureExport | None = None
    """Copied as soon as it is there."""
    state: OrderState = "queued"
    attempts: int = 1
    overdue_at: int = 0
    """Seconds. Without a report by then, it is queued again or given up."""
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
    result: Ordered | None = None
    inventory: Inventory | None = None
    failure: Failure | None = None
    thumbnails: Mapping[str, StoredFile] = field(default_factory=dict)
    """By `ThumbnailSize.label`."""
    copies: Mapping[str, PictureCopy] = field(default_factory=dict)
    share: str | None = None
    """The token of the page that shows the picture to everybody."""
    erased: frozenset[str] = frozenset()
    """The parts that were deleted: `picture`, `url`, `metadata`."""
    webhook: str | None = None
    """Where what became of it is posted."""

    @property
    def pending(self) -> bool:
        """Whether a report is still to come."""
        return self.state in ("queued", "processing")

    @property
    def picture(self) -> Ordered | None:
        """What the order gave, as long as its picture is there."""
        return None if "picture" in self.erased else self.result


@dataclass(frozen=True, slots=True)
class Remembered:
    """A request with an idempotency key, and its answer once there is one."""

    fingerprint: str
    status: int | None = None
    body: str = ""
    location: str | None = None


@dataclass(frozen=True, slots=True)
class SharedOrder:
    """What a share token leads to."""

    account_id: str
    number: int
    note: str = ""

"""What travels between `api`, the queues and `snap`: a job goes in, a report comes out. JSON by pydantic."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer, model_validator

from pagelapse.capture.options import CaptureOptions

MAX_INLINE_BYTES = 4_000_000
"""Largest file that a report carries in itself; base64 must fit Lambda's 6 MB reply."""

MAX_OBSERVED_BYTES = 10_000
"""UTF-8 bytes kept of an observed text."""

MAX_AREAS = 100
"""Rectangles that a report holds; further ones are left out."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Purpose = Literal["snap", "configuration", "order", "bulk"]
"""What a capture is for, so that its report finds its record: somebody who waits, a stored configuration, a capture
ordered for later, or a page of a bulk job."""


class Crop(_Frozen):
    """A part of a picture, px from its top left corner; `None` is the picture's own edge."""

    left: int = Field(default=0, ge=0, le=1_000_000)
    top: int = Field(default=0, ge=0, le=1_000_000)
    right: int | None = Field(default=None, ge=1, le=1_000_000)
    bottom: int | None = Field(default=None, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.right is not None and self.right <= self.left:
            raise ValueError("right must lie beyond left")
        if self.bottom is not None and self.bottom <= self.top:
            raise ValueError("bottom must lie beyond top")
        return self

    def label(self) -> str:
        """A short name, unique for the part."""
        return f"_{self.left}-{self.top}-{self.right or ''}-{self.bottom or ''}"


class ThumbnailSize(_Frozen):
    """How a thumbnail is made: a part is cut out, made smaller by `percent`, and brought into the box.

    The box is in px; a missing side follows the picture's ratio.
    """

    width: int | None = Field(default=None, ge=1, le=4000)
    height: int | None = Field(default=None, ge=1, le=4000)
    crop: Crop | None = None
    percent: float | None = Field(default=None, ge=1, le=100)
    fill: bool = False
    """Fill the whole box, cutting off what is beyond it, instead of fitting into it; needs both sides."""

    def label(self) -> str:
        """A short name, unique for the size: `320x`, `x200`, `320x200`, `320x200_fill`, `x_33pc`."""
        percent = f"_{self.percent:g}pc".replace(".", "-") if self.percent is not None else ""
        crop = self.crop.label() if self.crop else ""
        return f"{self.width or ''}x{self.height or ''}{'_fill' if self.fill else ''}{percent}{crop}"


class CaptureJob(_Frozen):
    """One capture for `snap`, and where its files go."""

    kind: Literal["capture"] = "capture"
    purpose: Purpose = "snap"
    job_id: str
    account_id: str
    options: CaptureOptions
    key_prefix: str
    """S3 key without its extension. Unguessable: whoever knows it may read the picture."""
    retention_days: int | None = None
    """How long the bucket keeps the files, where not as long as usual; see `record_digest`."""
    thumbnail: ThumbnailSize | None = None
    announce: bool = False
    """Send a `CaptureStarted` to the result queue when the capture begins."""
    inline: bool = False
    """Put the picture's bytes into the report as well, when they fit."""
    proxy: SecretStr | None = None
    """`http://` or `socks5://` URL of a proxy at the options' location. No `repr`, log or record shows it."""
    answer_by: float | None = None
    """Unix time, seconds, until which a caller waits; a later report goes to the result queue instead.

    `None`: nobody waits, the report always goes to the queue.
    """

    def record_digest(self) -> str:
        """What the job's record is found by; its report's `digest`."""
        return record_digest(self.options, self.retention_days)

    @field_serializer("proxy", when_used="json")
    def _disclose(self, proxy: SecretStr | None) -> str | None:
        return None if proxy is None else proxy.get_secret_value()


def record_digest(options: CaptureOptions, retention_days: int | None) -> str:
    """What the record of a capture is found by: pictures that are kept for other lengths of time share none."""
    return options.digest() if retention_days is None else f"{options.digest()}.{retention_days}d"


class ThumbnailJob(_Frozen):
    """Make a thumbnail of a picture that is stored already."""

    kind: Literal["thumbnail"] = "thumbnail"
    job_id: str
    source_url: str
    """Presigned GET of the picture: `snap` itself may read nothing."""
    key_prefix: str
    thumbnail: ThumbnailSize


Job = Annotated[CaptureJob | ThumbnailJob, Field(discriminator="kind")]


class StoredFile(_Frozen):
    """A file in the bucket; width and height in device px, absent for documents."""

    key: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


class Target(_Frozen):
    """What the page's server answered to the main document; empty for `html` captures."""

    url: str | None = None
    """After redirects."""
    status: int | None = None
    headers: dict[str, str] = {}


class Area(_Frozen):
    """A rectangle of a picture, device px from its top left corner."""

    x: int = Field(ge=0, le=1_000_000)
    y: int = Field(ge=0, le=1_000_000)
    width: int = Field(ge=1, le=1_000_000)
    height: int = Field(ge=1, le=1_000_000)


class Observation(_Frozen):
    """What an `actions.Observe` read."""

    action_index: int
    """The action's place in `CaptureOptions.actions`, counted from 1."""
    selector: str
    text: str | None
    """As shown, on one line and without control characters, at most `MAX_OBSERVED_BYTES`; `None`: no such element."""


class Timings(_Frozen):
    """When the page got how far; Unix time, milliseconds. `None`: it didn't, or nobody could tell."""

    started_at_ms: int | None = None
    content_at_ms: int | None = None
    """The document was parsed (`DOMContentLoaded`)."""
    loaded_at_ms: int | None = None


class Inventory(_Frozen):
    """What a page embeds: absolute http and https URLs, each once, in the document's order, at most 200 a kind."""

    images: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    stylesheets: tuple[str, ...] = ()
    embeds: tuple[str, ...] = ()
    applets: tuple[str, ...] = ()
    iframes: tuple[str, ...] = ()


class Failure(_Frozen):
    """The wire form of a `CaptureError`."""

    code: str
    message: str
    option: str | None = None


class CaptureStarted(_Frozen):
    """Says that a job's capture has begun."""

    kind: Literal["started"] = "started"
    job_id: str
    account_id: str
    purpose: Purpose
    started_at_ms: int
    """Unix time, milliseconds."""


class CaptureReport(_Frozen):
    """What became of a job. Exactly one of `file` and `failure` is set."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    job_id: str
    account_id: str
    purpose: Purpose = "snap"
    """As the job's."""
    digest: str
    """`CaptureJob.record_digest`, with which `results` finds the record."""
    file: StoredFile | None = None
    thumbnail: StoredFile | None = None
    body: bytes | None = None
    """The file's bytes, when the job asked for them inline and they fit; URL-safe base64 in JSON."""
    target: Target = Target()
    taken_at_ms: int = 0
    """Unix time, milliseconds."""
    complete: bool = True
    """False when the time budget ended first and this is the best picture so far."""
    shortfall: str | None = None
    """What was still missing then, for the log and the caller."""
    timings: Timings = Timings()
    inventory: Inventory | None = None
    """When the options ask for it."""
    source: StoredFile | None = None
    """The rendered document, when the options ask for it beside a picture."""
    text: StoredFile | None = None
    """What can be read of the page, when the options ask for it beside a picture."""
    ignored: tuple[Area, ...] = ()
    """Where the options' `ignored` elements are in the picture; at most `MAX_AREAS`."""
    duration_ms: int = 0
    proxied_bytes: int = 0
    """Received through a real location's proxy, whether or not the capture came to anything."""
    observations: tuple[Observation, ...] = ()
    """In the order of their actions."""
    failure: Failure | None = None


class ThumbnailReport(_Frozen):
    """What became of a `ThumbnailJob`."""

    job_id: str
    thumbnail: StoredFile | None = None
    failure: Failure | None = None

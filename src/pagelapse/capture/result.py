"""What a capture gives back."""

from __future__ import annotations

from dataclasses import dataclass, field

from pagelapse.capture.jobs import Area, Inventory, Observation, Target, Timings
from pagelapse.capture.options import ImageType, Output

MEDIA_TYPES: dict[str, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
}

DOCUMENTS: dict[Output, tuple[str, str]] = {
    "html": ("text/html; charset=utf-8", "html"),
    "text": ("text/plain; charset=utf-8", "txt"),
    "markdown": ("text/markdown; charset=utf-8", "md"),
    "pdf": ("application/pdf", "pdf"),
}
"""Media type and extension of what is no picture."""


@dataclass(frozen=True, slots=True)
class File:
    """Encoded bytes; width and height in device px, absent for documents."""

    body: bytes
    media_type: str
    extension: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """One finished capture.

    `shortfalls` says in the caller's words what was still missing when the time budget ended; empty when nothing was.
    """

    file: File
    target: Target
    taken_at_ms: int
    shortfalls: tuple[str, ...] = field(default=())
    observations: tuple[Observation, ...] = field(default=())
    timings: Timings = field(default=Timings())
    inventory: Inventory | None = None
    source: File | None = None
    text: File | None = None
    ignored: tuple[Area, ...] = field(default=())


def picture(body: bytes, image_type: ImageType, width: int, height: int) -> File:
    """Wrap an encoded picture."""
    extension = "jpg" if image_type == "jpeg" else image_type
    return File(body, MEDIA_TYPES[image_type], extension, width, height)


def document(output: Output, text: str) -> File:
    """Wrap a text; half a surrogate pair, which scripts can write and UTF-8 can't, becomes a question mark."""
    media_type, extension = DOCUMENTS[output]
    return File(text.encode(errors="replace"), media_type, extension)

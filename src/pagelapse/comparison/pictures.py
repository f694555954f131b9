"""Pictures in memory: decoded once, and made smaller where they would not fit."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from pagelapse.capture import images  # noqa: F401  # sets Pillow's limit to the largest picture that captures have

MAX_PIXELS = 40_000_000
"""That a picture is compared with, 160 MB in Pillow: 1280 by 31,000. Larger ones are halved until they have fewer."""

_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture's pixels, in RGB."""

    image: Image.Image
    width: int
    """Of the picture itself, as `height`."""
    height: int
    reduced: int = 1
    """How many of its pixels, on either side, are one of `image`."""
    noise: float = 0
    """The share of a channel's range by which its encoding may have changed a pixel near an edge."""

    def at(self, reduced: int) -> Decoded:
        """The same, made smaller to at least this."""
        if reduced <= self.reduced:
            return self
        return Decoded(self.image.reduce(reduced // self.reduced), self.width, self.height, reduced, self.noise)


def decode(body: bytes) -> Decoded:
    """The pixels of a JPEG, PNG, WebP or AVIF picture; what is transparent shows white.

    Raises:
        ValueError: When it is none of them, or broken.
    """
    try:
        with Image.open(BytesIO(body), formats=_FORMATS) as found:
            return _decoded(found)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("one is no JPEG, PNG, WebP or AVIF picture") from error


def _decoded(found: Image.Image) -> Decoded:
    width, height = found.size
    reduced = 1
    while width * height > MAX_PIXELS * reduced**2:
        reduced *= 2
    if reduced > 1:
        found.draft("RGB", (-(-width // reduced), -(-height // reduced)))
    done = max(1, round(width / found.width))
    whole = Decoded(_opaque(found), width, height, done, _noise(found))
    return whole.at(reduced)


def _noise(found: Image.Image) -> float:
    """By a JPEG picture's first table of divisors: all of them are 1 at quality 100, and 16 at 50."""
    tables = getattr(found, "quantization", None)
    return min(0.15, (tables[0][0] - 1) / 75) if tables else 0


def _opaque(found: Image.Image) -> Image.Image:
    if not found.has_transparency_data:
        return found.convert("RGB")
    transparent = found.convert("RGBA")
    white = Image.new("RGB", found.size, "white")
    white.paste(transparent, mask=transparent.getchannel("A"))
    return white

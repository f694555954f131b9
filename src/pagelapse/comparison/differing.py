"""The pixels that differ."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageChops

from pagelapse.comparison.masks import bands, largest, limit
from pagelapse.comparison.rows import Span


def differing(before: Image.Image, after: Image.Image, spans: Sequence[Span], tolerance: float) -> Image.Image:
    """A mask of the later picture: set where a channel differs by more than `tolerance` of its range.

    Args:
        before: RGB.
        after: RGB, of the same width.
        spans: Which rows to compare; all others stay unset.
        tolerance: 0 to 1.
    """
    lut = limit(tolerance * 255)
    mask = Image.new("L", after.size)
    for span in spans:
        moved = span.before_y - span.after_y
        for top, bottom in bands(span.after_y, span.after_y + span.height):
            earlier = before.crop((0, top + moved, after.width, bottom + moved))
            found = ImageChops.difference(earlier, after.crop((0, top, after.width, bottom)))
            if found.getbbox() is not None:
                mask.paste(largest(found).point(lut), (0, top))
    return mask

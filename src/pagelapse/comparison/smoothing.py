"""Tells what smoothed edges explain: text that lies a part of a pixel further, curves drawn a little otherwise.

A differing pixel is explained when both pictures have an edge there and either each picture's colour lies between those
around it in the other, and is a mixture in one of them, or the colours around it are the same on average: the ink has
moved, but there is as much of it.
"""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter

from pagelapse.comparison.masks import Box, around, bands, count, largest, limit, near

MOST_DENSE = 0.6
"""Share of a box's pixels. Edges are lines: where more than this differs, it is no matter of edges."""

UNEXPLAINED = 0.05
"""Share of a box's differing pixels that may be left unexplained for the box to count as explained."""

HOPELESS = 0.5
"""Share of a band's differing pixels that no edge explains: the rest of the box isn't looked at then."""

_TELLING = 200
"""Differing pixels of a band from which on that may be judged."""

BAND_ROWS = 256
CELL_PX = 8
_MARGIN = 2


def without_smoothing(
    mask: Image.Image, before: Image.Image, after: Image.Image, box: Box, moved: int, tolerance: float
) -> None:
    """Take out of `mask`, within `box`, what smoothing explains, but for what lies close to what it doesn't.

    Args:
        mask: Of the later picture; changed in place.
        before: RGB.
        after: RGB.
        box: Of the later picture.
        moved: Rows from the later picture's to the earlier one's.
        tolerance: As `model.Settings.tolerance`.
    """
    area = (box[2] - box[0]) * (box[3] - box[1])
    differing = count(mask.crop(box))
    if differing > MOST_DENSE * area:
        return
    left = []
    for top, bottom in bands(box[1], box[3], BAND_ROWS):
        part = (box[0], top, box[2], bottom)
        found = mask.crop(part)
        rest = ImageChops.subtract(found, _explained(before, after, part, moved, tolerance))
        if count(rest) > max(_TELLING, HOPELESS * count(found)):
            return
        left.append((part, rest))
    explained = sum(count(rest) for _, rest in left) <= UNEXPLAINED * differing
    for part, rest in left:
        if explained:
            mask.paste(0, part)
        else:
            mask.paste(ImageChops.darker(mask.crop(part), near(rest, CELL_PX)), part)


def _explained(before: Image.Image, after: Image.Image, box: Box, moved: int, tolerance: float) -> Image.Image:
    outer = _clamped(box, moved, before, after)
    earlier = before.crop((outer[0], outer[1] + moved, outer[2], outer[3] + moved))
    later = after.crop(outer)
    explained = _by_edges(earlier, later, tolerance * 255)
    inner = (box[0] - outer[0], box[1] - outer[1], box[2] - outer[0], box[3] - outer[1])
    return explained.crop(inner)


def _clamped(box: Box, moved: int, before: Image.Image, after: Image.Image) -> Box:
    """The box with the pixels around it, as far as both pictures have them."""
    top = max(0, -moved, box[1] - _MARGIN)
    bottom = min(after.height, before.height - moved, box[3] + _MARGIN)
    return max(0, box[0] - _MARGIN), min(box[1], top), min(after.width, box[2] + _MARGIN), max(box[3], bottom)


def _by_edges(earlier: Image.Image, later: Image.Image, edge: float) -> Image.Image:
    small = limit(edge / 2)
    ranges = [(around(image, ImageChops.darker), around(image, ImageChops.lighter)) for image in (earlier, later)]
    edges = [largest(ImageChops.subtract(high, low)).point(limit(edge)) for low, high in ranges]
    outside = ImageChops.lighter(_outside(later, *ranges[0]), _outside(earlier, *ranges[1]))
    mixed = ImageChops.lighter(_mixed(earlier, *ranges[0]), _mixed(later, *ranges[1])).point(small)
    between = ImageChops.darker(ImageChops.invert(outside.point(small)), mixed)
    means = [image.filter(ImageFilter.BoxBlur(1)) for image in (earlier, later)]
    as_much = ImageChops.invert(largest(ImageChops.difference(*means)).point(small))
    return ImageChops.darker(ImageChops.darker(*edges), ImageChops.lighter(between, as_much))


def _outside(image: Image.Image, low: Image.Image, high: Image.Image) -> Image.Image:
    """By how much a pixel lies outside of a range."""
    return largest(ImageChops.lighter(ImageChops.subtract(image, high), ImageChops.subtract(low, image)))


def _mixed(image: Image.Image, low: Image.Image, high: Image.Image) -> Image.Image:
    """By how much a pixel differs from both ends of the range around it."""
    return largest(ImageChops.darker(ImageChops.subtract(image, low), ImageChops.subtract(high, image)))

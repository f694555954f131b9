"""Masks: pictures in L whose pixels are 255 where something is so, and 0 elsewhere. Pillow loops over the pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce

from PIL import Image, ImageChops, ImageFilter

from pagelapse.capture.jobs import Area

SET = 255
BAND_ROWS = 1024
"""Rows that are worked on at a time, so that what is computed on the way needs little memory."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom."""

_NONZERO = [0, *(SET,) * 255]


def limit(value: float) -> list[int]:
    """A table for `Image.point`: set where a difference is above `value`."""
    return [SET if step > value else 0 for step in range(256)]


def largest(image: Image.Image) -> Image.Image:
    """The largest of each pixel's channels, in L."""
    return reduce(ImageChops.lighter, image.split())


def bands(top: int, bottom: int, rows: int = BAND_ROWS) -> Iterator[tuple[int, int]]:
    """The rows from `top` to `bottom` in pieces."""
    for start in range(top, bottom, rows):
        yield start, min(bottom, start + rows)


def count(mask: Image.Image) -> int:
    """How many pixels are set."""
    return mask.histogram()[SET]


def any_in_row(mask: Image.Image) -> bytes:
    """One byte per row: 1 when a pixel of it is set."""
    while mask.width > 1:
        mask = mask.reduce((min(mask.width, 64), 1)).point(_NONZERO)
    return mask.tobytes().replace(b"\xff", b"\x01")


def cells(mask: Image.Image, side: int) -> Image.Image:
    """A mask of squares: set where a pixel of the square is."""
    return mask.reduce(side).point(_NONZERO)


def near(mask: Image.Image, side: int) -> Image.Image:
    """A mask of the squares that hold a set pixel, and of those around them."""
    squares = cells(mask, side).filter(ImageFilter.MaxFilter(3))
    large = squares.resize((squares.width * side, squares.height * side), Image.Resampling.NEAREST)
    return large.crop((0, 0, *mask.size))


def around(image: Image.Image, pick: Callable[[Image.Image, Image.Image], Image.Image]) -> Image.Image:
    """The pick of each pixel and the eight around it, many times as fast as Pillow's rank filters.

    At the border it is the pick of those that are there.
    """
    across = pick(image, pick(_moved(image, 1, 0), _moved(image, -1, 0)))
    return pick(across, pick(_moved(across, 0, 1), _moved(across, 0, -1)))


def _moved(image: Image.Image, x: int, y: int) -> Image.Image:
    """The picture moved by a pixel; what it leaves open shows what was there."""
    moved = image.copy()
    part = image.crop((max(0, -x), max(0, -y), image.width - max(0, x), image.height - max(0, y)))
    moved.paste(part, (max(0, x), max(0, y)))
    return moved


def painted(size: tuple[int, int], areas: Sequence[Area]) -> Image.Image:
    """A mask that is set in the areas."""
    mask = Image.new("L", size)
    for area in areas:
        mask.paste(SET, box_of(area))
    return mask


def box_of(area: Area) -> Box:
    """The area's sides."""
    return area.x, area.y, area.x + area.width, area.y + area.height

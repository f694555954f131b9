"""Compares two pictures of a page: which parts differ, which rows came in and which went, and a picture of it all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

from pagelapse.capture.jobs import Area
from pagelapse.capture.result import File
from pagelapse.comparison.differing import differing
from pagelapse.comparison.marks import drawn, encoded
from pagelapse.comparison.masks import Box, any_in_row, count, painted
from pagelapse.comparison.model import MAX_REGIONS, Difference, Region, RegionKind, Settings
from pagelapse.comparison.pictures import Decoded
from pagelapse.comparison.regions import boxes
from pagelapse.comparison.rows import Span, before_row, in_place, moved
from pagelapse.comparison.smoothing import without_smoothing

FEW_ROWS = 0.1
"""Share of the rows that may differ without anybody looking for them elsewhere, when no picture is higher."""

SPECK_PIXELS = 6

_SLACK_PX = 32
"""Rows by which a block may stick out of an ignored area that has made it: blank rows could be of either."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison found, with what is needed to draw it."""

    difference: Difference
    _after: Image.Image
    _mask: Image.Image
    _regions: tuple[Region, ...]

    def drawing(self) -> Image.Image:
        """The same, not yet encoded."""
        return drawn(self._after, self._mask, self._regions)

    def picture(self) -> File:
        """The later picture, faded, with what differs marked."""
        return encoded(self.drawing())


@dataclass(frozen=True, slots=True)
class _Ignored:
    before: Sequence[Area]
    after: Sequence[Area]


def compare(
    before: Decoded,
    after: Decoded,
    settings: Settings,
    before_ignored: Sequence[Area] = (),
    after_ignored: Sequence[Area] = (),
) -> Found:
    """Compare two pictures.

    Args:
        before: The earlier one.
        after: The later one.
        settings: How.
        before_ignored: Parts of the earlier picture that are not looked at, besides the settings'.
        after_ignored: The same of the later one.
    """
    reduced = max(before.reduced, after.reduced)
    before, after = before.at(reduced), after.at(reduced)
    ignored = _Ignored(
        _reduced((*settings.ignore, *before_ignored), reduced), _reduced((*settings.ignore, *after_ignored), reduced)
    )
    earlier, later = _of_one_width(before.image, after.image)
    tolerance = min(1.0, settings.tolerance + max(before.noise, after.noise))
    spans, mask = _matched(earlier, later, tolerance)
    hidden = painted(later.size, [*_moved(ignored.before, spans), *ignored.after])
    mask = ImageChops.subtract(mask, hidden)
    if settings.anti_aliasing:
        _smooth(mask, earlier, later, spans, tolerance)
    if tolerance > settings.tolerance:
        _drop_specks(mask)
    blocks = _blocks(spans, earlier, later, ignored)
    regions = [*_changed(mask, spans), *blocks, *_columns(before.image, after.image)]
    rows = sum(span.height for span in spans) + sum(block.height + block.before_height for block in blocks)
    compared = max(0, later.width * rows - count(hidden)) + abs(before.width - after.width) // reduced * later.height
    pixels = count(mask) + sum(
        region.pixels for region in regions if region.kind != "changed" or region.x >= later.width
    )
    difference = _difference(after, regions, pixels, compared, settings.min_ratio)
    return Found(difference, after.image, mask, tuple(regions))


def _matched(before: Image.Image, after: Image.Image, tolerance: float) -> tuple[list[Span], Image.Image]:
    """Which rows are compared with each other, and the mask of what differs between them."""
    spans = in_place(before, after)
    mask = differing(before, after, spans, tolerance)
    rows = any_in_row(mask).count(1) + abs(before.height - after.height)
    if before.height == after.height and rows <= FEW_ROWS * after.height:
        return spans, mask
    found = moved(before, after, tolerance, rows)
    return (spans, mask) if found is None else (found, differing(before, after, found, tolerance))


def _of_one_width(before: Image.Image, after: Image.Image) -> tuple[Image.Image, Image.Image]:
    width = min(before.width, after.width)
    earlier, later = (
        image if image.width == width else image.crop((0, 0, width, image.height)) for image in (before, after)
    )
    return earlier, later


def _reduced(areas: Iterable[Area], by: int) -> list[Area]:
    if by == 1:
        return list(areas)
    return [Area(x=a.x // by, y=a.y // by, width=-(-a.width // by) + 1, height=-(-a.height // by) + 1) for a in areas]


def _moved(areas: Sequence[Area], spans: Sequence[Span]) -> Iterable[Area]:
    """Areas of the earlier picture, where they are in the later one."""
    for area in areas:
        for span in spans:
            top, bottom = max(area.y, span.before_y), min(area.y + area.height, span.before_y + span.height)
            if top < bottom:
                y = top - span.before_y + span.after_y
                yield Area(x=area.x, y=y, width=area.width, height=bottom - top)


def _smooth(
    mask: Image.Image, before: Image.Image, after: Image.Image, spans: Sequence[Span], tolerance: float
) -> None:
    for left, top, right, bottom in boxes(mask, MAX_REGIONS):
        for span in spans:
            first, last = max(top, span.after_y), min(bottom, span.after_y + span.height)
            if first < last:
                box = (left, first, right, last)
                without_smoothing(mask, before, after, box, span.before_y - span.after_y, tolerance)


def _drop_specks(mask: Image.Image) -> None:
    """Take out what is too small to be told from the noise of a JPEG picture."""
    for box in boxes(mask, MAX_REGIONS):
        if count(mask.crop(box)) <= SPECK_PIXELS:
            mask.paste(0, box)


def _changed(mask: Image.Image, spans: Sequence[Span]) -> list[Region]:
    regions = []
    for box in boxes(mask, MAX_REGIONS):
        before_y = before_row(spans, box[1])
        before_height = max(0, before_row(spans, box[3] - 1) + 1 - before_y)
        regions.append(_region("changed", box, before_y, before_height, count(mask.crop(box))))
    return regions


def _region(kind: RegionKind, box: Box, before_y: int, before_height: int, pixels: int) -> Region:
    left, top, right, bottom = box
    place = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return Region(kind=kind, **place, before_y=before_y, before_height=before_height, pixels=pixels)


def _blocks(spans: Sequence[Span], before: Image.Image, after: Image.Image, ignored: _Ignored) -> list[Region]:
    """The rows that came in and those that went, but for those that an ignored area has made or left."""
    blocks = []
    before_y = after_y = 0
    for span in (*spans, Span(before.height, after.height, 0)):
        came, went = span.after_y - after_y, span.before_y - before_y
        if came > 0 and not _made_by(ignored.after, after_y, span.after_y, after.height):
            box = (0, after_y, after.width, span.after_y)
            blocks.append(_region("inserted", box, before_y + went, 0, came * after.width))
        if went > 0 and not _made_by(ignored.before, before_y, span.before_y, before.height):
            box = (0, span.after_y, after.width, span.after_y)
            blocks.append(_region("removed", box, before_y, went, went * after.width))
        before_y, after_y = span.before_y + span.height, span.after_y + span.height
    return blocks


def _made_by(areas: Sequence[Area], top: int, bottom: int, height: int) -> bool:
    """Whether rows are there because of an ignored area that is not as good as the whole page."""
    return any(
        area.y - _SLACK_PX <= top and bottom <= area.y + area.height + _SLACK_PX and area.height <= height // 2
        for area in areas
    )


def _columns(before: Image.Image, after: Image.Image) -> list[Region]:
    """What one of the pictures is wider: there is nothing to compare it with."""
    if before.width == after.width:
        return []
    left, right = sorted((before.width, after.width))
    box = (left, 0, right, after.height)
    return [_region("changed", box, 0, before.height, (right - left) * after.height)]


def _difference(after: Decoded, regions: Sequence[Region], pixels: int, compared: int, min_ratio: float) -> Difference:
    ratio = min(1.0, pixels / compared) if compared else 0.0
    largest = sorted(regions, key=lambda region: region.pixels, reverse=True)[:MAX_REGIONS]
    shown = sorted((_enlarged(region, after) for region in largest), key=lambda region: (region.y, region.x))
    return Difference(
        changed=pixels > 0 and ratio > min_ratio,
        ratio=round(ratio, 6) or (1e-6 if pixels else 0.0),
        pixels=pixels * after.reduced**2,
        compared=compared * after.reduced**2,
        regions=tuple(shown),
        more_regions=len(regions) - len(shown),
        width=after.width,
        height=after.height,
        reduced=after.reduced,
    )


def _enlarged(region: Region, after: Decoded) -> Region:
    """The region in the pictures' own pixels."""
    by = after.reduced
    if by == 1:
        return region
    names = ("x", "y", "width", "height", "before_y", "before_height")
    place = {name: getattr(region, name) * by for name in names}
    return region.model_copy(update={**place, "pixels": region.pixels * by**2})

"""Boxes around what is close together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PIL import Image, ImageFilter

from pagelapse.comparison.masks import Box, cells

CELL_PX = 8
NEAR_CELLS = 2
"""Differences that are at most twice so many cells apart are one region."""

_FAR_CELLS = (NEAR_CELLS, 6)
_RUN = re.compile(rb"\xff+")


def boxes(mask: Image.Image, most: int) -> list[Box]:
    """Boxes around all that is set, as tight as can be; more is put into one box where there would be more than `most`.

    They may overlap, and there may still be more.
    """
    found: list[Box] = []
    if mask.getbbox() is None:
        return found
    squares = cells(mask, CELL_PX)
    for near in _FAR_CELLS:
        found = [_tight(mask, box) for box in _components(squares.filter(ImageFilter.MaxFilter(2 * near + 1)))]
        if len(found) <= most:
            break
    return found


def _tight(mask: Image.Image, box: Box) -> Box:
    """The box around what is set within a box of cells."""
    left, top = box[0] * CELL_PX, box[1] * CELL_PX
    right, bottom = min(mask.width, box[2] * CELL_PX), min(mask.height, box[3] * CELL_PX)
    inner = mask.crop((left, top, right, bottom)).getbbox()
    assert inner is not None  # noqa: S101 - a component holds a set cell, and a cell is set by a pixel
    return left + inner[0], top + inner[1], left + inner[2], top + inner[3]


def _components(squares: Image.Image) -> list[Box]:
    """Boxes around the connected parts, by runs of set cells: there are far fewer runs than cells."""
    parents: list[int] = []
    extents: list[Box] = []
    above: list[tuple[int, int, int]] = []
    for y, runs in enumerate(_runs(squares)):
        row: list[tuple[int, int, int]] = []
        for left, right in runs:
            label = len(parents)
            parents.append(label)
            extents.append((left, y, right, y + 1))
            for start, end, other in above:
                if start < right and left < end:
                    _unite(parents, label, other)
            row.append((left, right, label))
        above = row
    return _united(parents, extents)


def _runs(squares: Image.Image) -> Iterator[list[tuple[int, int]]]:
    data, width = squares.tobytes(), squares.width
    for start in range(0, len(data), width):
        yield [match.span() for match in _RUN.finditer(data[start : start + width])]


def _root(parents: list[int], label: int) -> int:
    while parents[label] != label:
        parents[label] = label = parents[parents[label]]
    return label


def _unite(parents: list[int], one: int, other: int) -> None:
    first, second = sorted((_root(parents, one), _root(parents, other)))
    parents[second] = first


def _united(parents: list[int], extents: list[Box]) -> list[Box]:
    whole: dict[int, Box] = {}
    for label, box in enumerate(extents):
        root = _root(parents, label)
        other = whole.get(root, box)
        whole[root] = min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])
    return list(whole.values())

"""Finds the rows of an earlier picture again in a later one, so that what a banner pushes down is not called changed.

Rows that look alike vote for how far they have moved. Each of the most wanted distances is then tried on the whole
picture, and the heaviest chain of unmoved or equally moved runs of rows, in order, is what both pictures have.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from PIL import Image, ImageChops

from pagelapse.comparison.masks import any_in_row, limit

MAX_DISTANCES = 24
MIN_VOTES = 6
MIN_RUN = 8
"""Rows. Shorter runs are as likely chance as they are the same."""

MAX_RUNS = 300
"""The longest ones, which a chain is made of."""

_COLUMNS = 16
_CONTEXT = 11
"""Rows below, which a row is recognised together with."""

_SWITCH = 3
"""What a chain must gain for another distance to be worth it, in rows that tell something."""

_RUN = re.compile(rb"\x00{%d,}" % MIN_RUN)


@dataclass(frozen=True, slots=True)
class Span:
    """Rows that are compared with each other: `height` of them, from these on."""

    before_y: int
    after_y: int
    height: int


@dataclass(frozen=True, slots=True)
class _Run:
    distance: int
    start: int
    end: int


def in_place(before: Image.Image, after: Image.Image) -> list[Span]:
    """Each row with the one in its place."""
    return [Span(0, 0, min(before.height, after.height))]


def moved(before: Image.Image, after: Image.Image, tolerance: float, differing: int) -> list[Span] | None:
    """Which rows to compare with each other where some have moved; `None` where that explains nothing.

    Args:
        before: The earlier picture.
        after: The later one, of the same width.
        tolerance: As `model.Settings.tolerance`.
        differing: How many rows differ from those in their place, or have none.
    """
    rows = _Rows(before.convert("L"), after.convert("L"), tolerance)
    runs = [run for distance in rows.distances() for run in rows.runs(distance)]
    runs = sorted(sorted(runs, key=rows.weight, reverse=True)[:MAX_RUNS], key=lambda run: (run.start, run.distance))
    chain = _chain(runs, rows)
    left = max(before.height, after.height) - sum(run.end - run.start for run in chain)
    return _with_gaps(chain, before.height, after.height) if left < differing else None


class _Rows:
    """Both pictures' rows, as far as the alignment looks at them."""

    def __init__(self, before: Image.Image, after: Image.Image, tolerance: float) -> None:
        self._before, self._after = (image.reduce((8, 1)) for image in (before, after))
        self._lut = limit(max(4.0, tolerance * 128))
        self._signs = [_signs(image) for image in (before, after)]
        telling = [int(one != other) for one, other in zip(self._signs[1], self._signs[1][1:], strict=False)]
        self._told = [0, *accumulate(telling, initial=1)]

    def distances(self) -> list[int]:
        """How far rows may have moved down, most wanted first."""
        before, after = (_unique(signs) for signs in self._signs)
        votes = Counter(after[sign] - y for sign, y in before.items() if sign in after)
        wanted = [distance for distance, count in votes.most_common(MAX_DISTANCES) if count >= MIN_VOTES]
        usual = (0, self._after.height - self._before.height)
        return [*wanted, *(distance for distance in dict.fromkeys(usual) if distance not in wanted)]

    def differing(self, distance: int) -> bytes:
        """One byte per row that both have at this distance: 1 when they differ, from the first such row on."""
        top, height = self._common(distance)
        width = self._after.width
        before = self._before.crop((0, top - distance, width, top - distance + height))
        after = self._after.crop((0, top, width, top + height))
        return any_in_row(ImageChops.difference(before, after).point(self._lut))

    def runs(self, distance: int) -> Iterable[_Run]:
        """The runs of rows that have moved by this."""
        top, height = self._common(distance)
        if height < MIN_RUN:
            return
        for match in _RUN.finditer(self.differing(distance)):
            yield _Run(distance, top + match.start(), top + match.end())

    def weight(self, run: _Run) -> int:
        """How much a run tells: rows that are like the one above them, as in white space, tell nothing."""
        return self._told[run.end] - self._told[run.start]

    def _common(self, distance: int) -> tuple[int, int]:
        top = max(0, distance)
        return top, max(0, min(self._after.height, self._before.height + distance) - top)


def _signs(image: Image.Image) -> list[bytes]:
    """What each row looks like, coarsely enough for a JPEG picture's noise not to matter in most rows."""
    coarse = image.reduce((max(1, image.width // _COLUMNS), 1)).point([value & 0xF0 for value in range(256)])
    data, width = coarse.tobytes(), coarse.width
    return [data[start : start + width] for start in range(0, len(data), width)]


def _unique(signs: Sequence[bytes]) -> dict[bytes, int]:
    """The rows, by what they and the one some rows below look like, that there is one of."""
    seen: dict[bytes, int] = {}
    for y, (sign, context) in enumerate(zip(signs, signs[_CONTEXT:], strict=False)):
        key = sign + context
        seen[key] = -1 if key in seen else y
    return {key: y for key, y in seen.items() if y >= 0}


def _chain(runs: Sequence[_Run], rows: _Rows) -> list[_Run]:
    """The heaviest sequence of runs that keeps the order of both pictures' rows; their ends are cut where they overlap.

    Each run is tried behind each of those before it.
    """
    best: list[tuple[int, int | None, _Run]] = []
    for run in runs:
        choice: tuple[int, int | None, _Run] = (rows.weight(run), None, run)
        for index, (weight, _, earlier) in enumerate(best):
            cut = _behind(run, earlier)
            if cut is None:
                continue
            cost = 0 if cut.distance == earlier.distance else _SWITCH
            if weight + rows.weight(cut) - cost > choice[0]:
                choice = (weight + rows.weight(cut) - cost, index, cut)
        best.append(choice)
    return _followed_back(best)


def _behind(run: _Run, earlier: _Run) -> _Run | None:
    """What of a run lies behind another one in both pictures."""
    start = max(run.start, earlier.end, earlier.end - earlier.distance + run.distance)
    return _Run(run.distance, start, run.end) if run.end - start >= MIN_RUN else None


def _followed_back(best: Sequence[tuple[int, int | None, _Run]]) -> list[_Run]:
    chain: list[_Run] = []
    at = max(range(len(best)), key=lambda index: best[index][0], default=None)
    while at is not None:
        _, at, run = best[at]
        chain.append(run)
    return chain[::-1]


def _with_gaps(chain: Sequence[_Run], before_height: int, after_height: int) -> list[Span]:
    """The chain's rows, and between them those that both pictures have something else in."""
    spans: list[Span] = []
    before_y = after_y = 0
    for run in (*chain, _Run(after_height - before_height, after_height, after_height)):
        between = min(run.start - run.distance - before_y, run.start - after_y)
        if between > 0:
            spans.append(Span(before_y, after_y, between))
        if run.end > run.start:
            spans.append(Span(run.start - run.distance, run.start, run.end - run.start))
        before_y, after_y = run.end - run.distance, run.end
    return _joined(spans)


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Neighbours at the same distance in one."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and (last.before_y + last.height, last.after_y + last.height) == (span.before_y, span.after_y):
            joined[-1] = Span(last.before_y, last.after_y, last.height + span.height)
        else:
            joined.append(span)
    return joined


def before_row(spans: Sequence[Span], after_y: int) -> int:
    """The row of the earlier picture that a row of the later one is compared with, or the next one below."""
    index = bisect_left([span.after_y + span.height for span in spans], after_y + 1)
    if index == len(spans):
        return spans[-1].before_y + spans[-1].height if spans else 0
    return spans[index].before_y + max(0, after_y - spans[index].after_y)

"""What a comparison is asked, and what it finds. All lengths are device px of the pictures, from their top left."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pagelapse.capture.jobs import Area

MAX_IGNORED = 100
MAX_REGIONS = 50
"""Of one comparison; where there are more, close ones are put together, and then the largest are kept."""

RegionKind = Literal["changed", "inserted", "removed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Settings(_Frozen):
    """How two pictures are compared."""

    tolerance: float = Field(default=0.1, ge=0, le=1)
    """The share of a colour channel's range by which a pixel may differ and still count as the same."""
    anti_aliasing: bool = True
    """Whether differences that smoothed edges and text shifted by less than a pixel explain count as none."""
    min_ratio: float = Field(default=0, ge=0, le=1)
    """The share of the compared pixels above which the page counts as changed."""
    ignore: tuple[Area, ...] = Field(default=(), max_length=MAX_IGNORED)
    """Parts of both pictures that are not looked at."""


class Region(_Frozen):
    """A part that differs: `x`, `y`, `width` and `height` in the later picture, the `before_` ones in the earlier.

    What was inserted has no height before, and what was removed has none now.
    """

    kind: RegionKind
    x: int
    y: int
    width: int
    height: int
    before_y: int
    before_height: int
    pixels: int
    """How many of the region's pixels differ; all of what was inserted or removed."""


class Difference(_Frozen):
    """What has changed between two pictures."""

    changed: bool
    """Whether `ratio` is above the settings' `min_ratio`."""
    ratio: float
    """Differing pixels among the compared ones, 0 to 1."""
    pixels: int
    """That differ. What was inserted and what was removed counts with all its pixels."""
    compared: int
    """Pixels that were looked at: those of both pictures' common rows and of what was inserted or removed, without
    what is ignored."""
    regions: tuple[Region, ...] = ()
    more_regions: int = 0
    """Regions that are left out here; their pixels are counted."""
    width: int
    """Of the later picture."""
    height: int
    reduced: int = 1
    """Pictures above `pictures.MAX_PIXELS` are compared at this fraction of their size; the lengths here are of the
    pictures themselves."""


class TextChanges(_Frozen):
    """What has changed between two texts of a page."""

    changed: bool
    added: int
    """Lines."""
    removed: int
    diff: str = ""
    """In the form of `diff -u` without file names, with two lines of context, cut at `texts.MAX_DIFF_LENGTH`."""
    truncated: bool = False
    """Whether `diff` was cut, or the texts were too long to be compared to their ends."""

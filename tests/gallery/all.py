"""The whole gallery."""

from __future__ import annotations

from tests.gallery import late, layouts, lazy, moving, scrollers
from tests.gallery.case import Case

GALLERY: tuple[Case, ...] = lazy.CASES + scrollers.CASES + layouts.CASES + late.CASES + moving.CASES


def titles(*, restless: bool) -> list[str]:
    """Names for the cases that never rest, or for the others; unique, fit for tests and captions."""
    return [case.name + case.query for case in GALLERY if case.restless == restless]

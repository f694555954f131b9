"""Every page of the gallery, judged by the checks that belong to it."""

from __future__ import annotations

import pytest
from tests.capture.conftest import Take
from tests.gallery.all import GALLERY, titles
from tests.gallery.case import Case
from tests.site.server import Site

from pagelapse.capture import blank, steps
from pagelapse.errors import PictureImpossible

pytestmark = pytest.mark.browser

RESTLESS_BUDGET_S = 12
"""Enough for a page that will use up whatever it is given."""


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a busy machine keeps too: what is tested is what is waited for, not how long it may take."""
    for name in ("QUIET_LIMIT_S", "REVEAL_LIMIT_S", "LOAD_LIMIT_S"):
        monkeypatch.setattr(steps, name, 40.0)
    monkeypatch.setattr(blank, "PATIENCE_S", 20.0)


def _wrong(take: Take, site: Site, case: Case, budget_s: float) -> list[str]:
    taken = take(url=site.url(case.path), budget_s=budget_s, **{"delay_ms": None, **case.asked()})
    return case.wrong(taken.file.body)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("case", [case for case in GALLERY if not case.restless], ids=titles(restless=False))
def test_a_hard_page_is_pictured_truly(take: Take, site: Site, case: Case) -> None:
    """Hard pages, imitating what sites do, come out as a person would expect."""
    assert _wrong(take, site, case, budget_s=120) == []


@pytest.mark.parametrize("case", [case for case in GALLERY if case.restless], ids=titles(restless=True))
def test_a_page_without_rest_is_pictured_as_it_is(take: Take, site: Site, case: Case) -> None:
    """Pages that never load, rest or get their fonts are pictured within their time, with what is there."""
    assert _wrong(take, site, case, budget_s=RESTLESS_BUDGET_S) == []


def test_a_font_that_never_comes_is_told(take: Take, site: Site) -> None:
    """A page whose fonts do not come is pictured in others after some seconds, and the caller told."""
    taken = take(url=site.url("/gallery/font-hangs.html"), delay_ms=None, budget_s=RESTLESS_BUDGET_S)
    assert taken.shortfalls == ("the fonts had not loaded",)


@pytest.mark.parametrize(("image_type", "limit"), [("jpeg", 65_500), ("webp", 16_383), ("avif", 65_536)])
def test_a_page_too_tall_for_its_format_is_refused(take: Take, site: Site, image_type: str, limit: int) -> None:
    """A page that its format can't hold is refused with the limit, never given as 0 bytes."""
    with pytest.raises(PictureImpossible, match=f"{image_type} holds at most {limit}"):
        take(
            url=site.url("/gallery/tall.html?rows=66"),
            type=image_type, full_page=True, viewport={"width": 200, "height": 600},
        )  # fmt: skip

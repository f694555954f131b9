"""Every page of the gallery, judged by the checks that belong to it."""

from __future__ import annotations

import pytest
from tests.capture.conftest import Take
from tests.gallery.all import GALLERY, titles
from tests.gallery.case import Case
from tests.site.server import Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("case", GALLERY, ids=titles())
def test_a_hard_page_is_pictured_truly(take: Take, site: Site, case: Case) -> None:
    """Hard pages, imitating what sites do, come out as a person would expect."""
    taken = take(url=site.url(case.path), **{"delay_ms": None, **case.asked()}, budget_s=12 if case.restless else 25)
    assert case.wrong(taken.file.body) == []
    assert case.restless or taken.shortfalls == ()

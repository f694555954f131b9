"""NX3, NX4: pages of the gallery over HTTP; all of it without a stack is in tests/capture/test_gallery.py."""

from __future__ import annotations

import pytest
from tests.e2e.savepage.conftest import Api
from tests.gallery import late, scrollers
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

CASES = {case.name: case for case in (*scrollers.CASES, *late.CASES)}


@pytest.mark.parametrize("name", ["app-shell", "blank-first"])
def test_hard_pages_over_http(api: Api, site: Site, name: str) -> None:
    """An app that scrolls inside comes whole, and a page that is empty at first with its content."""
    case = CASES[name]
    answer = api.get(site.url(case.path), width=800, height=600, fullpage="true", format="png")
    assert answer.status_code == 200
    assert case.wrong(answer.content) == []

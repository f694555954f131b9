"""Clicks at a point, and scripts that run right before the picture."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.capture.conftest import Take
from tests.pixels import GREEN, pixel
from tests.site.server import Site

pytestmark = pytest.mark.browser

LAMP = "<body style='margin:0'><div style='width:300px;height:300px;background:#ff0000' {}></div>"


def _page(site: Site, body: str) -> str:
    return site.url(f"/html?body={quote(body)}")


def test_a_click_at_a_point(take: Take, site: Site) -> None:
    """A click lands on whatever is at the point, and nowhere else."""
    url = _page(site, LAMP.format("onclick=\"this.style.background='#00ff00'\""))
    click = {"type": "click_point", "x": 20, "y": 10}
    assert pixel(take(url=url, actions=[click]).file.body, 100, 100) == GREEN
    assert pixel(take(url=url, actions=[{**click, "x": 500}]).file.body, 100, 100) != GREEN


def test_a_link_at_a_point_is_followed_in_the_window(take: Take, site: Site) -> None:
    """A link that would open another window is followed in the one that is pictured."""
    url = _page(site, "<a target=_blank href='/members' style='position:fixed;inset:0'>in</a>")
    taken = take(url=url, actions=[{"type": "click_point", "x": 20, "y": 10}])
    assert taken.target.url == site.url("/members")


def test_last_scripts_see_the_finished_page(take: Take, site: Site) -> None:
    """They run when all waiting is over, in their order, and one that throws spoils none of the others."""
    scripts = [
        "late.style.background = '#0000ff'; missing()",
        "if (late.style.background === 'rgb(0, 0, 255)') late.style.background = '#00ff00'",
    ]
    taken = take(url=site.url("/late.html?after=300"), wait_for_selector="#late", last_scripts=scripts)
    assert pixel(taken.file.body, 100, 100) == GREEN


def test_an_endless_last_script_does_not_cost_the_picture(take: Take, site: Site) -> None:
    """A script that never ends is told of, and the picture is taken."""
    taken = take(url=_page(site, LAMP.format("")), last_scripts=["while (true);"], budget_s=15)
    assert "the last script had not ended" in taken.shortfalls
    assert taken.file.width == 1280

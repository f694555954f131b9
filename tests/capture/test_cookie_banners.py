"""Cookie banners as sites have them, by what their servers are told and by what the picture shows."""

from __future__ import annotations

import pytest
from tests.capture.conftest import Take
from tests.pixels import BLUE, GREEN, load, pixel
from tests.site.server import Site

pytestmark = pytest.mark.browser


def _colors(body: bytes) -> set[tuple[int, int, int]]:
    image = load(body)
    return {pixel(image, x, y) for x in (300, 640, 980) for y in (300, 550, 780)}


def _choices(site: Site) -> list[str]:
    return [seen.query["made"][0] for seen in site.seen("/choice")]


@pytest.mark.parametrize("page", ["onetrust", "cookiebot", "usercentrics", "french", "framed", "reloading"])
@pytest.mark.parametrize("choice", ["reject", "accept"])
def test_banner_is_answered_and_gone(take: Take, site: Site, page: str, choice: str) -> None:
    """A banner is answered as asked, by its own buttons, and is not in the picture."""
    taken = take(url=site.url(f"/banners/{page}.html"), cookie_banners=choice)
    assert _colors(taken.file.body) == {GREEN}
    assert set(_choices(site)) == {choice}
    assert taken.shortfalls == ()


def test_banner_is_kept_unless_asked_otherwise(take: Take, site: Site) -> None:
    """Without being asked, a capture leaves the banner alone."""
    assert _colors(take(url=site.url("/banners/french.html")).file.body) > {GREEN}
    assert _choices(site) == []


def test_banner_that_can_only_be_accepted_is_hidden(take: Take, site: Site) -> None:
    """Where nothing rejects, the banner and its shade are hidden without agreeing, and the page can be scrolled."""
    taken = take(url=site.url("/banners/modal.html"), cookie_banners="reject", full_page=True)
    assert _colors(taken.file.body) == {GREEN}
    assert load(taken.file.body).size[1] >= 3000
    assert _choices(site) == []


def test_banner_is_hidden_without_a_choice(take: Take, site: Site) -> None:
    """`hide` answers nothing."""
    taken = take(url=site.url("/banners/cookiebot.html"), cookie_banners="hide")
    assert (_colors(taken.file.body), _choices(site)) == ({GREEN}, [])


def test_late_banner_is_answered_too(take: Take, site: Site) -> None:
    """A banner that comes during the wait is answered before the picture."""
    taken = take(url=site.url("/banners/late.html"), cookie_banners="reject", delay_ms=1500)
    assert (_colors(taken.file.body), _choices(site)) == ({GREEN}, ["reject"])


@pytest.mark.parametrize("choice", ["reject", "accept", "hide"])
def test_other_dialogs_are_left_alone(take: Take, site: Site, choice: str) -> None:
    """A page's own dialogs are neither clicked nor hidden, even where they speak of cookies that are eaten."""
    image = load(take(url=site.url("/banners/none.html"), cookie_banners=choice).file.body)
    assert (pixel(image, 300, 550), pixel(image, 900, 550), _choices(site)) == (BLUE, BLUE, [])


def test_banner_is_hidden_without_scripts(take: Take, site: Site) -> None:
    """With the page's scripts off its banner is hidden."""
    taken = take(url=site.url("/banners/french.html"), cookie_banners="reject", java_script_enabled=False)
    assert _colors(taken.file.body) == {GREEN}

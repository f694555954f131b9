"""Cookie banners as sites have them, by what their servers are told and by what the picture shows."""

from __future__ import annotations

from urllib.parse import quote

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


HOME_MADE = {
    "english, in the flow": ("cookie-notice", "We use cookies to improve our site.", "Accept", "Decline"),
    "german": ("hinweis", "Wir verwenden Cookies und teilen Daten mit Partnern.", "Alle akzeptieren", "Nur notwendige"),
    "spanish": ("aviso", "Utilizamos cookies propias y de terceros para publicidad.", "Aceptar", "Rechazar"),
    "polish": ("rodo", "Nasza strona używa ciasteczek do analizy i reklam.", "Akceptuję", "Tylko niezbędne"),
    "japanese": ("bar", "当サイトではクッキーを利用して、サービスの向上に努めています。", "すべて許可", "すべて拒否"),
}


@pytest.mark.parametrize("name", HOME_MADE)
def test_home_made_banners(take: Take, site: Site, name: str) -> None:
    """Banners in several languages, over the page or in its flow, are rejected by what their buttons say."""
    kind, words, *labels = HOME_MADE[name]
    place = "" if kind == "cookie-notice" else "position:fixed;inset:auto 0 0 0;"
    buttons = "".join(
        f"<button onclick=\"tell('{made}');this.parentElement.remove()\">{label}</button>"
        for made, label in zip(("accept", "reject"), labels, strict=True)
    )
    body = (
        "<meta charset=utf-8><script src=/banners/tell.js></script><style>body{margin:0;background:#0f0}</style>"
        f"<div class={kind} style='{place}height:400px;background:#f00'>{words}<br>{buttons}</div>"
    )
    taken = take(url=site.url(f"/html?body={quote(body)}"), cookie_banners="reject")
    assert (_colors(taken.file.body), _choices(site)) == ({GREEN}, ["reject"])


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
    taken = take(url=site.url("/banners/late.html"), cookie_banners="reject", wait_for_selector=".notice, .answered")
    assert (_colors(taken.file.body), _choices(site)) == ({GREEN}, ["reject"])


@pytest.mark.parametrize("choice", ["reject", "accept", "hide"])
def test_other_dialogs_are_left_alone(take: Take, site: Site, choice: str) -> None:
    """A page's own dialogs, and what it writes about cookies, are neither clicked nor hidden."""
    body = take(url=site.url("/banners/none.html"), cookie_banners=choice).file.body
    assert [pixel(body, *point) for point in ((300, 190), (300, 550), (900, 550))] == [BLUE] * 3
    assert _choices(site) == []


def test_banner_is_hidden_without_scripts(take: Take, site: Site) -> None:
    """With the page's scripts off its banner is hidden."""
    taken = take(url=site.url("/banners/french.html"), cookie_banners="reject", java_script_enabled=False)
    assert _colors(taken.file.body) == {GREEN}

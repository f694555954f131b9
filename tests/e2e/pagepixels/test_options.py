"""PP6: every option of "Screenshot API Options", judged by pixels or by the requests that the page's server saw."""

from __future__ import annotations

import json
from urllib.parse import quote

import httpx
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.pixels import BLUE, GREEN, MAGENTA, RED, WHITE, YELLOW, Color, load, near, pixel
from tests.site.server import Seen, Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"
SENT = [
    [{"key": "X-One", "value": "1"}, {"key": "X-Two", "value": "2"}],
    json.dumps([{"key": "X-One", "value": "1"}, {"key": "X-Two", "value": "2"}]),
    {"X-One": "1", "X-Two": "2"},
]


def _facts(api: Api, site: Site, **options: object) -> dict[str, str]:
    """What a page sees in its browser with these options."""
    assert api.snap(site.url("/facts.html"), **{"wait": 1000, **options}).status_code == 200
    return {name: values[0] for name, values in site.seen("/report")[0].query.items()}


def _request(api: Api, site: Site, **options: object) -> Seen:
    """The page's request with these options."""
    assert api.post("/snap", {"url": site.url(PAGE), **options}).status_code == 200
    return site.seen(PAGE)[0]


def test_time_zone(api: Api, site: Site) -> None:
    """`time_zone` is the page's own."""
    assert _facts(api, site, time_zone="US/Eastern")["zone"] in ("US/Eastern", "America/New_York")


def test_selectors(api: Api, site: Site) -> None:
    """`selectors` pictures one element."""
    image = load(api.picture(site.url(PAGE), selectors="#hot"))
    assert (image.size, pixel(image, 100, 50)) == ((200, 100), BLUE)


def test_hover_on_selected(api: Api, site: Site) -> None:
    """`hover_on_selected` shows the element under the pointer."""
    assert pixel(api.picture(site.url(PAGE), selectors="#hot", hover_on_selected="true"), 100, 50) == GREEN


def test_wait(api: Api, site: Site) -> None:
    """What appears after 0.7 s is in the picture with the default wait; without any nothing late is waited for."""
    pictures = [api.picture(site.url(f"/late.html?after={after}"), wait=wait) for after, wait in ((700, ""), (5000, 0))]
    assert [pixel(picture, 100, 100) for picture in pictures] == [MAGENTA, WHITE]


def test_wait_for(api: Api, site: Site) -> None:
    """`wait_for` waits for an element, however late."""
    assert pixel(api.picture(site.url("/late.html"), wait_for="#late"), 100, 100) == MAGENTA


def test_fullpage(api: Api, site: Site) -> None:
    """`fullpage` pictures the whole page, and the default only the viewport."""
    whole, part = (load(api.picture(site.url("/tall.html"), fullpage=full, page_width=800)) for full in (True, False))
    assert part.size == (800, 1000)
    assert whole.size[1] > 5000


def test_page_width_and_page_height(api: Api, site: Site) -> None:
    """`page_width` and `page_height` are the page's viewport and the picture's size."""
    facts = _facts(api, site, page_width=414, page_height=736)
    assert (facts["width"], facts["height"]) == ("414", "736")
    assert load(api.picture(site.url(PAGE), page_width=414, page_height=736)).size == (414, 736)


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_image_format(api: Api, site: Site, image_format: str) -> None:
    """Each format is really that."""
    response = api.snap(site.url(PAGE), image_format=image_format)
    assert (load(response.content).format, response.headers["Content-Type"]) == (
        image_format.upper(),
        f"image/{image_format}",
    )


def test_quality(api: Api, site: Site) -> None:
    """A lower `quality` makes a smaller JPEG; the default is 100."""
    low, default, full = (len(api.snap(site.url(PAGE), quality=quality).content) for quality in (10, "", 100))
    assert low < default == full


def test_scale_factor(api: Api, site: Site) -> None:
    """`scale_factor=2` doubles both sides of the picture."""
    image = load(api.picture(site.url(PAGE), scale_factor=2, page_width=400, page_height=300))
    assert (image.size, pixel(image, 390, 190)) == ((800, 600), RED)


def test_css_inject(api: Api, site: Site) -> None:
    """`css_inject` styles the page."""
    assert pixel(api.picture(site.url(PAGE), css_inject="#red { background: #0000ff }"), 100, 50) == BLUE


def test_js_inject(api: Api, site: Site) -> None:
    """`js_inject` runs in the page."""
    script = "document.body.style.background = '#00ff00'"
    assert pixel(api.picture(site.url(PAGE), js_inject=script), 900, 600) == GREEN


@pytest.mark.parametrize("sent", [*SENT, "X-One: 1\nX-Two: 2"])
def test_headers(api: Api, site: Site, sent: object) -> None:
    """`headers` reach the page's server, whatever form they are sent in."""
    headers = _request(api, site, headers=sent).headers
    assert (headers.get("x-one"), headers.get("x-two")) == ("1", "2")


@pytest.mark.parametrize("sent", [*SENT, "X-One=1; X-Two=2"])
def test_cookies(api: Api, site: Site, sent: object) -> None:
    """`cookies` reach the page's server, whatever form they are sent in."""
    assert sorted(_request(api, site, cookies=sent).headers["cookie"].split("; ")) == ["X-One=1", "X-Two=2"]


def test_accept_language(api: Api, site: Site) -> None:
    """`accept_language` is what the server reads and what scripts see."""
    facts = _facts(api, site, accept_language="de-CH,de;q=0.9")
    assert site.seen("/facts.html")[0].headers["accept-language"] == "de-CH,de;q=0.9"
    assert facts["languages"].startswith("de")


def test_user_agent(api: Api, site: Site) -> None:
    """`user_agent` is what the server reads and what scripts see."""
    facts = _facts(api, site, user_agent="Tester/1.0")
    assert site.seen("/facts.html")[0].headers["user-agent"] == facts["agent"] == "Tester/1.0"


def test_location(api: Api, site: Site) -> None:
    """`latitude`, `longitude` and `accuracy` are where the page is told that it is; without them it is told nothing."""
    assert _facts(api, site, latitude=48.2, longitude=16.37, accuracy=25)["position"] == "48.2,16.37,25"


def test_no_location(api: Api, site: Site) -> None:
    """Without a location a page that asks for it is denied."""
    assert _facts(api, site)["position"] == "denied"


def test_disable_js(api: Api, site: Site) -> None:
    """`disable_js` leaves the page's scripts unrun."""
    assert pixel(api.picture(site.url("/scripts.html"), disable_js="true"), 50, 50) == RED


def test_disable_third_party_js(api: Api, site: Site) -> None:
    """`disable_third_party_js` runs the page's own scripts and does not even ask for others."""
    image = load(api.picture(site.url("/scripts.html"), disable_third_party_js="true", wait=300))
    assert [pixel(image, 50, y) for y in (50, 150, 250)] == [GREEN, GREEN, RED]
    assert [seen.query["id"] for seen in site.seen("/green.js")] == [["own"]]


def test_thumbnail_size(api: Api, site: Site) -> None:
    """`thumb_width` and `thumb_height` are the box that the thumbnail fits into."""
    sizes = []
    for box in ({"thumb_width": 192}, {"thumb_height": 50}, {"thumb_width": 192, "thumb_height": 50}):
        shot = api.snap(site.url(PAGE), json="true", **box).json()["screenshot"]
        thumbnail = load(httpx.get(shot["direct_thumbnail_link"]).content)
        assert near(pixel(thumbnail, 2, 1), RED, 40)
        sizes.append(thumbnail.size)
    assert sizes == [(192, 100), (96, 50), (96, 50)]


def test_cosmetic_options_change_nothing(api: Api, site: Site) -> None:
    """Titles, placeholders and an unused AI prompt are accepted, and share the picture of a snap without them."""
    api.snap(site.url(PAGE))
    extra = {
        "custom_title": "T",
        "custom_description": "D",
        "placeholder_url": "https://a.example/p.png",
        "ai_prompt": "?",
    }
    response = api.snap(site.url(PAGE), **extra)
    assert (response.status_code, response.headers["X-Pagelapse-Source"]) == (200, "cached")


@pytest.mark.parametrize(
    ("option", "listed", "kept"),
    [("no_ads", "https://ib.adnxs.com/ad.gif", BLUE), ("no_tracking", "http://www.google-analytics.com/x.gif", RED)],
)
def test_no_ads_and_no_tracking(api: Api, site: Site, option: str, listed: str, kept: Color) -> None:
    """`no_ads` and `no_tracking` take out what the real lists name: elements, and the places of what is blocked.

    A picture that merely fails to load keeps its place.
    """
    body = f"""
        <style>
          body {{ margin: 0; background: #00ff00 }}
          img, div {{ display: block; width: 200px; height: 100px }}
        </style>
        <img src="{listed}" style="background: #ff00ff">
        <div class="ad-slot" style="background: #ff0000"></div>
        <div id="top100counter" style="background: #0000ff"></div>
        <img src="/missing.png" style="background: #ffff00">"""
    picture = load(api.picture(site.url(f"/html?body={quote(body)}"), **{option: "true"}))
    assert [pixel(picture, 100, y) for y in (60, 160, 260)] == [kept, YELLOW, GREEN]


def test_no_cookie_banners(api: Api, site: Site) -> None:
    """`no_cookie_banners` rejects the banner and pictures the page without it."""
    picture = api.picture(site.url("/banners/onetrust.html"), no_cookie_banners="true", wait=500)
    assert pixel(picture, 600, 900) == GREEN
    assert [seen.query["made"] for seen in site.seen("/choice")] == [["reject"]]


@pytest.mark.parametrize(
    "option",
    [
        {"real_location": "USA"},
        {"analyze_image_with_ai": "true"},
    ],
)
def test_options_to_come_are_refused(api: Api, site: Site, option: dict[str, str]) -> None:
    """An option that is not built, or not configured, is refused by name, before the page is visited."""
    response = api.snap(site.url(PAGE), **option)
    assert (response.status_code, response.json()["error_code"]) == (400, "unexpected_error")
    assert response.json()["note"].startswith(next(iter(option)))
    assert site.requests == []

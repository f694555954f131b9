"""PX1 and PX2: pictures by GET and POST, through the deployed stack."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.e2e.pixcap.conftest import PATH, Api, until
from tests.pixels import BLUE, GREEN, RED, WHITE, load, near, pixel
from tests.site.server import Site

from pagelapse.adapters.table import RateWindowItem
from pagelapse.dialects.pixcap.limits import SCREENSHOT

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"
NOISE = (
    "<body style='margin:0'><canvas width=1600 height=1200></canvas><script>"
    "const c = document.querySelector('canvas').getContext('2d'), d = c.createImageData(1600, 1200);"
    "for (let i = 0; i < d.data.length; i++) d.data[i] = i % 4 == 3 ? 255 : Math.random() * 256;"
    "c.putImageData(d, 0, 0)</script>"
)


def _html(site: Site, body: str) -> str:
    return str(httpx.URL(site.url("/html"), params={"body": body}))


def test_quick_start(api: Api, site: Site) -> None:
    """The text's "Quick Start": the picture by GET, with its size, its time and the credits in the headers."""
    response = api.http.get(f"{PATH}?url={site.url(PAGE)}", headers=api.key)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
    image = load(response.content)
    assert (image.format, image.size) == ("PNG", (1280, 800))
    assert (pixel(image, 100, 50), pixel(image, 100, 150)) == (RED, BLUE)
    assert (response.headers["X-Screenshot-Width"], response.headers["X-Screenshot-Height"]) == ("1280", "800")
    assert 0 < int(response.headers["X-Response-Time"].removesuffix("ms")) < 40_000
    assert response.headers["X-Credits-Remaining"] == "99"
    assert (response.headers["X-RateLimit-Limit"], response.headers["X-RateLimit-Remaining"]) == ("60", "59")


def test_get_screenshot(api: Api, site: Site) -> None:
    """The text's "GET /screenshot", with the key in the query."""
    query = f"url={site.url(PAGE)}&width=1440&format=png&api_key={api.account.private_key}"
    assert load(api.http.get(f"{PATH}?{query}").content).size == (1440, 800)


def test_post_screenshot(api: Api, site: Site) -> None:
    """The text's "POST /screenshot": the picture as base64 among what is known about it."""
    body = {"url": site.url(PAGE), "width": 1920, "height": 1080, "format": "png", "fullPage": False}
    response = api.http.post(PATH, json=body, headers=api.key)
    answer = response.json()
    data, metadata = answer["data"], answer["data"]["metadata"]
    assert (answer.keys(), data.keys()) == ({"success", "data"}, {"image", "metadata", "credits_remaining"})
    image = load(base64.b64decode(data["image"], validate=True))
    assert (image.size, pixel(image, 100, 50)) == ((1920, 1080), RED)
    shown = {name: metadata[name] for name in ("url", "width", "height", "format")}
    assert shown == {"url": site.url(PAGE), "width": 1920, "height": 1080, "format": "png"}
    assert metadata.keys() - shown.keys() == {"responseTimeMs", "timestamp"}
    assert (answer["success"], data["credits_remaining"]) == (True, 99)


def test_jpeg_and_its_quality(api: Api, site: Site) -> None:
    """A JPEG is one, and a low quality makes it smaller."""
    noisy = _html(site, NOISE)
    good, bad = (api.picture(noisy, format="jpeg", quality=quality, delay=100) for quality in (95, 5))
    assert load(bad).format == "JPEG"
    assert len(bad) < len(good) / 2
    assert near(pixel(api.picture(site.url(PAGE), format="jpeg"), 100, 50), RED)


def test_full_page_and_scale(api: Api, site: Site) -> None:
    """`full_page` pictures the whole page, and `scale` multiplies its pixels, as the headers say."""
    response = api.get(site.url("/tall.html"), fullPage="true", scale=2, width=400)
    image = load(response.content)
    assert image.size[0] == 800
    assert image.size[1] > 10_000
    assert image.size == (int(response.headers["X-Screenshot-Width"]), int(response.headers["X-Screenshot-Height"]))


def test_selector(api: Api, site: Site) -> None:
    """`selector` pictures one element."""
    image = load(api.picture(site.url(PAGE), selector="#hot"))
    assert (image.size, pixel(image, 100, 50)) == ((200, 100), BLUE)


def test_dark_mode(api: Api, site: Site) -> None:
    """`dark_mode` shows a page as those see it who prefer dark colours; the default is light."""
    page = _html(site, "<style>body{background:#f00}@media (prefers-color-scheme:dark){body{background:#0f0}}</style>")
    assert pixel(api.picture(page, dark_mode="true"), 600, 400) == GREEN
    assert pixel(base64.b64decode(api.post(page).json()["data"]["image"]), 600, 400) == RED


def test_setting_cookies(api: Api, site: Site) -> None:
    """The text's "Setting Cookies": the page's server gets those of its own domain, and no others."""
    cookies = [
        {"name": "session", "value": "member", "domain": "127.0.0.1"},
        {"name": "auth_token", "value": "Bearer_token_here", "path": "/"},
        {"name": "elsewhere", "value": "1", "path": "/private"},
    ]
    answer = api.post(site.url("/members"), cookies=cookies).json()
    assert pixel(base64.b64decode(answer["data"]["image"]), 1000, 700) == GREEN
    sent = site.seen("/members")[0].headers["cookie"].split("; ")
    assert sorted(sent) == ["auth_token=Bearer_token_here", "session=member"]


def test_blocking_elements(api: Api, site: Site) -> None:
    """The text's "Blocking Elements": they are not in the picture, and their places are empty."""
    page = _html(
        site,
        "<style>body{margin:0}.cookie-banner,[data-testid]{position:fixed;left:0;width:100%;height:200px;"
        "background:#f00}[data-testid]{bottom:0}</style><div class=cookie-banner></div>"
        "<div data-testid='promo-banner'></div>",
    )
    blocked = [".cookie-banner", ".newsletter-popup", "#modal-overlay", "[data-testid='promo-banner']"]
    before = load(api.picture(page))
    after = load(base64.b64decode(api.post(page, blockSelectors=blocked).json()["data"]["image"]))
    assert (pixel(before, 600, 100), pixel(before, 600, 700)) == (RED, RED)
    assert (pixel(after, 600, 100), pixel(after, 600, 700)) == (WHITE, WHITE)
    partly = load(api.picture(page, block_selectors=".a, .cookie-banner"))
    assert (pixel(partly, 600, 100), pixel(partly, 600, 700)) == (WHITE, RED)


@pytest.mark.parametrize("page", ["onetrust", "cookiebot", "french"])
def test_dismissing_cookie_consent(api: Api, site: Site, page: str) -> None:
    """`dismiss_cookie_consent` clicks what agrees, on OneTrust, Cookiebot and home-made banners, and only that."""
    picture = api.picture(site.url(f"/banners/{page}.html"), dismiss_cookie_consent="true")
    assert (pixel(picture, 600, 500), pixel(picture, 600, 780)) == (GREEN, GREEN)
    assert [seen.query["made"] for seen in site.seen("/choice")] == [["accept"]]


def test_waiting_for_content(api: Api, site: Site) -> None:
    """The text's "Waiting for Content": what comes late is in the picture."""
    answer = api.post(site.url("/late.html"), waitForSelector="#late", delay=50).json()
    assert pixel(base64.b64decode(answer["data"]["image"]), 100, 100) == (255, 0, 255)


def test_a_picture_too_large_for_the_answer(api: Api, site: Site) -> None:
    """A picture above 4 MB is a redirect by GET, and a link in place of the image by POST."""
    noisy = _html(site, NOISE)
    redirect = api.get(noisy, width=1600, height=1200)
    data = api.post(noisy, width=1600, height=1200).json()["data"]
    assert (redirect.status_code, redirect.headers["X-Screenshot-Width"], data["image"]) == (302, "1600", None)
    for link in (redirect.headers["Location"], data["image_url"]):
        body = httpx.get(link).content
        assert len(body) > 4_000_000
        assert load(body).size == (1600, 1200)


def test_credits(api_with: Callable[[int], Api], site: Site) -> None:
    """Each picture costs a credit, a failed one none, and with none left nothing is captured."""
    api = api_with(3)
    assert [api.credits(site.url(PAGE)) for _ in range(2)] == [2, 1]
    assert api.get(site.url("/reset")).json()["error"]["code"] == "CAPTURE_ERROR"
    assert api.credits(site.url(PAGE)) == 0
    refused = api.get(site.url(PAGE))
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "INSUFFICIENT_CREDITS")
    assert len(site.seen(PAGE)) == 3


def test_equal_calls_at_one_moment_share_a_picture(api: Api, site: Site) -> None:
    """Equal calls at the same moment are one capture and one credit."""
    window = RateWindowItem.at(f"ACCOUNT#{api.account.account.account_id}", SCREENSHOT.name)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(api.picture, site.url("/held"))
        until(lambda: site.seen("/held"))
        second = pool.submit(api.picture, site.url("/held"))
        until(lambda: RateWindowItem.get(window.pk, window.sk, consistent_read=True).requests == 2)
        site.released.set()
        assert first.result() == second.result()
    assert len(site.seen("/held")) == 1
    assert api.credits(site.url(PAGE)) == 98


def test_errors_of_the_text(api: Api, site: Site) -> None:
    """Blocked, broken and failing targets, and a parameter out of range, in the vendor's form and with its codes."""
    asked = [
        (api.get("http://10.0.0.1/"), 400, "URL_BLOCKED"),
        (api.get("http://169.254.169.254/latest/meta-data/"), 400, "URL_BLOCKED"),
        (api.get("nonsense"), 400, "INVALID_URL"),
        (api.get(site.url("/reset")), 500, "CAPTURE_ERROR"),
        (api.get(site.url(PAGE), width=100), 400, "INVALID_PARAMETER"),
        (api.get(site.url(PAGE), dismissCookieConsent="perhaps"), 400, "INVALID_PARAMETER"),
        (api.http.get(PATH, params={"url": site.url(PAGE)}), 401, "API_KEY_REQUIRED"),
        (api.http.get(PATH, headers={"X-API-Key": "pix_your_api_key"}), 401, "INVALID_API_KEY"),
        (api.http.get(f"{PATH}/nowhere"), 404, "NOT_FOUND"),
    ]
    for response, status, code in asked:
        body = response.json()
        assert (response.status_code, body["success"], body["error"]["code"]) == (status, False, code)
        assert int(response.headers["X-RateLimit-Remaining"]) < int(response.headers["X-RateLimit-Limit"])
        assert int(response.headers["X-RateLimit-Reset"]) > 1_700_000_000

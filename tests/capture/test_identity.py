"""What the page and its server learn about the browser."""

from __future__ import annotations

import time

import pytest
from tests.capture.conftest import Take, either_tab
from tests.site.server import Seen, Site

pytestmark = [pytest.mark.browser, either_tab]


def _report(site: Site) -> Seen:
    deadline = time.monotonic() + 30
    while not site.seen("/report"):
        assert time.monotonic() < deadline, "the page did not report"
        time.sleep(0.02)
    return site.seen("/report")[0]


def test_page_is_told_zone_place_and_language(take: Take, site: Site) -> None:
    """Time zone, position and language reach the page; the languages reach the server too."""
    take(
        url=site.url("/facts.html"),
        timezone_id="Asia/Tokyo",
        geolocation={"latitude": 48.5, "longitude": 2.25, "accuracy": 30},
        accept_language="en;q=0.5, de-CH, de;q=0.8",
        user_agent="Pagelapse test",
        viewport={"width": 900, "height": 700},
        device_scale_factor=2,
        delay_ms=500,
    )
    told = {name: values[0] for name, values in _report(site).query.items()}
    assert told["zone"] == "Asia/Tokyo"
    assert told["position"] == "48.5,2.25,30"
    assert told["languages"] == "de-CH,de,en"
    assert told["agent"] == "Pagelapse test"
    assert (told["ratio"], told["width"], told["height"]) == ("2", "900", "700")
    page = site.seen("/facts.html")[0]
    assert page.headers["accept-language"] == "de-CH,de;q=0.9,en;q=0.8"
    assert page.headers["user-agent"] == "Pagelapse test"


def test_browser_does_not_say_that_it_is_headless(take: Take, site: Site) -> None:
    """By default servers and pages see an ordinary Chrome, in headers and in client hints."""
    take(url=site.url("/facts.html"), delay_ms=500)
    page = site.seen("/facts.html")[0]
    assert "Chrome/" in page.headers["user-agent"]
    assert "headless" not in str(page.headers).lower()
    assert "headless" not in _report(site).query["agent"][0].lower()
    assert _report(site).query["position"] == ["denied"]


def test_headers_go_to_the_pages_own_origin_only(take: Take, site: Site) -> None:
    """A token sent with the page does not reach another origin: not through sub-resources, not through redirects."""
    other = f"http://localhost:{site.port}"
    html = f"/redirect?to=/scripts.html&via={other}"
    headers = [{"name": "X-Token", "value": "secret"}, {"name": "User-Agent", "value": "mine"}]
    take(url=site.url(html), extra_http_headers=headers)
    own, foreign = sorted(site.seen("/green.js"), key=lambda seen: seen.headers["host"])
    assert own.headers["x-token"] == site.seen("/scripts.html")[0].headers["x-token"] == "secret"
    assert own.headers["user-agent"] == "mine"
    assert "x-token" not in foreign.headers

    site.requests.clear()
    take(url=site.url(f"/redirect?to={other}/simple.html"), extra_http_headers=headers)
    assert site.seen("/redirect")[0].headers["x-token"] == "secret"
    assert "x-token" not in site.seen("/simple.html")[0].headers


def test_cookies_are_the_pages_host_only(take: Take, site: Site) -> None:
    """Cookies go to the page's host, scripts can read them, and no other host or later capture gets them."""
    cookies = [{"name": "a", "value": "1"}, {"name": "b", "value": "x=y"}]
    take(url=site.url("/scripts.html"), cookies=cookies)
    own, foreign = sorted(site.seen("/green.js"), key=lambda seen: seen.headers["host"])
    assert own.headers["cookie"] == "a=1; b=x=y"
    assert "cookie" not in foreign.headers
    site.requests.clear()
    take(url=site.url("/scripts.html"))
    assert all("cookie" not in seen.headers for seen in site.requests)


def test_target_is_reported(take: Take, site: Site) -> None:
    """A capture tells the final address, the status and the headers of the page's own answer."""
    target = take(url=site.url("/redirect?to=/status%3Fcode=404")).target
    assert target.url == site.url("/status?code=404")
    assert target.status == 404
    assert target.headers["content-type"] == "text/html"

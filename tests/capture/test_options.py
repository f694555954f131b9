"""What captures can be asked for beside the picture's shape, judged by pixels and by what the page's server saw."""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import quote

import pytest
from tests.capture.conftest import Take
from tests.pixels import BLACK, BLUE, GREEN, RED, WHITE, load, pixel
from tests.site.server import Site

from pagelapse.errors import CaptureError

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 400, "height": 800}, "is_mobile": True, "has_touch": True}


def test_elements_are_hidden(take: Take, site: Site) -> None:
    """Elements to be hidden are not in the picture, and one selector that isn't CSS doesn't keep the others."""
    taken = take(url=site.url("/simple.html"), hide=["#red", "###", "a{} body{display:none", "h1", "#hot {"])
    assert pixel(taken.file.body, 100, 50) == BLUE


def test_injected_style_is_only_a_selector(take: Take, site: Site) -> None:
    """What comes with a selector, such as a rule of its own, is not applied."""
    hostile = ["h1{} body{background:#ff0000} p", "h1{}}body{background:#ff0000}", "h1,</style><b>", '"]);alert(1);([']
    assert pixel(take(url=site.url("/simple.html"), hide=hostile).file.body, 600, 600) == WHITE


def test_late_elements_are_hidden(take: Take, site: Site) -> None:
    """An element that appears after loading is hidden as well, also where a page's own policy forbids styles."""
    assert pixel(take(url=site.url("/late.html"), hide=["#late"], delay_ms=1500).file.body, 100, 100) == WHITE
    box = "document.body.innerHTML = '<div id=late style=\"display:block;background:#ff0000;height:90px\">'"
    assert pixel(take(url=site.url("/csp.html"), hide=["#late"], script=box).file.body, 20, 20) == WHITE


def test_elements_are_hidden_without_scripts_and_after_actions(take: Take, site: Site) -> None:
    """Hiding needs no JavaScript of the page's, and goes with the actions to the page that they lead to."""
    assert pixel(take(url=site.url("/simple.html"), hide=["#red"], java_script_enabled=False).file.body, 9, 9) == BLUE
    away = [{"type": "goto", "url": site.url("/simple.html")}]
    assert pixel(take(url=site.url("/late.html"), hide=["#red"], actions=away).file.body, 9, 9) == BLUE


def test_color_scheme(take: Take, site: Site) -> None:
    """A page sees light as the preferred colour scheme, or dark when asked for, whatever came before."""
    url = site.url("/scheme.html")
    schemes = ["light", "light", "light", "dark", "light"]
    taken = [pixel(take(url=url, color_scheme=scheme).file.body, 50, 50) for scheme in schemes]
    assert taken == [WHITE, WHITE, WHITE, BLACK, WHITE]


@pytest.mark.parametrize("full_page", [False, True])
def test_a_phones_screen_to_the_pixel(take: Take, site: Site, full_page: bool) -> None:
    """A page that is no phone's is pictured as large as the phone's screen, without a row or column of nothing."""
    screen = PHONE | {"viewport": {"width": 375, "height": 812}, "device_scale_factor": 3}
    made = take(url=site.url("/tall.html?rows=2" if full_page else "/simple.html"), **screen, full_page=full_page).file
    image = load(made.body)
    assert image.size == (made.width, made.height)
    assert image.width == 1125
    assert full_page or image.height == 2436
    assert not full_page or pixel(image, 1124, 50) == pixel(image, 1000, 50) != WHITE


def test_the_size_that_is_told_is_the_pictures(take: Take, site: Site) -> None:
    """Where a screen has half a pixel more, the size that is told is that of the picture."""
    screen = PHONE | {"viewport": {"width": 411, "height": 823}, "device_scale_factor": 3.5}
    made = take(url=site.url("/phone.html"), **screen).file
    assert load(made.body).size == (made.width, made.height)


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize(("shape", "height"), [({}, 800), ({"full_page": True}, 1200)])
@pytest.mark.parametrize(("page", "box"), [("phone", 100), ("desktop", 200)])
def test_phone(take: Take, site: Site, page: str, box: int, shape: dict[str, Any], height: int, scale: int) -> None:
    """A phone's picture is as wide as its screen, for pages made for phones and, zoomed out, for others."""
    taken = take(url=site.url(f"/{page}.html"), **PHONE, **shape, device_scale_factor=scale)
    image = load(taken.file.body)
    assert image.size == (400 * scale, height * scale) == (taken.file.width, taken.file.height)
    seen = [pixel(image, x * scale, y * scale) for x, y in ((195, box - 5), (205, box - 5), (10, box + 10), (395, 700))]
    assert seen == [RED, WHITE, GREEN, BLUE]


def test_element_on_a_phone(take: Take, site: Site) -> None:
    """An element is cut out of a zoomed-out page as large as the phone shows it."""
    image = load(take(url=site.url("/desktop.html"), **PHONE, device_scale_factor=2, selector="#box").file.body)
    assert image.size == (40, 80)
    assert pixel(image, 1, 1) == pixel(image, 38, 78) == GREEN


@pytest.mark.parametrize("scale", [1, 2])
def test_style_for_touch_screens(take: Take, scale: int) -> None:
    """What a page's style keeps for touch screens is in the picture of a window that has one."""
    html = "<style>@media (pointer: coarse) and (hover: none) { body { background: #00ff00 } }</style>"
    assert pixel(take(html=html, has_touch=True, device_scale_factor=scale).file.body, 50, 50) == GREEN


def test_neither_phone_nor_touch(take: Take, site: Site) -> None:
    """Unasked, a window is a desktop's, and a page finds no touch screen, whatever came before."""
    size = {"viewport": PHONE["viewport"]}
    for _ in range(3):
        take(url=site.url("/phone.html"), **PHONE)
    assert pixel(take(url=site.url("/phone.html"), **size).file.body, 10, 150) == RED
    assert pixel(take(url=site.url("/desktop.html"), **size).file.body, 195, 400) == RED


def test_cookies_for_domains_and_paths(take: Take, site: Site) -> None:
    """A cookie for a path is sent there only; without one it is sent to every path of the host."""
    cookies = [
        {"name": "all", "value": "1"},
        {"name": "own", "value": "2", "domain": "127.0.0.1"},
        {"name": "deep", "value": "3", "path": "/scripts.html"},
    ]
    take(url=site.url("/scripts.html"), cookies=cookies)
    own, foreign = sorted(site.seen("/green.js"), key=lambda seen: seen.headers["host"])
    assert sorted(site.seen("/scripts.html")[0].headers["cookie"].split("; ")) == ["all=1", "deep=3", "own=2"]
    assert sorted(own.headers["cookie"].split("; ")) == ["all=1", "own=2"]
    assert "cookie" not in foreign.headers


def test_cookies_for_a_domain(take: Take, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cookie for a parent domain is sent to its other hosts as well, and one for the host is not."""
    resolve = socket.getaddrinfo

    def resolving(host: str, port: int, *more: Any, **named: Any) -> Any:
        return resolve("127.0.0.1" if host.endswith("shop.example") else host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolving)
    picture = f"<img src='http://cdn.shop.example:{site.port}/png'>"
    cookies = [{"name": "host", "value": "1"}, {"name": "shop", "value": "2", "domain": "shop.example"}]
    take(url=f"http://www.shop.example:{site.port}/html?body={quote(picture)}", cookies=cookies)
    assert sorted(site.seen("/html")[0].headers["cookie"].split("; ")) == ["host=1", "shop=2"]
    assert site.seen("/png")[0].headers["cookie"] == "shop=2"


@pytest.mark.parametrize("domain", ["localhost", "0.0.1", "com", ".", "127.0.0.1.example.com"])
def test_cookies_for_others_are_refused(take: Take, site: Site, domain: str) -> None:
    """A cookie that the page's server could not set is an error that names it, before the page is opened."""
    with pytest.raises(CaptureError, match="the cookie token ") as caught:
        take(url=site.url("/simple.html"), cookies=[{"name": "token", "value": "x", "domain": domain}])
    assert (caught.value.option, site.requests) == ("cookies", [])


def test_referer(take: Take, site: Site) -> None:
    """The page's own request says where the caller says that it comes from."""
    take(url=site.url("/simple.html"), referer="https://example.com/from?a=b")
    assert site.seen("/simple.html")[0].headers["referer"] == "https://example.com/from?a=b"


@pytest.mark.parametrize(
    ("until", "colors"), [("domcontentloaded", [RED, RED]), ("load", [GREEN, RED]), ("networkidle", [GREEN, GREEN])]
)
def test_event_to_wait_for(take: Take, site: Site, until: str, colors: list[tuple[int, int, int]]) -> None:
    """A page counts as loaded once its document is parsed, its resources are there, or its network is quiet."""
    source = """<style>body{margin:0;background:#ff0000}p{margin:0;height:100px}</style><p><p id=late>
    <script>
      onload = () => {
        document.querySelector('p').style.background = '#00ff00';
        const color = () => { document.querySelector('#late').style.background = '#00ff00' };
        fetch('/slow?s=0.4').then(answer => answer.text()).then(color);
      };
    </script><img src='/slow?s=0.6'>"""
    taken = take(url=site.url(f"/html?body={quote(source)}"), wait_until=until)
    assert [pixel(taken.file.body, 9, y) for y in (50, 150)] == colors
    assert taken.shortfalls == ()


def test_network_that_is_never_quiet_costs_its_own_time_only(take: Take, site: Site) -> None:
    """A page that never stops asking is pictured within the time, and the caller is told."""
    started = time.monotonic()
    taken = take(html=f"<body bgcolor=red><img src={site.url('/never')}>", wait_until="networkidle", budget_s=8)
    assert time.monotonic() - started < 8
    assert pixel(taken.file.body, 50, 50) == RED
    assert len(taken.shortfalls) == 1


def test_scrolling_through_a_page_that_is_not_pictured_whole(take: Take, site: Site) -> None:
    """Asked to scroll, a capture of the window has loaded what lies below it."""
    take(url=site.url("/tall.html"))
    assert len(site.seen("/png")) < 5
    site.requests.clear()
    assert load(take(url=site.url("/tall.html"), scroll=True).file.body).size == (1280, 800)
    assert len(site.seen("/png")) == 5


def test_opening_by_post(take: Take, site: Site) -> None:
    """A page is opened by POST, with the caller's body as a form, its origin's headers and its referer."""
    headers = [{"name": "X-Token", "value": "secret"}]
    taken = take(
        url=site.url("/simple.html"), post_data="a=1&b=%C3%BC", extra_http_headers=headers, referer="http://x.example/"
    )
    page = site.requests[0]
    assert (page.method, page.body, page.path) == ("POST", b"a=1&b=%C3%BC", "/simple.html")
    assert page.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (page.headers["x-token"], page.headers["referer"]) == ("secret", "http://x.example/")
    assert (taken.target.status, pixel(taken.file.body, 100, 50)) == (200, RED)


def test_only_the_page_itself_is_posted_to(take: Take, site: Site) -> None:
    """Frames, resources and the pages that actions lead to are asked for as ever; an empty body is a body."""
    frames = site.url("/frames.html")
    take(url=frames, post_data="", actions=[{"type": "goto", "url": site.url("/simple.html")}])
    assert [(seen.method, seen.path, seen.body) for seen in site.requests] == [
        ("POST", "/frames.html", b""), ("GET", "/simple.html", b""), ("GET", "/simple.html", b""),
    ]  # fmt: skip


@pytest.mark.parametrize(("status", "method", "body"), [(302, "GET", b""), (303, "GET", b""), (307, "POST", b"a=1")])
def test_redirected_post(take: Take, site: Site, status: int, method: str, body: bytes) -> None:
    """A redirect after the POST goes on as browsers go on: by GET, or with the body where the server wants that."""
    taken = take(url=site.url(f"/redirect?to=/simple.html&status={status}"), post_data="a=1")
    assert [(seen.method, seen.body) for seen in site.requests] == [("POST", b"a=1"), (method, body)]
    assert pixel(taken.file.body, 100, 50) == RED


ADA = {"username": "ada", "password": "secret"}


def test_password(take: Take, site: Site) -> None:
    """A page behind HTTP authentication opens with the right password, and shows its refusal with a wrong one."""
    taken = take(url=site.url("/private"), http_credentials=ADA)
    assert (taken.target.status, pixel(taken.file.body, 50, 50)) == (200, GREEN)
    wrong = take(url=site.url("/private"), http_credentials={**ADA, "password": "guess"})
    assert (wrong.target.status, pixel(wrong.file.body, 50, 50)) == (401, RED)
    assert take(url=site.url("/private")).target.status == 401


def test_password_is_for_the_pages_own_origin_only(take: Take, site: Site) -> None:
    """Neither a redirect to another origin nor a frame or an image of one gets the password."""
    other = f"http://localhost:{site.port}/private"
    taken = take(url=site.url(f"/redirect?to={quote(other)}"), http_credentials=ADA)
    assert (taken.target.status, pixel(taken.file.body, 50, 50)) == (401, RED)
    foreign = f"<iframe src='{other}'></iframe><img src='{other}'><iframe src='/private'></iframe>"
    take(url=site.url(f"/html?body={quote(foreign)}"), http_credentials=ADA)
    known = {seen.headers["host"] for seen in site.seen("/private") if "authorization" in seen.headers}
    assert known == {f"127.0.0.1:{site.port}"}
    assert len([seen for seen in site.seen("/private") if seen.headers["host"].startswith("localhost")]) >= 3


def test_post_password_headers_and_blocking_together(take: Take, site: Site) -> None:
    """A POST behind HTTP authentication keeps its body and headers when the password is asked for."""
    headers = [{"name": "X-Token", "value": "t"}]
    everything = {"http_credentials": ADA, "extra_http_headers": headers, "block_third_party_scripts": True}
    assert take(url=site.url("/private"), post_data="a=1", **everything).target.status == 200
    assert [(seen.method, seen.body, seen.headers["x-token"]) for seen in site.requests] == [("POST", b"a=1", "t")] * 2

"""BS1 to BS4, BS8: screenshots ordered, told of and downloaded through the deployed stack."""

from __future__ import annotations

import pytest
from tests.e2e.browshot.conftest import Api, Gallery
from tests.pixels import BLUE, GREEN, RED, load, near, pixel
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

BASIC = (
    "id status screenshot_url priority url size width height final_url scale instance_id cost referer post_data cookie"
    " delay flash_delay script"
)
PAGE = f"{BASIC} response_code content_type"
TIMES = f"{PAGE} started finished load request_time content"
LEVELS = [BASIC, PAGE, TIMES, f"{TIMES} images scripts stylesheets embeds applets iframes"]
MAGENTA = (255, 0, 255)


def test_the_simple_api(api: Api, site: Site) -> None:
    """The text's first example: one request, one PNG of 1024 by 768; then a thumbnail of it, for nothing."""
    example = {"url": site.url("/simple.html"), "instance_id": 12}
    response = api.get("/api/v1/simple", **example)
    image = load(response.content)
    assert (response.status_code, response.headers["Content-Type"], image.format) == (200, "image/png", "PNG")
    assert (image.size, pixel(image, 100, 50), pixel(image, 100, 150)) == ((1024, 768), RED, BLUE)
    small = load(api.get("/api/v1/simple", **example, width=640, height=480).content)
    assert (small.size, api.used()) == ((640, 480), 1)


def test_a_slow_page_is_redirected_to_itself(gallery: Gallery) -> None:
    """While a page takes longer than a request is held, the answer leads to the same order; then it is the picture."""
    answers = gallery.slow.result()
    assert [answer.status_code for answer in answers[:-1]] == [302] * (len(answers) - 1)
    assert len(answers) > 1
    assert all(answer.headers["Location"].startswith("/api/v1/simple?id=") for answer in answers[:-1])
    assert (answers[-1].status_code, load(answers[-1].content).size) == (200, (100, 75))
    assert {"processing", "finished"} <= set(gallery.statuses.result())
    assert len(gallery.api.json("screenshot/search", url="/neverending")) == 1


def test_simple_failures(api: Api) -> None:
    """A page that can't be reached is 404 with a picture, a bad request 400; both say why in X-Error."""
    gone = api.get("/api/v1/simple", url="http://127.0.0.1:1/", delay=0)
    assert (gone.status_code, gone.headers["Content-Type"], load(gone.content).size) == (404, "image/png", (640, 480))
    assert gone.headers["X-Error"].startswith("url: ")
    for bad in ({"url": "-"}, {"url": "http://a.test/", "instance_id": 999}, {"url": "http://a.test/", "key": "x"}):
        answer = api.get("/api/v1/simple", **bad)
        assert (answer.status_code, bool(answer.headers["X-Error"])) == (400, True)
    refused = api.get("/api/v1/simple", url="http://169.254.169.254/", delay=0)
    assert (refused.status_code, api.used()) == (404, 0)


@pytest.mark.parametrize("level", range(4))
def test_each_level_has_exactly_its_keys(gallery: Gallery, level: int) -> None:
    """info and list tell what their level of details holds, and no more."""
    number = gallery.ids["late"]
    expected = set(LEVELS[level].split())
    assert gallery.api.json("screenshot/info", id=number, details=level).keys() == expected
    assert gallery.api.json("screenshot/list", details=level)[number].keys() == expected


def test_a_screenshot_of_the_cache(gallery: Gallery) -> None:
    """Ordered again, the same screenshot is told of at once, and not counted."""
    before = gallery.api.used()
    found = gallery.api.json("screenshot/create", url=gallery.site.url("/late.html"), delay=2)
    assert (found["id"], found["status"], set(found)) == (gallery.ids["late"], "finished", set(TIMES.split()))
    assert gallery.api.used() == before


def test_what_the_page_was(gallery: Gallery) -> None:
    """The details tell the page's status, type, times in their order, and what it embeds."""
    info, url = gallery.infos["embeds"], gallery.site.url
    assert (info["response_code"], info["content_type"]) == ("200", "text/html; charset=utf-8")
    assert (info["final_url"], info["width"], info["height"]) == (url("/embeds.html"), "1024", "768")
    times = [int(info[name]) for name in ("started", "content", "load", "finished")]
    assert (times == sorted(times), int(info["request_time"]) <= times[0] // 1000 + 1) == (True, True)
    assert url("/png?n=1") in info["images"]
    assert info["scripts"] == [url("/green.js?id=one")]
    assert info["stylesheets"][0] == url("/folder/a.css")
    assert info["iframes"] == [url("/simple.html")]
    assert (len(info["embeds"]), len(info["applets"])) == (2, 1)


def test_a_page_that_can_not_be_reached(gallery: Gallery) -> None:
    """A failed screenshot says why, has all its keys, and leaves nothing to download."""
    info = gallery.infos["unreachable"]
    assert info.keys() == {*LEVELS[3].split(), "error"}
    assert (info["status"], info["cost"], info["load"], info["response_code"]) == ("error", "0", "0", "")
    assert info["error"].startswith("url: ")
    assert gallery.api.http.get(info["screenshot_url"]).status_code == 404
    thumbnail = gallery.api.get("/api/v1/screenshot/thumbnail", id=info["id"])
    assert (thumbnail.status_code, load(thumbnail.content).size) == (404, (640, 480))


def test_the_instances_of_the_examples(gallery: Gallery) -> None:
    """The two examples of create: instance 3 tells pages its browser's name; a screen chooses size, a page is whole."""
    (seen,) = [seen for seen in gallery.requests("/report") if "MSIE 8.0" in seen.query["agent"][0]]
    assert (seen.query["width"], seen.query["height"]) == (["1024"], ["768"])
    info = gallery.infos["browshot"]
    image = gallery.api.image(info)
    assert (info["instance_id"], info["size"], image.size) == ("15", "page", (1200, 3000))
    assert (info["width"], info["height"]) == ("1200", "3000")
    assert pixel(image, 600, 2900) == RED


def test_an_instance_of_ones_own(gallery: Gallery) -> None:
    """An own screen and an own browser without scripts make another picture."""
    image = gallery.api.image(gallery.infos["own"])
    assert (image.size, pixel(image, 50, 50)) == ((300, 200), RED)
    (seen,) = gallery.requests("/scripts.html")
    assert seen.headers["user-agent"] == "my custom agent"


def test_a_phone(gallery: Gallery) -> None:
    """A mobile instance is as wide as its screen and has a touch screen."""
    image = gallery.api.image(gallery.infos["phone"])
    assert (image.size, pixel(image, 10, 150)) == ((320, 533), GREEN)


def test_form_referer_and_cookies(gallery: Gallery) -> None:
    """The page is opened by POST with the form, the referer and the cookies; the details tell where it led."""
    (seen,) = gallery.requests("/login")
    assert (seen.method, seen.form) == ("POST", {"name": ["a"], "password": ["secret"]})
    assert seen.headers["referer"] == gallery.site.url("/from")
    assert {"a=1", "b=2"} <= set(seen.headers["cookie"].split("; "))
    info = gallery.infos["form"]
    assert (info["final_url"], info["post_data"]) == (gallery.site.url("/members"), "name=a&password=secret")
    assert pixel(gallery.api.image(info), 500, 500) == GREEN


def test_a_script_and_a_delay(gallery: Gallery) -> None:
    """The JavaScript file runs in the page, and what comes late is there after the delay."""
    assert pixel(gallery.api.image(gallery.infos["script"]), 900, 600) == GREEN
    assert pixel(gallery.api.image(gallery.infos["late"]), 100, 100) == MAGENTA


def test_thumbnails(gallery: Gallery) -> None:
    """The text's examples: a third, a height, a box to fit, and a part that is cut out first; filled, it is exact."""
    number, api = gallery.ids["browshot"], gallery.api
    assert api.thumbnail(number, zoom=33).size == (396, 990)
    assert api.thumbnail(number, height=100).size == (40, 100)
    assert api.thumbnail(number, height=100, width=200, ratio="fit").size == (40, 100)
    cut = api.thumbnail(number, right=300, bottom=300, height=100, width=200, ratio="fit")
    assert (cut.size, near(pixel(cut, 50, 50), (255, 255, 0))) == ((100, 100), True)
    bottom = api.thumbnail(number, top=2800, height=100, width=200, ratio="fill")
    assert (bottom.size, near(pixel(bottom, 100, 50), RED)) == ((200, 100), True)


def test_html_search_and_multiple(gallery: Gallery) -> None:
    """HTML is that of the rendered page, a search finds parts of urls, multiple orders each page on each screen."""
    api, url = gallery.api, gallery.site.url
    html = api.get("/api/v1/screenshot/html", id=gallery.ids["embeds"])
    assert (html.status_code, "<title>Embeds this and that</title>" in html.text) == (200, True)
    assert list(api.json("screenshot/search", url="EMBEDS")) == [gallery.ids["embeds"]]
    query = {"url": [url("/simple.html?1"), url("/simple.html?2")], "instance_id": [12, 18], "delay": 0}
    several = api.json("screenshot/multiple", **query)
    shown = {(each["url"][-1], each["instance_id"]) for each in several.values()}
    assert (len(several), shown) == (4, {("1", "12"), ("1", "18"), ("2", "12"), ("2", "18")})
    assert all(api.ended(number)["status"] == "finished" for number in several)

"""GS1, GS2, GS3, GS5: the JSON, the picture behind it, and each parameter that changes it."""

from __future__ import annotations

from urllib.parse import quote

import boto3
import httpx
import pytest
from tests.e2e.getscreenshot.conftest import KEYS, Api
from tests.pixels import GREEN, RED, YELLOW, load, pixel
from tests.site.server import Site

from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"
TYPES = {"width": int, "height": int}


def _html(site: Site, body: str) -> str:
    return site.url(f"/html?body={quote(body)}")


def test_the_simple_call(api: Api, site: Site) -> None:
    """A key and a URL: JSON with exactly its keys and types, and an address where anybody sees a PNG of 1280 by 800."""
    params = {"url": site.url(PAGE), "apikey": api.account.private_key}
    response = api.http.get("/v1/get-screenshot", params=params, headers={"Auth": "allow"})
    answer = response.json()
    assert (response.status_code, set(answer)) == (200, KEYS)
    assert all(isinstance(value, TYPES.get(key, str)) for key, value in answer.items())
    assert (answer["status"], answer["url"]) == ("success", site.url(PAGE))
    assert answer["screenshotImage"] == answer["screenshot"]
    image = httpx.get(answer["screenshotImage"])
    assert (image.status_code, image.headers["Content-Type"]) == (200, "image/png")
    assert load(image.content).size == (answer["width"], answer["height"]) == (1280, 800)


def test_every_call_is_a_new_capture(api: Api, site: Site) -> None:
    """Nothing is cached: each call visits the page, and has a picture of its own."""
    first, second = (api.answer(site.url(PAGE)) for _ in range(2))
    assert first["screenshotImage"] != second["screenshotImage"]
    assert (len(site.seen(PAGE)), api.used()) == (2, 2)


def test_the_picture_lives_for_30_days(api: Api, site: Site, stack: Stack) -> None:
    """The picture lies where the bucket's own rule deletes it after 30 days."""
    link = api.answer(site.url(PAGE))["screenshotImage"]
    s3, bucket = boto3.client("s3", **stack.client_options), stack.outputs["BucketName"]
    key = link.partition(f"/{bucket}/")[2]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    found = [rule for rule in rules if "Expiration" in rule and key.startswith(rule["Filter"]["Prefix"])]
    assert min(rule["Expiration"]["Days"] for rule in found) == 30
    assert s3.head_object(Bucket=bucket, Key=key)["ContentType"] == "image/png"


def test_the_whole_page_is_revealed(api: Api, site: Site) -> None:
    """A page is scrolled to its end also when only its top is pictured, so that everything on it has loaded."""
    assert api.answer(site.url("/tall.html?rows=6"))["height"] == 800
    assert {request.query["n"][0] for request in site.seen("/png")} == set("012345")


def test_formats(api: Api, site: Site) -> None:
    """JPEG, WebP and AVIF, under the endings and types that they have."""
    for name, ending in (("jpeg", ".jpg"), ("webp", ".webp"), ("avif", ".avif")):
        link = api.answer(site.url(PAGE), format=name)["screenshotImage"]
        assert link.endswith(ending)
        assert load(httpx.get(link).content).format == name.upper()


def test_a_pdf(api: Api, site: Site) -> None:
    """`pdf` prints the page on the paper asked for, A4 by default, and links to it under its own name too."""
    for paper, box in ((None, b"595.91998 841.91998"), ("letter", b"612 792")):
        answer = api.answer(site.url(PAGE), pdf="true", **({"pdfpaper": paper} if paper else {}))
        assert set(answer) == KEYS | {"screenshotPDF"}
        document = httpx.get(answer["screenshotPDF"])
        assert document.headers["Content-Type"] == "application/pdf"
        assert document.content.startswith(b"%PDF-")
        assert b"/MediaBox [0 0 " + box in document.content


def test_a_phone(api: Api, site: Site) -> None:
    """A device's preset: its size in its own pixels, and its browser as the page sees it."""
    answer = api.answer(site.url("/phone.html"), preset="iphonex", width=1000)
    assert (answer["width"], answer["height"]) == (1125, 2436)
    assert "iPhone" in site.seen("/phone.html")[0].headers["user-agent"]


def test_a_screen_and_the_whole_page(api: Api, site: Site) -> None:
    """A preset's height stands, unless `noheight` lets the whole page win; without a preset `fullpage` suffices."""
    url = site.url("/tall.html?rows=2")
    preset = {"preset": "hvga", "fullpage": "true"}
    assert [api.answer(url, **preset)[side] for side in ("width", "height")] == [320, 480]
    assert api.answer(url, **preset, noheight="true")["height"] == 480 + 2000 + 200
    assert api.answer(url, width=500, height=400, fullpage="true")["height"] == 400 + 2000 + 200


def test_an_element_in_double_pixels(api: Api, site: Site) -> None:
    """One element alone, at twice the pixels, after a click on a button; the rest of the page is not in it."""
    answer = api.answer(site.url("/widgets.html"), element="#pressed", click="#press", devicefactor=2)
    assert (answer["width"], answer["height"]) == (200, 200)
    assert pixel(httpx.get(answer["screenshot"]).content, 100, 100) == GREEN


def test_a_click_at_a_point(api: Api, site: Site) -> None:
    """`click=[x,y]` clicks there before the picture is taken."""
    page = (
        "<body style='margin:0'><div style='height:300px;background:#ff0000' "
        "onclick=\"this.style.background='#00ff00'\">"
    )
    assert pixel(api.picture(_html(site, page), click="[20,10]"), 100, 100) == GREEN


def test_changes_to_the_page(api: Api, site: Site) -> None:
    """The caller's CSS, the elements hidden, the marked word and the caller's script are all in the picture."""
    page = (
        "<style>body{margin:0;font:40px/100px sans-serif}div{height:100px;background:#ff0000}</style>"
        "<div id=css></div><div id=ad></div><div id=js style='background:#ff0000'></div>"
        "<p style='margin:0'>Apples and <b>apple</b> pie</p>"
    )
    body = api.picture(
        _html(site, page), customcss="#css{background:#00ff00}", hideelement="#ad, .popup", highlight="APPLE",
        customjs="document.querySelectorAll('mark').length === 2 && (js.style.background = '#00ff00')",
    )  # fmt: skip
    image = load(body)
    assert [pixel(image, 500, y) for y in (50, 150)] == [GREEN, GREEN]
    row = [pixel(image, x, 250) for x in range(400)]
    assert YELLOW in row[:100]
    assert YELLOW in row[250:]
    assert RED not in row


def test_pop_ups_and_cookie_banners(api: Api, site: Site) -> None:
    """With `hidemsg` the listed chat windows and pop-ups are not seen, with `hidecookie` the banner, unanswered."""
    page = "<style>body{margin:0;background:#0f0}div{height:200px;background:#f00}</style><div id=tidio-chat></div>"
    pictures = [api.picture(_html(site, page), hidemsg=hidden) for hidden in ("false", "true")]
    assert [pixel(picture, 100, 100) for picture in pictures] == [RED, GREEN]
    assert pixel(api.picture(site.url("/banners/french.html"), hidecookie="true"), 600, 780) == GREEN
    assert site.seen("/choice") == []


def test_who_the_page_sees(api: Api, site: Site) -> None:
    """A cookie as `name,value`, and name and password for HTTP authentication, reach the page."""
    secret = {"authuser": "ada", "authpassword": "secret"}
    assert pixel(api.picture(site.url("/private"), **secret, cookie="session,31239e"), 100, 100) == GREEN
    assert "session=31239e" in site.seen("/private")[-1].headers["cookie"]

"""SP1, SP3, SP4: what SavePage captures, and the headers that its text documents."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import httpx
import pytest
from tests.e2e.savepage.conftest import Api
from tests.pixels import MAGENTA, load, pixel
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"
MOBILE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1"
)


def _size(response: httpx.Response) -> tuple[int, int]:
    assert response.status_code == 200, response.text[:500]
    return load(response.content).size


def test_the_defaults(api: Api, site: Site) -> None:
    """A key and a URL give a JPEG of 1440 by 900 with exactly the headers of the text."""
    response = api.get(site.url(PAGE))
    assert _size(response) == (1440, 900)
    assert load(response.content).format == "JPEG"
    assert response.headers["Cache-Control"] == "public, max-age=2629746"
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["Last-Modified"].endswith(" GMT")
    assert parsedate_to_datetime(response.headers["Last-Modified"])


def test_the_post_of_the_text(api: Api, site: Site) -> None:
    """`curl -X POST --data "key=…&q=…"` gives the same image, from the store, at either path."""
    first = api.get(site.url(PAGE))
    data = {"key": api.account.private_key, "q": site.url(PAGE)}
    for path in ("/v1/", "/v1"):
        assert api.http.post(path, data=data).content == first.content
    assert (len(site.seen(PAGE)), api.used()) == (1, 1)


def test_a_mobile_website(api: Api, site: Site) -> None:
    """The text's example of a mobile website: the size of a phone and its User-Agent, which the page sees."""
    response = api.get(site.url("/echo"), width=375, height=812, user_agent=MOBILE, accept_language="en-US")
    assert _size(response) == (375, 812)
    (request,) = site.seen("/echo")
    assert request.headers["user-agent"] == MOBILE
    assert request.headers["accept-language"].startswith("en-US")


def test_a_full_page_as_png_resized(api: Api, site: Site) -> None:
    """A whole page as PNG, and the same image resized to `thumb_width`, in its own shape and format."""
    url = site.url("/tall.html")
    whole = api.get(url, width=800, fullpage="true", format="png")
    small = api.get(url, width=800, fullpage="true", format="png", thumb_width=200)
    assert load(whole.content).format == load(small.content).format == "PNG"
    width, height = _size(whole)
    assert (width, height > 1000) == (800, True)
    assert _size(small) == (200, round(height / 4))
    assert small.headers["Content-Type"] == "image/png"
    assert small.headers["Content-Length"] == str(len(small.content))
    assert api.used() == 1


def test_a_resized_image_is_kept(api: Api, site: Site) -> None:
    """A resized image comes at once when it is the first asked for, and from the store when it is asked for again."""
    first, second = (api.get(site.url(PAGE), thumb_width=400) for _ in range(2))
    assert _size(first) == (400, 250)
    assert first.content == second.content
    assert api.used() == 1


def test_the_cookie_goes_with_a_post(api: Api, site: Site) -> None:
    """A cookie in the POST body reaches the page; in a query it is refused and captures nothing."""
    assert api.post(site.url("/echo"), cookie="SID=zx5r3Vm; q=5").status_code == 200
    (request,) = site.seen("/echo")
    assert sorted(request.headers["cookie"].split("; ")) == ["SID=zx5r3Vm", "q=5"]
    refused = api.get(site.url(PAGE), cookie="SID=zx5r3Vm")
    assert (refused.status_code, site.seen(PAGE)) == (422, [])
    assert refused.json()["error"].startswith("cookie: ")


def test_the_delay(api: Api, site: Site) -> None:
    """What a page adds a while after it has loaded is there after the delay."""
    response = api.get(site.url("/late.html?after=200"), delay=2, format="png")
    assert pixel(response.content, 50, 50) == MAGENTA


def test_not_modified_and_refresh(api: Api, site: Site) -> None:
    """If-Modified-Since: 304 without a body while the image is the same; `refresh=-1` renders it again."""
    first = api.get(site.url(PAGE))
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    unchanged = api.get(site.url(PAGE), headers=since, maxage=3600)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["Last-Modified"] == first.headers["Last-Modified"]
    assert unchanged.headers["Cache-Control"] == "public, max-age=3600"
    assert len(site.seen(PAGE)) == 1
    again = api.get(site.url(PAGE), headers=since, refresh=-1)
    assert (again.status_code, len(site.seen(PAGE))) == (200, 2)
    before, after = (parsedate_to_datetime(answer.headers["Last-Modified"]) for answer in (first, again))
    assert before <= after
    assert api.get(site.url(PAGE)).content == again.content
    assert api.get(site.url(PAGE), refresh=3600).content == again.content
    assert api.used() == 2

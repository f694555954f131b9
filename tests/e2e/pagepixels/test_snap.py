"""PP1 to PP3: pictures, links and HTML through the deployed stack."""

from __future__ import annotations

import httpx
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.pixels import BLUE, GREEN, RED, load, near, pixel
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

GREEN_PAGE = "<body style='margin:0;background:#00ff00'>"


def test_a_picture_with_the_documented_defaults(api: Api, site: Site) -> None:
    """A snap with nothing but url and key is a true JPEG of 1920 by 1000."""
    response = api.http.get("/snap", params={"url": site.url("/simple.html"), "access_token": api.account.private_key})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/jpeg")
    image = load(response.content)
    assert (image.format, image.size) == ("JPEG", (1920, 1000))
    assert near(pixel(image, 100, 50), RED)
    assert near(pixel(image, 100, 150), BLUE)
    assert response.headers["X-Pagelapse-Target-Status"] == "200"


@pytest.mark.parametrize("form", ["query", "form", "multipart", "json"])
def test_every_way_to_send_the_parameters(api: Api, site: Site, form: str) -> None:
    """GET, form, multipart and JSON give the same picture."""
    parameters = {
        "url": site.url("/simple.html"),
        "access_token": api.account.private_key,
        "image_format": "png",
        "page_width": "300",
        "page_height": "200",
        "wait": "0",
    }
    sent = {
        "query": lambda: api.http.get("/snap", params=parameters),
        "form": lambda: api.http.post("/snap", data=parameters),
        "multipart": lambda: api.http.post("/snap", files={name: (None, text) for name, text in parameters.items()}),
        "json": lambda: api.http.post("/snap", json=parameters),
    }
    image = load(sent[form]().content)
    assert (image.size, pixel(image, 100, 50)) == ((300, 200), RED)


def test_the_key_as_bearer_token(api: Api, site: Site) -> None:
    """The vendor's clients send the key as a bearer token and the options as JSON."""
    response = api.post("/snap", {"url": site.url("/simple.html"), "image_format": "png"})
    assert pixel(response.content, 100, 50) == RED


def test_links_lead_to_the_picture_and_its_thumbnail(api: Api, site: Site) -> None:
    """The links of `json=true` need no key and lead to the whole picture and a small one of the same ratio."""
    answer = api.snap(site.url("/simple.html"), json="true").json()
    shot = answer["screenshot"]
    assert (answer["success"], len(shot["job_id"])) == (True, 24)
    image = load(httpx.get(shot["direct_link"]).raise_for_status().content)
    thumbnail = load(httpx.get(shot["direct_thumbnail_link"]).raise_for_status().content)
    assert (image.size, thumbnail.size) == ((1920, 1000), (320, 167))
    assert near(pixel(thumbnail, 16, 8), RED)


def test_a_thumbnail_of_a_stored_picture(api: Api, site: Site) -> None:
    """A thumbnail of another size is made later from the stored picture, and is not counted."""
    first = api.snap(site.url("/simple.html"), json="true").json()["screenshot"]
    second = api.snap(site.url("/simple.html"), json="true", thumb_width=96).json()["screenshot"]
    assert first["direct_link"] == second["direct_link"]
    assert load(httpx.get(second["direct_thumbnail_link"]).content).size == (96, 50)
    assert api.used() == 1


def test_rendered_html(api: Api, site: Site) -> None:
    """`html_only` gives the document after its scripts have run, all of it whatever the selector says."""
    response = api.snap(site.url("/scripts.html"), html_only="true", selectors="#inline", wait=300)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.text.count("rgb(0, 255, 0)") == 3
    assert "<title>Scripts</title>" in response.text
    assert response.headers["Content-Security-Policy"].startswith("sandbox")


def test_stored_html_is_plain_text(api: Api, site: Site) -> None:
    """With `json` the HTML comes along, and its link shows it as text that can't run."""
    answer = api.snap(site.url("/simple.html"), html_only="true", json="true").json()
    stored = httpx.get(answer["screenshot"]["direct_link"])
    assert stored.headers["Content-Type"].startswith("text/plain")
    assert stored.text == answer["html"]
    assert "<h1>A simple page</h1>" in stored.text


def test_a_document_of_ones_own(api: Api) -> None:
    """`/snap_html` pictures the given document with the given options."""
    image = load(api.html(GREEN_PAGE, image_format="png", page_width=200, page_height=100).content)
    assert (image.size, pixel(image, 100, 50)) == ((200, 100), GREEN)


def test_a_document_of_ones_own_by_post_with_links(api: Api) -> None:
    """`POST /snap_html` with `json=true` gives links to the picture."""
    answer = api.post("/snap_html", {"html_content": GREEN_PAGE, "json": True, "image_format": "png"}).json()
    image = httpx.get(answer["screenshot"]["direct_link"]).content
    assert pixel(image, 1900, 990) == GREEN


def test_a_large_document(api: Api) -> None:
    """A document of more than two megabytes fits."""
    content = GREEN_PAGE + "<!-- " + "x" * 2_500_000 + " -->"
    response = api.post("/snap_html", {"html_content": content, "image_format": "png"})
    assert pixel(response.content, 5, 5) == GREEN


def test_a_picture_too_large_for_the_answer(api: Api) -> None:
    """A picture above Lambda's limit is a redirect to the stored one."""
    noise = (
        "<body style='margin:0'><canvas width=1600 height=1200></canvas><script>"
        "const c = document.querySelector('canvas').getContext('2d'), d = c.createImageData(1600, 1200);"
        "for (let i = 0; i < d.data.length; i++) d.data[i] = i % 4 == 3 ? 255 : Math.random() * 256;"
        "c.putImageData(d, 0, 0)</script>"
    )
    response = api.html(noise, image_format="png", page_width=1600, page_height=1200)
    assert response.status_code == 302
    body = httpx.get(response.headers["Location"]).content
    assert len(body) > 4_000_000
    assert load(body).size == (1600, 1200)


def test_text_and_markdown(api: Api, site: Site) -> None:
    """`text_only` and `markdown_only` give what the page says, and both are stored as text that can't run."""
    text = api.snap(site.url("/simple.html"), text_only="true")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "A simple page" in text.text.splitlines()
    answer = api.snap(site.url("/simple.html"), markdown_only="true", json="true").json()
    assert "# A simple page" in answer["markdown"].splitlines()
    stored = httpx.get(answer["screenshot"]["direct_link"])
    assert (stored.text, stored.headers["Content-Type"]) == (answer["markdown"], "text/plain; charset=utf-8")


def test_avif(api: Api, site: Site) -> None:
    """`image_format=avif` gives an AVIF, and `json=true` a thumbnail of it in the same format."""
    response = api.snap(site.url("/simple.html"), image_format="avif")
    assert response.headers["Content-Type"] == "image/avif"
    assert near(pixel(response.content, 100, 50), RED)
    shot = api.snap(site.url("/simple.html"), image_format="avif", json="true").json()["screenshot"]
    thumbnail = load(httpx.get(shot["direct_thumbnail_link"]).raise_for_status().content)
    assert (thumbnail.format, thumbnail.size) == ("AVIF", (320, 167))

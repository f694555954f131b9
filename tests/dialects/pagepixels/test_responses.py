"""What comes back: images, links, documents, redirects and their headers."""

from __future__ import annotations

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.world import World

from pagelapse.capture.jobs import MAX_INLINE_BYTES

URL = "https://example.com/"


def _snap(client: Client, world: World, path: str = "/snap", **parameters: str) -> Response:
    source = {"url": URL} if path == "/snap" else {"html_content": "<p>hi</p>"}
    return client.get(path, params={**source, "access_token": world.new.private_key, **parameters})


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_images(client: Client, world: World, image_format: str) -> None:
    """An image comes with its type and length, kept by the caller alone for the rest of the ttl."""
    response = _snap(client, world, image_format=image_format, ttl="600")
    assert response.headers["Content-Type"] == f"image/{image_format}"
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["Cache-Control"] in ("private, max-age=600", "private, max-age=599")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_where_the_picture_came_from(client: Client, world: World) -> None:
    """Headers tell whether a picture was captured or stored, its job, and what the page's server answered."""
    first, second = _snap(client, world), _snap(client, world)
    assert [answer.headers["X-Pagelapse-Source"] for answer in (first, second)] == ["captured", "cached"]
    assert first.headers["X-Pagelapse-Job"] == second.headers["X-Pagelapse-Job"] == world.runner.jobs[0].job_id
    assert (first.headers["X-Pagelapse-Target-Status"], first.headers["X-Pagelapse-Complete"]) == ("200", "true")


@pytest.mark.parametrize("path", ["/snap", "/snap_html"])
def test_links(client: Client, world: World, path: str) -> None:
    """With `json=true`: links to image and thumbnail, the time in seconds, and ids."""
    answer = _snap(client, world, path, json="true").json()
    job = world.runner.jobs[0]
    assert answer["success"] is True
    taken_at = answer["screenshot"].pop("taken_at_timestamp")
    assert 1_700_000_000 < taken_at < 10_000_000_000
    assert answer["screenshot"] == {
        "screenshot_configuration_id": "",
        "direct_link": f"https://pictures.test/{job.key_prefix}.bin",
        "direct_thumbnail_link": f"https://pictures.test/{job.key_prefix}_320x.jpg",
        "job_id": job.job_id,
    }


def test_the_thumbnails_size(client: Client, world: World) -> None:
    """`thumb_width` and `thumb_height` set the size of the linked thumbnail."""
    _snap(client, world, json="true", thumb_width="40", thumb_height="30")
    size = world.runner.jobs[0].thumbnail
    assert size
    assert (size.width, size.height) == (40, 30)


def test_json_and_image_are_one_capture(client: Client, world: World) -> None:
    """Asking for links and for the image of the same page shares one capture."""
    link = _snap(client, world, json="true").json()["screenshot"]["direct_link"]
    image = _snap(client, world)
    assert image.headers["X-Pagelapse-Source"] == "cached"
    assert world.pictures.objects[link.removeprefix("https://pictures.test/")] == image.content


def test_html_runs_no_script_on_our_origin(client: Client, world: World) -> None:
    """A page's HTML is shown as such, but sandboxed: it may run nothing where our API answers."""
    response = _snap(client, world, html_only="true")
    assert (response.text, response.headers["Content-Type"]) == ("<h1>hello</h1>", "text/html; charset=utf-8")
    assert response.headers["Content-Security-Policy"].startswith("sandbox;")


def test_text_and_markdown(client: Client, world: World) -> None:
    """`text_only` and `markdown_only` give what the page says, as text or in JSON, and only one of them at once."""
    for name, media_type in (("text", "text/plain"), ("markdown", "text/markdown")):
        response = _snap(client, world, **{f"{name}_only": "true"})
        assert response.headers["Content-Type"] == f"{media_type}; charset=utf-8"
        assert world.runner.jobs[-1].options.output == name
        answer = _snap(client, world, json="true", **{f"{name}_only": "true"}).json()
        assert (answer[name], answer["screenshot"]["direct_thumbnail_link"]) == (response.text, None)
    both = _snap(client, world, text_only="true", html_only="true").json()
    assert both["note"].startswith("text_only: contradicts html_only")


def test_html_in_json(client: Client, world: World) -> None:
    """`html_only` with `json` gives the HTML inside, and a link to it, without a thumbnail."""
    answer = _snap(client, world, html_only="true", json="true").json()
    assert (answer["html"], answer["screenshot"]["direct_thumbnail_link"]) == ("<h1>hello</h1>", None)


def test_large_pictures_are_redirected_to(client: Client, world: World) -> None:
    """A picture that does not fit Lambda's answer is a redirect to where it lies."""
    world.runner.claimed_size = MAX_INLINE_BYTES + 1
    response = _snap(client, world)
    assert response.status_code == 302
    assert response.headers["Location"] == f"https://pictures.test/{world.runner.jobs[0].key_prefix}.bin"


def test_a_ttl_of_zero_captures_anew(client: Client, world: World) -> None:
    """`ttl=0` asks for a fresh picture each time, and lets nobody keep it."""
    answers = [_snap(client, world, ttl="0") for _ in range(2)]
    assert [answer.headers["X-Pagelapse-Source"] for answer in answers] == ["captured", "captured"]
    assert answers[0].headers["Cache-Control"] == "private, max-age=0"


def test_errors_are_not_kept(client: Client) -> None:
    """A failure is never cached, and nothing in it can run."""
    response = client.get("/snap", params={"url": URL})
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_vendors_other_endpoints_say_that_they_are_missing(client: Client) -> None:
    """An endpoint that the vendor has and we have not yet is a 404 in the vendor's form."""
    for path in ("/screenshot_configs", "/jobs/1", "/screenshots", "/ai/analyze", "/account_limits"):
        assert client.get(path).json()["success"] is False

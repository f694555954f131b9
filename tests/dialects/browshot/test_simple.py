"""The simple API and the other answers that are pictures."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import Response
from tests.dialects.browshot.conftest import URL, Api

from pagelapse.capture.jobs import Crop, Failure, ThumbnailSize
from pagelapse.dialects.browshot import simple


def _is_not_found(response: Response) -> bool:
    assert response.headers["X-Error"]
    return (response.status_code, response.headers["Content-Type"], response.content[1:4]) == (404, "image/png", b"PNG")


def test_a_redirect_to_itself_while_in_progress(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the page is captured the answer leads to the same order, with the thumbnail's arguments, and then is it."""
    monkeypatch.setattr(simple, "HOLD_S", 0.0)
    api.pause()
    first = api.get("/api/v1/simple", url=URL, cache=0, width=640, ratio="fill", height=480)
    where = urlsplit(first.headers["Location"])
    assert (first.status_code, where.path) == (302, "/api/v1/simple")
    expected = {"id": ["1"], "width": ["640"], "height": ["480"], "ratio": ["fill"]}
    assert parse_qs(where.query) == expected | {"key": [api.world.new.private_key]}
    again = api.client.get(first.headers["Location"])
    assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    api.run()
    last = api.client.get(again.headers["Location"])
    assert (last.status_code, last.content, api.world.used()) == (200, b"small", 1)
    assert api.world.runner.thumbnail_jobs[0].thumbnail == ThumbnailSize(width=640, height=480, fill=True)


def test_a_request_is_held_until_the_picture_is_there(api: Api) -> None:
    """A request waits for a while, so that most need no redirect."""
    api.pause()
    api.world.on_nap = lambda _seconds: api.run() if len(api.world.naps) == 2 else None
    response = api.get("/api/v1/simple", url=URL)
    assert (response.status_code, response.content) == (200, api.last_job().job_id.encode())


def test_a_redirect_to_nothing(api: Api) -> None:
    """An id of nobody's is a bad request."""
    response = api.get("/api/v1/simple", id=7)
    assert (response.status_code, response.headers["X-Error"]) == (400, "There is no such order in this account.")


def test_a_picture_too_large_for_lambda(api: Api) -> None:
    """A picture that Lambda can't answer with is redirected to."""
    api.world.runner.claimed_size = 5_000_000
    response = api.get("/api/v1/simple", url=URL)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://pictures.test/pictures/")


def test_the_picture_of_screenshot_url(api: Api) -> None:
    """screenshot_url leads to the picture; scale makes it smaller; without the key it is refused."""
    link = api.taken()["screenshot_url"].removeprefix("http://api.test")
    assert api.client.get(link).content == api.last_job().job_id.encode()
    assert api.world.runner.thumbnail_jobs == []
    assert api.client.get(link.replace("scale=1", "scale=0.5")).content == b"small"
    assert [job.thumbnail.percent for job in api.world.runner.thumbnail_jobs] == [50]
    assert api.client.get(link.partition("?")[0]).status_code == 403
    other = api.world.accounts.create_account("other").private_key
    assert _is_not_found(api.client.get("/screenshot/image/1", params={"key": other}))


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        ({"zoom": 33}, ThumbnailSize(percent=33)),
        ({"scale": 0.25}, ThumbnailSize(percent=25)),
        ({"height": 100}, ThumbnailSize(height=100)),
        ({"height": 100, "width": 200, "ratio": "fit"}, ThumbnailSize(width=200, height=100)),
        ({"height": 100, "width": 200, "ratio": "fill"}, ThumbnailSize(width=200, height=100, fill=True)),
        (
            {"right": 300, "bottom": 300, "height": 100, "width": 200, "ratio": "fit"},
            ThumbnailSize(width=200, height=100, crop=Crop(right=300, bottom=300)),
        ),
    ],
)
def test_thumbnails(api: Api, parameters: dict[str, object], size: ThumbnailSize) -> None:
    """The text's examples of thumbnails; each is made once, and served from the store afterwards."""
    api.create()
    for _ in range(2):
        response = api.get("/api/v1/screenshot/thumbnail", id=1, **parameters)
        assert (response.status_code, response.content) == (200, b"small")
    assert [job.thumbnail for job in api.world.runner.thumbnail_jobs] == [size]


def test_a_thumbnail_like_the_screenshot_is_the_screenshot(api: Api) -> None:
    """Without arguments, or at a hundred percent, nothing is made."""
    api.create()
    for parameters in ({}, {"zoom": 100}, {"scale": 1}):
        response = api.get("/api/v1/screenshot/thumbnail", id=1, **parameters)
        assert response.content == api.last_job().job_id.encode()


def test_no_thumbnail_of_what_is_not_there(api: Api) -> None:
    """Of a screenshot that is not finished or has failed, the thumbnail is 404 with the not-found picture."""
    api.pause()
    api.create()
    assert _is_not_found(api.get("/api/v1/screenshot/thumbnail", id=1))
    api.world.runner.failure = Failure(code="capture_failed", message="No.")
    api.run()
    for path in ("/api/v1/screenshot/thumbnail", "/screenshot/image/1"):
        assert _is_not_found(api.get(path, id=1, width=100))


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"zoom": 0}, "zoom"),
        ({"zoom": 101}, "zoom"),
        ({"ratio": "stretch"}, "ratio"),
        ({"left": 10, "right": 10}, "right"),
        ({"top": 10, "bottom": 5}, "bottom"),
        ({"left": 1024}, "left"),
        ({"top": 768}, "top"),
        ({"id": "x"}, "id"),
    ],
)
def test_bad_thumbnails_are_named(api: Api, parameters: dict[str, object], name: str) -> None:
    """A thumbnail that can't be is refused by the name of the parameter at fault."""
    api.create()
    response = api.get("/api/v1/screenshot/thumbnail", **{"id": 1, **parameters})
    assert (response.status_code, response.json()["error"].partition(":")[0]) == (403, name)

"""SavePage's requests and answers, over fakes."""

from __future__ import annotations

import hashlib
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.dialects.savepage.contract import error_of
from tests.world import World

from pagelapse.capture.options import Cookie, Viewport
from pagelapse.errors import StorageFailed
from pagelapse.records import RECORD_DAYS

URL = "https://example.com/?a=1&b=ü"


def _get(client: Client, world: World, *, headers: Any = None, **params: Any) -> Response:
    given: dict[str, Any] = {"key": world.new.private_key, "q": URL, **params}
    return client.get("/v1/", params=given, headers=headers or {})


def _post(client: Client, world: World, query: str = "", **params: object) -> Response:
    return client.post(f"/v1/{query}", data={"key": world.new.private_key, "q": URL, **params})


def _hash(secret: str, url: str = URL) -> str:
    return hashlib.md5((url + secret).encode(), usedforsecurity=False).hexdigest()


def test_every_parameter_has_its_place_in_the_capture(client: Client, world: World) -> None:
    """Size, full page, delay in seconds, format, user agent, language and cookie reach the capture."""
    response = _post(
        client, world, width="800", height="600", fullpage="true", delay="2", format="png", user_agent="Firefox 77",
        accept_language="en-US", cookie="SID=zx5r3Vm; q=5",
    )  # fmt: skip
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
    (job,) = world.runner.jobs
    options = job.options
    assert (options.url, options.viewport, options.full_page) == (URL, Viewport(width=800, height=600), True)
    assert (options.delay_ms, options.type, options.user_agent) == (2000, "png", "Firefox 77")
    assert options.accept_language == "en-US"
    assert options.cookies == (Cookie(name="SID", value="zx5r3Vm"), Cookie(name="q", value="5"))


@pytest.mark.parametrize("name", ["user_agent", "accept_language"])
def test_control_characters_belong_into_no_header(client: Client, world: World, name: str) -> None:
    """A header's value with a line break in it is refused by the parameter's name, and no browser sees it."""
    for value in ("a\r\nX-Made-Up: yes", "a\x1fb"):
        response = _get(client, world, **{name: value})
        assert response.status_code == 422
        assert response.json()["error"].startswith(f"{name}: ")
    assert world.runner.jobs == []


def test_both_paths_are_the_endpoint(client: Client, world: World) -> None:
    """With and without the slash at its end, the path is the same endpoint."""
    params = {"key": world.new.private_key, "q": URL}
    answers = [client.get(path, params=params) for path in ("/v1", "/v1/")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(world.runner.jobs) == 1


def test_a_cookie_belongs_into_the_body(client: Client, world: World) -> None:
    """A cookie in the query is refused, by GET and by POST: queries end up in logs."""
    for response in (_get(client, world, cookie="a=1"), _post(client, world, "?cookie=a=1")):
        assert response.status_code == 422
        assert response.json()["error"].startswith("cookie: can only be sent in the body")
    assert world.runner.jobs == []


def test_ads_and_cookie_banners(client: Client, world: World) -> None:
    """`noads` blocks ads and trackers, `nocookie` rejects the banner, and `false` asks for nothing."""
    for given in ({"noads": "true"}, {"nocookie": "true"}, {"noads": "false", "nocookie": "false"}):
        assert _get(client, world, **given).status_code == 200
    asked = [job.options for job in world.runner.jobs]
    assert [(options.block_ads, options.block_trackers) for options in asked] == [
        (True,) * 2,
        (False,) * 2,
        (False,) * 2,
    ]
    assert [options.cookie_banners for options in asked] == ["keep", "reject", "keep"]


def test_the_documented_headers(client: Client, world: World) -> None:
    """An image comes with its type, its size, when it was taken and how long it may be kept."""
    response = _get(client, world, maxage=3600)
    (record,) = world.table.records.values()
    assert record.picture
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Length"] == str(len(response.content))
    modified = parsedate_to_datetime(response.headers["Last-Modified"])
    assert modified.timestamp() == record.picture.taken_at_ms // 1000
    assert _get(client, world).headers["Cache-Control"] == "public, max-age=2629746"


def test_not_modified(client: Client, world: World) -> None:
    """While a stored image is fresh, If-Modified-Since with its date is 304 without reading a byte of it."""
    first = _get(client, world)
    world.pictures.reads.clear()
    world.restart()
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    second = _get(client, world, headers=since, maxage=60)
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["Last-Modified"] == first.headers["Last-Modified"]
    assert second.headers["Cache-Control"] == "public, max-age=60"
    assert (world.pictures.reads, len(world.runner.jobs)) == ([], 1)


def test_what_is_newer_or_asked_for_anew_is_sent(client: Client, world: World) -> None:
    """An older date, no date at all and `refresh=-1` are answered with the image."""
    first = _get(client, world)
    beyond = "Thu, 09 Sep 2021 07:44:07 +99999999999999"
    for since in ("Thu, 09 Sep 2021 07:44:07 GMT", "yesterday", "", beyond):
        assert _get(client, world, headers={"If-Modified-Since": since}).status_code == 200
    same = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert _get(client, world, headers=same, refresh=-1).status_code == 200
    assert len(world.runner.jobs) == 2


def test_refresh(client: Client, world: World) -> None:
    """Stored images are served for a month; `refresh` captures again what is older, and at -1 everything."""
    for refresh, captures in ((None, 1), (None, 1), (3600, 1), (-1, 2), (0, 3)):
        _get(client, world, **({} if refresh is None else {"refresh": refresh}))
        assert len(world.runner.jobs) == captures
    assert RECORD_DAYS == 30


def test_the_answer_is_the_resized_image(client: Client, world: World) -> None:
    """With `thumb_width` the image itself comes in that width, from the store the second time."""
    answers = [_get(client, world, thumb_width=400) for _ in range(2)]
    assert [answer.content for answer in answers] == [b"small", b"small"]
    (job,) = world.runner.jobs
    assert job.thumbnail
    assert (job.thumbnail.width, job.inline) == (400, False)


def test_a_hash_is_needed_once_the_operator_says_so(client: Client, world: World) -> None:
    """With signatures required, only md5 of URL and secret lets a request pass; the hash of another URL does not."""
    secret = world.new.secret_token
    assert _get(client, world).status_code == 200
    world.accounts.change_limits(world.new.account.account_id, {"signature_required": True})
    for params in ({}, {"hash": "8udI3nt3xidnwq90In"}, {"hash": _hash(secret, "https://example.com/")}):
        response = _get(client, world, **params)
        assert (response.status_code, error_of(response)) == (422, "471")
    assert _get(client, world, hash=_hash(secret)).status_code == 200


def test_a_hash_that_is_sent_must_be_right(client: Client, world: World) -> None:
    """A wrong hash is refused even where none is needed; a publishable key always needs the right one."""
    assert error_of(_get(client, world, hash="00")) == "471"
    publishable = {"key": world.new.publishable_key}
    assert error_of(_get(client, world, **publishable)) == "471"
    assert _get(client, world, **publishable, hash=_hash(world.new.secret_token).upper()).status_code == 200


def test_a_cache_that_can_not_be_read(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the stored image can't be read: 491."""
    _get(client, world)
    world.restart()

    def broken(_key: str) -> bytes:
        raise StorageFailed("S3 is away")

    monkeypatch.setattr(world.pictures, "get", broken)
    assert error_of(_get(client, world)) == "491"


def test_too_many_requests(client: Client, world: World) -> None:
    """Above the account's requests a minute: 482, and when to come again."""
    world.table.rates[world.new.account.account_id] = 2e10
    response = _get(client, world)
    assert error_of(response) == "482"
    assert int(response.headers["Retry-After"]) > 0


def test_a_suspended_account(client: Client, world: World) -> None:
    """A suspended account's key is not verified; the reason is told beside."""
    world.accounts.suspend(world.new.account.account_id)
    response = _get(client, world)
    assert error_of(response) == "461"
    assert "suspended" in response.headers["X-Error-Reason"]


def test_the_reason_is_told_beside_the_vendors_text(client: Client, world: World) -> None:
    """What a number leaves open is in X-Error-Reason, under the caller's own names."""
    response = _get(client, world, q="ftp://example.com/")
    assert error_of(response) == "462"
    assert response.headers["X-Error-Reason"] == "q: must begin with http:// or https://"


def test_where_requests_may_come_from(client: Client, world: World) -> None:
    """Restrictions of the account by address, by origin and per address are 472, 473 and 474."""
    account_id = world.new.account.account_id
    world.accounts.change_limits(account_id, {"allowed_networks": ("203.0.113.0/24",)})
    assert error_of(_get(client, world)) == "472"
    world.accounts.change_limits(account_id, {"allowed_networks": ("127.0.0.0/8",)})
    assert _get(client, world).status_code == 200
    world.accounts.change_limits(account_id, {"allowed_origins": ("https://example.com",)})
    assert error_of(_get(client, world)) == "473"
    assert error_of(_get(client, world, headers={"Origin": "https://example.org"})) == "473"
    page = {"Referer": "https://example.com/page"}
    assert _get(client, world, headers=page).status_code == 200
    world.accounts.change_limits(account_id, {"address_limit": 1})
    answers = [_get(client, world, headers=page) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert error_of(answers[1]) == "474"
    assert answers[1].headers["Retry-After"]

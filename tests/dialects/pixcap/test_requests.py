"""Pixcap's pictures, keys and credits, over fakes."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from tests.dialects.client import Client
from tests.dialects.pixcap.asking import PATH, URL, key_of, take
from tests.dialects.pixcap.contract import error_of
from tests.world import World

from pagelapse.capture.jobs import Failure
from pagelapse.dialects.pixcap.responses import UNLIMITED_CREDITS


def test_the_image_with_its_headers(client: Client, world: World) -> None:
    """GET answers with the image, its size, its time and the credits that are left after it."""
    world.limit(100)
    response = take(client, world)
    assert response.content == world.runner.jobs[0].job_id.encode()
    assert response.headers["Content-Type"] == "image/png"
    assert (response.headers["X-Screenshot-Width"], response.headers["X-Screenshot-Height"]) == ("1", "1")
    assert response.headers["X-Response-Time"].removesuffix("ms").isdecimal()
    assert response.headers["X-Credits-Remaining"] == "99"
    assert "X-Connector-Used" not in response.headers


def test_the_documented_json(client: Client, world: World) -> None:
    """POST answers with the documented JSON, no key more or less."""
    world.limit(96)
    body = {"url": URL, "width": 1920, "height": 1080, "format": "png", "fullPage": False}
    answer = client.post(PATH, json=body, headers=key_of(world)).json()
    data = answer.pop("data")
    assert answer == {"success": True}
    metadata = data.pop("metadata")
    assert base64.b64decode(data.pop("image")) == world.runner.jobs[0].job_id.encode()
    assert data == {"credits_remaining": 95}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", metadata.pop("timestamp"))
    assert isinstance(metadata.pop("responseTimeMs"), int)
    assert metadata == {"url": URL, "width": 1, "height": 1, "format": "png"}


def test_a_picture_too_large_for_the_answer(client: Client, world: World) -> None:
    """A picture above 4 MB is a redirect by GET, and a link in place of the image by POST."""
    world.runner.claimed_size = 4_000_001
    redirect = take(client, world)
    assert (redirect.status_code, redirect.headers["X-Screenshot-Width"]) == (302, "1")
    assert redirect.headers["Location"].startswith("https://pictures.test/pictures/")
    data = client.post(PATH, json={"url": URL}, headers=key_of(world)).json()["data"]
    assert data["image"] is None
    assert data["image_url"].startswith("https://pictures.test/pictures/")


def test_every_call_is_a_fresh_picture(client: Client, world: World) -> None:
    """Equal calls, one after another, each take a picture and cost a credit."""
    world.limit(3)
    left = [take(client, world).headers["X-Credits-Remaining"] for _ in range(3)]
    assert (left, world.used()) == (["2", "1", "0"], 3)
    assert error_of(take(client, world)) == "INSUFFICIENT_CREDITS"


def test_unlimited_accounts_show_a_constant(client: Client, world: World) -> None:
    """An account without a limit shows a large number of credits that does not change."""
    assert [take(client, world).headers["X-Credits-Remaining"] for _ in range(2)] == [str(UNLIMITED_CREDITS)] * 2


@pytest.mark.parametrize("name", ["api_key", "apiKey"])
def test_keys_as_parameters(client: Client, world: World, name: str) -> None:
    """The key may come in the query and in the body."""
    key = {name: world.new.private_key}
    assert client.get(PATH, params={"url": URL, **key}).status_code == 200
    assert client.post(PATH, json={"url": URL, **key}).status_code == 200


def test_the_header_wins(client: Client, world: World) -> None:
    """With a key in the header, one in the query is not looked at."""
    assert take(client, world, api_key="nonsense").status_code == 200
    response = client.get(PATH, params={"url": URL, "api_key": world.new.private_key}, headers={"X-API-Key": "x"})
    assert error_of(response) == "INVALID_API_KEY"


@pytest.mark.parametrize("key", [5, ["a"], {"a": 1}, True])
def test_keys_that_are_no_texts(client: Client, key: object) -> None:
    """A key of another JSON type is an invalid one."""
    assert error_of(client.post(PATH, json={"url": URL, "api_key": key})) == "INVALID_API_KEY"


def test_keys_that_may_not_be_used(client: Client, world: World) -> None:
    """A publishable key and a suspended account's are refused as inactive ones."""
    assert error_of(client.get(PATH, params={"url": URL, "api_key": world.new.publishable_key})) == "INVALID_API_KEY"
    world.accounts.suspend(world.new.account.account_id)
    response = take(client, world)
    assert (response.status_code, error_of(response)) == (401, "INVALID_API_KEY")


@pytest.mark.parametrize(
    "arguments",
    [
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b"[1]", "headers": {"Content-Type": "application/json"}},
        {"content": b"<url/>", "headers": {"Content-Type": "text/xml"}},
        {"content": b"url=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b'{"url": "https://example.com/\\ud800"}', "headers": {"Content-Type": "application/json"}},
        {"content": b'{"selector": "\\ud800"}', "headers": {"Content-Type": "application/json"}},
        {
            "content": b'{"cookies": [{"name": "a", "value": "\\ud800"}]}',
            "headers": {"Content-Type": "application/json"},
        },
        {"content": b'{"width": 400, "width": 500}', "headers": {"Content-Type": "application/json"}},
        {"params": "url=%FF"},
        {"params": "url=https://example.com/&url=https://example.org/"},
    ],
)
def test_garbage(client: Client, world: World, arguments: dict[str, Any]) -> None:
    """Garbage is refused in the vendor's form and counted for the account whose key is in the header."""
    headers = {**key_of(world), **arguments.pop("headers", {})}
    response = client.post(PATH, headers=headers, **{"params": {"url": URL}, **arguments})
    assert response.status_code == 400
    assert error_of(response) in ("INVALID_PARAMETER", "INVALID_URL")
    assert {subject for subject, _ in world.table.windows} == {f"ACCOUNT#{world.new.account.account_id}"}
    assert world.runner.jobs == []


def test_a_failure_names_the_parameter_as_written(client: Client, world: World) -> None:
    """A capture that fails for a parameter names it in the caller's spelling."""
    world.runner.failure = Failure(code="capture_timeout", message="Did not appear.", option="wait_for_selector")
    for name in ("waitForSelector", "wait_for_selector"):
        response = take(client, world, **{name: "#never"})
        assert (response.status_code, error_of(response)) == (500, "CAPTURE_ERROR")
        assert response.json()["error"]["message"] == f"{name}: Did not appear."


def test_cookies_that_can_not_be_set(client: Client, world: World) -> None:
    """A cookie of a domain that has nothing to do with the page is a bad parameter, and costs nothing."""
    world.runner.failure = Failure(code="capture_failed", message="the cookie a can't be set", option="cookies")
    response = take(client, world, cookies='[{"name": "a", "value": "1", "domain": "elsewhere.com"}]')
    assert (response.status_code, error_of(response)) == (400, "INVALID_PARAMETER")
    assert response.json()["error"]["message"] == "cookies: the cookie a can't be set"
    assert world.used() == 0

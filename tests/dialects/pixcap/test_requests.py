"""Pixcap's answers, keys, credits and rate limits, over fakes."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.dialects.pixcap.contract import error_of
from tests.world import World

from pagelapse.capture.jobs import Failure
from pagelapse.dialects.pixcap.limits import BULK, GENERAL, REGISTRATION, SCREENSHOT
from pagelapse.dialects.pixcap.responses import UNLIMITED_CREDITS
from pagelapse.services.rate_windows import RateWindows
from pagelapse.services.self_service import SelfService

URL = "https://example.com/"
PATH = "/api/v1/screenshot"


def _key(world: World) -> dict[str, str]:
    return {"X-API-Key": world.new.private_key}


def _take(client: Client, world: World, **params: str) -> Response:
    return client.get(PATH, params={"url": URL, **params}, headers=_key(world))


def _limits(response: Response) -> tuple[int, int]:
    reset = int(response.headers["X-RateLimit-Reset"])
    assert time.time() - 1 <= reset <= time.time() + 3601
    return int(response.headers["X-RateLimit-Limit"]), int(response.headers["X-RateLimit-Remaining"])


def test_the_image_with_its_headers(client: Client, world: World) -> None:
    """GET answers with the image, its size, its time and the credits that are left after it."""
    world.limit(100)
    response = _take(client, world)
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
    answer = client.post(PATH, json=body, headers=_key(world)).json()
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
    redirect = _take(client, world)
    assert (redirect.status_code, redirect.headers["X-Screenshot-Width"]) == (302, "1")
    assert redirect.headers["Location"].startswith("https://pictures.test/pictures/")
    data = client.post(PATH, json={"url": URL}, headers=_key(world)).json()["data"]
    assert data["image"] is None
    assert data["image_url"].startswith("https://pictures.test/pictures/")


def test_every_call_is_a_fresh_picture(client: Client, world: World) -> None:
    """Equal calls, one after another, each take a picture and cost a credit."""
    world.limit(3)
    left = [_take(client, world).headers["X-Credits-Remaining"] for _ in range(3)]
    assert (left, world.used()) == (["2", "1", "0"], 3)
    assert error_of(_take(client, world)) == "INSUFFICIENT_CREDITS"


def test_unlimited_accounts_show_a_constant(client: Client, world: World) -> None:
    """An account without a limit shows a large number of credits that does not change."""
    assert [_take(client, world).headers["X-Credits-Remaining"] for _ in range(2)] == [str(UNLIMITED_CREDITS)] * 2


@pytest.mark.parametrize("name", ["api_key", "apiKey"])
def test_keys_as_parameters(client: Client, world: World, name: str) -> None:
    """The key may come in the query and in the body."""
    key = {name: world.new.private_key}
    assert client.get(PATH, params={"url": URL, **key}).status_code == 200
    assert client.post(PATH, json={"url": URL, **key}).status_code == 200


def test_the_header_wins(client: Client, world: World) -> None:
    """With a key in the header, one in the query is not looked at."""
    assert _take(client, world, api_key="nonsense").status_code == 200
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
    response = _take(client, world)
    assert (response.status_code, error_of(response)) == (401, "INVALID_API_KEY")


@pytest.mark.parametrize(
    "arguments",
    [
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b"[1]", "headers": {"Content-Type": "application/json"}},
        {"content": b"<url/>", "headers": {"Content-Type": "text/xml"}},
        {"content": b"url=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b'{"width": 400, "width": 500}', "headers": {"Content-Type": "application/json"}},
        {"params": "url=%FF"},
        {"params": "url=https://example.com/&url=https://example.org/"},
    ],
)
def test_garbage(client: Client, world: World, arguments: dict[str, Any]) -> None:
    """Garbage is refused in the vendor's form and counted for the account whose key is in the header."""
    headers = {**_key(world), **arguments.pop("headers", {})}
    response = client.post(PATH, headers=headers, **{"params": {"url": URL}, **arguments})
    assert response.status_code == 400
    assert error_of(response) in ("INVALID_PARAMETER", "INVALID_URL")
    assert {subject for subject, _ in world.table.windows} == {f"ACCOUNT#{world.new.account.account_id}"}
    assert world.runner.jobs == []


def test_a_failure_names_the_parameter_as_written(client: Client, world: World) -> None:
    """A capture that fails for a parameter names it in the caller's spelling."""
    world.runner.failure = Failure(code="capture_timeout", message="Did not appear.", option="wait_for_selector")
    for name in ("waitForSelector", "wait_for_selector"):
        response = _take(client, world, **{name: "#never"})
        assert (response.status_code, error_of(response)) == (500, "CAPTURE_ERROR")
        assert response.json()["error"]["message"] == f"{name}: Did not appear."


def test_the_limits_of_the_text() -> None:
    """Each endpoint has the limit of the vendor's table."""
    rules = [(rule.requests, rule.seconds) for rule in (SCREENSHOT, BULK, GENERAL, REGISTRATION)]
    assert rules == [(60, 60), (10, 3600), (100, 60), (10, 900)]


def test_the_rate_limit_counts_down_and_refuses(client: Client, world: World) -> None:
    """Every answer says what is left; the 61st screenshot of a minute is refused, and a new minute begins anew."""
    now = time.time()
    world.rate_windows = RateWindows(world.table, clock=lambda: now)
    standings = [_limits(_take(client, world)) for _ in range(60)]
    assert standings == [(60, left) for left in range(59, -1, -1)]
    refused = _take(client, world)
    assert (refused.status_code, error_of(refused)) == (429, "RATE_LIMIT_EXCEEDED")
    assert (_limits(refused), refused.headers["Retry-After"]) == ((60, 0), "60")
    assert len(world.runner.jobs) == 60
    now += 60
    assert _limits(_take(client, world)) == (60, 59)


def test_screenshots_and_the_rest_are_counted_apart(client: Client, world: World) -> None:
    """What is asked of one endpoint is not taken from another, nor from another account."""
    _take(client, world)
    assert _limits(client.get("/api/v1/keys", headers=_key(world))) == (100, 99)
    other = world.accounts.create_account("other")
    response = client.get(PATH, params={"url": URL}, headers={"X-API-Key": other.private_key})
    assert _limits(response) == (60, 59)


def test_strangers_are_limited_by_their_address(client: Client, world: World) -> None:
    """Requests without a good key count for the address they come from, whatever X-Forwarded-For says."""
    now = time.time()
    world.rate_windows = RateWindows(world.table, clock=lambda: now)
    answers = [client.get(PATH, headers={"X-Forwarded-For": f"10.0.0.{number}"}) for number in range(61)]
    assert [_limits(answer)[1] for answer in answers] == [*range(59, -1, -1), 0]
    assert {answer.status_code for answer in answers[:60]} == {401}
    assert error_of(answers[60]) == "RATE_LIMIT_EXCEEDED"
    assert _take(client, world).status_code == 200


def test_paths_of_nobody_are_counted_too(client: Client) -> None:
    """A 404 and a 405 say how many requests are left."""
    assert _limits(client.get(f"{PATH}/nowhere")) == (100, 99)
    assert _limits(client.request("DELETE", PATH)) == (100, 98)


def test_the_accounts_own_limit_is_told_too(client: Client, world: World) -> None:
    """An account that exceeds its requests per minute of all endpoints is told when to come back."""
    world.table.rates[world.new.account.account_id] = time.time() + 100
    response = _take(client, world)
    assert (response.status_code, error_of(response)) == (429, "RATE_LIMIT_EXCEEDED")
    reset = int(response.headers["X-RateLimit-Reset"])
    assert _limits(response) == (60, 0)
    assert 35 <= reset - time.time() <= 45


def test_registration(client: Client, world: World) -> None:
    """A new account answers as documented, its key works at once, and it has 100 credits."""
    response = client.post("/api/v1/register", json={"email": " you@company.com "})
    data = response.json()["data"]
    key = data.pop("api_key")
    assert response.status_code == 201
    assert data == {"message": "Account created successfully", "email": "you@company.com", "credits": 100}
    assert _limits(response) == (10, 9)
    shot = client.get(PATH, params={"url": URL}, headers={"X-API-Key": key})
    assert shot.headers["X-Credits-Remaining"] == "99"


def test_one_account_per_email(client: Client) -> None:
    """The same address makes no second account, however it is capitalized."""
    assert client.post("/api/v1/register", json={"email": "you@company.com"}).status_code == 201
    again = client.post("/api/v1/register", json={"email": "You@Company.COM"})
    assert (again.status_code, error_of(again)) == (409, "EMAIL_ALREADY_REGISTERED")


@pytest.mark.parametrize(
    "email", [None, "", 5, "you", "you@", "@company.com", "a b@c.de", "a@b", "a@b.c\n", "a" * 250 + "@b.de"]
)
def test_what_is_no_email(client: Client, email: object) -> None:
    """What is no email address is refused by name."""
    response = client.post("/api/v1/register", json={"email": email})
    assert (response.status_code, error_of(response)) == (400, "INVALID_PARAMETER")
    assert response.json()["error"]["message"].startswith("email: ")


def test_registration_is_closed_unless_opened(client: Client, world: World) -> None:
    """Without the operator's word nobody can register, and trying is counted."""
    world.self_service = SelfService(world.table, registration=False)
    response = client.post("/api/v1/register", json={"email": "you@company.com"})
    assert (response.status_code, error_of(response)) == (403, "REGISTRATION_CLOSED")
    assert len(world.table.accounts) == 1


def test_keys_are_made_listed_and_deactivated(client: Client, world: World) -> None:
    """A key's text is shown once, no list shows it, and a deactivated key opens nothing."""
    made = client.post("/api/v1/keys", json={"name": "CI"}, headers=_key(world))
    data = made.json()["data"]
    key = {"X-API-Key": data.pop("api_key")}
    assert (made.status_code, data["name"], data["active"]) == (201, "CI", True)
    listed = client.get("/api/v1/keys", headers=key)
    assert data in listed.json()["data"]["keys"]
    assert key["X-API-Key"] not in listed.text
    ended = client.request("DELETE", f"/api/v1/keys/{data['id']}", headers=_key(world)).json()["data"]
    assert (ended["active"], ended["deactivated_at"] is None) == (False, False)
    assert error_of(client.get("/api/v1/keys", headers=key)) == "INVALID_API_KEY"


def test_five_keys_at_most(client: Client, world: World) -> None:
    """A sixth active key is refused until one is deactivated."""
    ids = [client.post("/api/v1/keys", headers=_key(world)).json()["data"]["id"] for _ in range(4)]
    refused = client.post("/api/v1/keys", headers=_key(world))
    assert (refused.status_code, error_of(refused)) == (409, "API_KEY_LIMIT_REACHED")
    client.request("DELETE", f"/api/v1/keys/{ids[0]}", headers=_key(world))
    assert client.post("/api/v1/keys", headers=_key(world)).status_code == 201


def test_the_last_key_stays(client: Client, world: World) -> None:
    """Nobody can lock themselves out, and keys of others are not found."""
    (own,) = client.get("/api/v1/keys", headers=_key(world)).json()["data"]["keys"]
    response = client.request("DELETE", f"/api/v1/keys/{own['id']}", headers=_key(world))
    assert (response.status_code, error_of(response)) == (409, "LAST_API_KEY")
    other = world.accounts.create_account("other")
    foreign = world.accounts.list_keys(other.account.account_id)[0].key_id
    response = client.request("DELETE", f"/api/v1/keys/{foreign}", headers=_key(world))
    assert (response.status_code, error_of(response)) == (404, "API_KEY_NOT_FOUND")

"""Pixcap's rate limits, over fakes."""

from __future__ import annotations

import math
import time

import pytest
from tests.dialects.client import Client
from tests.dialects.pixcap.asking import PATH, URL, key_of, limits, take
from tests.dialects.pixcap.contract import error_of
from tests.world import World

from pagelapse.dialects.pixcap.limits import BULK, GENERAL, REGISTRATION, SCREENSHOT
from pagelapse.services.rate_windows import RateWindows


def test_the_limits_of_the_text() -> None:
    """Each endpoint has the limit of the vendor's table."""
    rules = [(rule.requests, rule.seconds) for rule in (SCREENSHOT, BULK, GENERAL, REGISTRATION)]
    assert rules == [(60, 60), (10, 3600), (100, 60), (10, 900)]


def test_the_rate_limit_counts_down_and_refuses(client: Client, world: World) -> None:
    """Every answer says what is left; the 61st screenshot of a minute is refused, and a new minute begins anew."""
    now = time.time()
    world.rate_windows = RateWindows(world.table, clock=lambda: now)
    standings = [limits(take(client, world)) for _ in range(60)]
    assert standings == [(60, left) for left in range(59, -1, -1)]
    refused = take(client, world)
    assert (refused.status_code, error_of(refused)) == (429, "RATE_LIMIT_EXCEEDED")
    assert (limits(refused), refused.headers["Retry-After"]) == ((60, 0), "60")
    assert int(refused.headers["X-RateLimit-Reset"]) == math.ceil(now + 60)
    assert len(world.runner.jobs) == 60
    now += 60
    assert limits(take(client, world)) == (60, 59)


def test_screenshots_and_the_rest_are_counted_apart(client: Client, world: World) -> None:
    """What is asked of one endpoint is not taken from another, nor from another account."""
    take(client, world)
    assert limits(client.get("/api/v1/keys", headers=key_of(world))) == (100, 99)
    other = world.accounts.create_account("other")
    response = client.get(PATH, params={"url": URL}, headers={"X-API-Key": other.private_key})
    assert limits(response) == (60, 59)


def test_strangers_are_limited_by_their_address(client: Client, world: World) -> None:
    """Requests without a good key count for the address they come from, whatever X-Forwarded-For says."""
    now = time.time()
    world.rate_windows = RateWindows(world.table, clock=lambda: now)
    answers = [client.get(PATH, headers={"X-Forwarded-For": f"10.0.0.{number}"}) for number in range(61)]
    assert [limits(answer)[1] for answer in answers] == [*range(59, -1, -1), 0]
    assert {answer.status_code for answer in answers[:60]} == {401}
    assert error_of(answers[60]) == "RATE_LIMIT_EXCEEDED"
    assert take(client, world).status_code == 200


def test_an_ipv6_network_is_one_stranger(client: Client) -> None:
    """The addresses of one customer's network are counted together, and another's apart."""
    left = []
    for client.address in ("2001:db8:1:2::1", "2001:db8:1:2:3::4", "2001:db8:1:3::1", "::ffff:192.0.2.1", "192.0.2.1"):
        left.append(limits(client.get(PATH))[1])
    assert left == [59, 58, 59, 59, 58]


def test_paths_of_nobody_are_counted_too(client: Client) -> None:
    """A 404 and a 405 say how many requests are left."""
    assert limits(client.get(f"{PATH}/nowhere")) == (100, 99)
    assert limits(client.request("DELETE", PATH)) == (100, 98)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [(PATH, "GET, POST"), ("/api/v1/keys", "GET, POST"), ("/api/v1/keys/x", "DELETE"), ("/api/v1/register", "POST")],
)
def test_a_405_names_all_methods(client: Client, path: str, allowed: str) -> None:
    """A refused method's answer names every method that the path has."""
    response = client.request("PUT", path)
    assert (response.status_code, response.headers["Allow"]) == (405, allowed)


def test_the_accounts_own_limit_is_told_too(client: Client, world: World) -> None:
    """An account that exceeds its requests per minute of all endpoints is told when to come back."""
    started = time.time()
    world.table.rates[world.new.account.account_id] = started + 100
    response = take(client, world)
    assert (response.status_code, error_of(response)) == (429, "RATE_LIMIT_EXCEEDED")
    reset = int(response.headers["X-RateLimit-Reset"])
    assert limits(response) == (60, 0)
    assert 35 <= reset - started <= 45

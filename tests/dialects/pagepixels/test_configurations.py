"""What PagePixels' configurations, lists and limits say, over fakes."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.dialects.pagepixels.contract import error_of
from tests.services.monitoring import report
from tests.world import World

from pagelapse import services
from pagelapse.monitoring.listings import Page
from pagelapse.services.locations import NOWHERE

URL = "https://example.com/"


def _ask(client: Client, world: World, method: str, path: str, **parameters: object) -> Response:
    headers = {"Authorization": f"Bearer {world.new.private_key}"}
    if method in ("GET", "DELETE"):
        return client.request(method, path, params=parameters, headers=headers)
    return client.request(method, path, json=parameters, headers=headers)


def _made(client: Client, world: World, **parameters: object) -> dict[str, Any]:
    response = _ask(client, world, "POST", "/screenshot_configs", **{"url": URL, **parameters})
    assert response.status_code == 200, response.text
    made: dict[str, Any] = response.json()
    return made


def _config(client: Client, world: World, made: dict[str, Any]) -> dict[str, Any]:
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    config: dict[str, Any] = _ask(client, world, "GET", path).json()["config"]
    return config


def test_parameters_are_kept_as_given(client: Client, world: World) -> None:
    """A configuration shows the caller's parameters in their own types; only a schedule's have types of theirs."""
    given = {"wait": "5000", "page_width": 800, "hover_on_selected": "true", "custom_title": "mine"}
    schedule = {"scheduled_screenshot": "true", "scheduled_every": "10", "scheduled_interval": "hours"}
    config = _config(client, world, _made(client, world, **given, **schedule))
    typed = {"scheduled_screenshot": True, "scheduled_every": 10, "scheduled_interval": "hours"}
    assert config == {"url": URL, **given, **typed}


def test_what_means_nothing_is_named_and_not_kept(client: Client, world: World) -> None:
    """Keys and a snap's own parameters are not stored; what has no effect is named in the answer."""
    response = _ask(client, world, "POST", "/screenshot_configs", url=URL, ttl=5, nonsense=1)
    assert response.headers["X-Pagelapse-Ignored"] == "nonsense, ttl"
    assert _config(client, world, response.json()) == {"url": URL}
    form = {"url": URL, "access_token": world.new.private_key}
    made = client.post("/screenshot_configs", data=form).json()
    assert _config(client, world, made) == {"url": URL}


def test_the_embed_url_is_on_the_host_that_was_asked(client: Client, world: World) -> None:
    """Without a public address in the settings, the embed URL names the host of the request."""
    made = _made(client, world)
    assert made["embed_url"] == f"http://api.test/app/screenshots/{made['screenshot_configuration_id']}/embed"


def test_an_update_is_judged_as_a_whole(client: Client, world: World) -> None:
    """A change that leaves no sensible configuration is refused, and nothing of it is kept."""
    made = _made(client, world)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    for changes, code in (
        ({"scheduled_screenshot": True}, "invalid_schedule_provided"),
        ({"url": "nonsense"}, "missing_or_invalid_url"),
        ({"wait": 20_001}, "unexpected_error"),
        ({"multi_step_actions": [{"type": "dance"}]}, "invalid_multi_step_actions"),
    ):
        response = _ask(client, world, "PATCH", path, **changes)
        assert (response.status_code, error_of(response)) == (400, code)
    assert _config(client, world, made) == {"url": URL}


@pytest.mark.parametrize("nothing", ["", None])
def test_an_update_takes_parameters_away(client: Client, world: World, nothing: str | None) -> None:
    """An empty or null parameter is removed, and its default applies again; what is needed can't be removed."""
    schedule = {"scheduled_screenshot": True, "scheduled_every": 2, "scheduled_interval": "hours"}
    made = _made(client, world, page_width=800, wait=0, **schedule)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    changed = _ask(client, world, "PATCH", path, page_width=nothing, quality=nothing, wait=100)
    assert list(changed.json()["config"].items()) == [("url", URL), ("wait", 100), *schedule.items()]
    stored = world.monitor.configurations_[made["screenshot_configuration_id"]]
    assert stored.plan.options.viewport.width == 1920
    for name, code in (("url", "missing_or_invalid_url"), ("scheduled_every", "invalid_schedule_provided")):
        assert error_of(_ask(client, world, "PATCH", path, **{name: nothing})) == code
    _ask(client, world, "PATCH", path, **dict.fromkeys(schedule, nothing))
    assert _config(client, world, made) == {"url": URL, "wait": 100}
    assert world.monitor.configurations_[made["screenshot_configuration_id"]].next_run is None


@pytest.mark.parametrize(
    ("schedule", "at_fault"),
    [
        ({"scheduled_screenshot": True}, "scheduled_every"),
        ({"scheduled_screenshot": True, "scheduled_every": 2}, "scheduled_interval"),
        ({"scheduled_screenshot": "perhaps"}, "scheduled_screenshot"),
        ({"scheduled_every": 0}, "scheduled_every"),
        ({"scheduled_every": 1.5}, "scheduled_every"),
        ({"scheduled_every": True}, "scheduled_every"),
        ({"scheduled_interval": "fortnights"}, "scheduled_interval"),
        ({"scheduled_every": 101, "scheduled_interval": "years"}, "scheduled_every"),
    ],
)
def test_bad_schedules_are_explained(client: Client, world: World, schedule: dict[str, object], at_fault: str) -> None:
    """A schedule that can't be is refused with a note that begins with the parameter at fault."""
    response = _ask(client, world, "POST", "/screenshot_configs", url=URL, **schedule)
    assert (response.status_code, error_of(response)) == (400, "invalid_schedule_provided")
    assert response.json()["note"].startswith(f"{at_fault}: ")


def test_every_one_is_enough(client: Client, world: World) -> None:
    """Every 1 hour is a schedule, though the vendor's text says "greater than 1"."""
    schedule = {"scheduled_screenshot": True, "scheduled_every": 1, "scheduled_interval": "hours"}
    assert _config(client, world, _made(client, world, **schedule))["scheduled_every"] == 1


@pytest.mark.parametrize("path", ["/screenshot_configs", "/screenshots", "/change_notifications"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Page()),
        ({"page": "2", "limit": "10", "order": "asc"}, Page(2, 10, descending=False)),
        ({"after": "1632624177"}, Page(after_ms=1_632_624_177_000)),
        ({"before": "1632624177263"}, Page(before_ms=1_632_624_177_263)),
    ],
)
def test_paging(client: Client, world: World, path: str, given: dict[str, str], expected: Page) -> None:
    """Lists understand pages, limits, both orders, and time stamps in seconds and in milliseconds."""
    assert _ask(client, world, "GET", path, **given).status_code == 200
    assert [page for _, page in world.monitor.pages] == [expected]


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("page", ["0", "-1", "x", "1.0", "9" * 30], "invalid_page_number"),
        ("limit", ["0", "1001", "x"], "invalid_limit"),
        ("after", ["x", "-5", "1e9", "9" * 30], "invalid_after_date"),
        ("before", ["x", "-5", "2021-01-01"], "invalid_before_date"),
        ("order", ["up"], "unexpected_error"),
    ],
)
def test_bad_paging(client: Client, world: World, name: str, values: list[str], code: str) -> None:
    """Each paging parameter that makes no sense has the vendor's code for it."""
    for value in values:
        response = _ask(client, world, "GET", "/screenshots", **{name: value})
        assert (response.status_code, error_of(response)) == (400, code)


def test_the_account_limits(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits have the shape of the vendor's text, with what was used this month."""
    monkeypatch.setattr(services, "locations", lambda: NOWHERE)
    _made(client, world)
    world.recorder.record(report(world))
    world.limit(10_000)
    results = _ask(client, world, "GET", "/account_limits").json()["results"]
    assert (results["screenshot_limit"], results["screenshot_current_month_usage"]) == (10_000, 1)
    assert set(results) == {
        "screenshot_limit",
        "screenshot_current_month_usage",
        "real_location_bandwidth_limit_in_bytes",
        "real_location_bandwidth_current_month_usage_in_bytes",
    }


def test_a_suspended_account(client: Client, world: World) -> None:
    """A suspended account is refused everywhere, until it is resumed."""
    account_id = world.new.account.account_id
    world.accounts.suspend(account_id)
    response = _ask(client, world, "GET", "/screenshot_configs")
    assert (response.status_code, error_of(response)) == (403, "billing_not_up_to_date")
    world.accounts.resume(account_id)
    assert _ask(client, world, "GET", "/screenshot_configs").status_code == 200


def test_too_many_requests(client: Client, world: World) -> None:
    """An account that asks too often is told for how long to wait."""
    world.new = world.accounts.create_account("eager", request_limit=3)
    statuses = [_ask(client, world, "GET", "/screenshot_configs").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    response = _ask(client, world, "GET", "/screenshot_configs")
    assert error_of(response) == "rate_limit_exceeded"
    assert 1 <= int(response.headers["Retry-After"]) <= 20


def test_publishable_keys_only_snap(client: Client, world: World) -> None:
    """A publishable key, which web pages show, opens no configuration."""
    response = client.get("/screenshot_configs", params={"access_token": world.new.publishable_key})
    assert (response.status_code, error_of(response)) == (403, "invalid_hash_key")

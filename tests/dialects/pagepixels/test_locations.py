"""PP15: `real_location`, `proxy_server`, and the list of locations."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.client import Client
from tests.dialects.pagepixels.contract import error_of
from tests.world import World

from pagelapse import services
from pagelapse.dialects.pagepixels.params import SnapParams, parse
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption
from pagelapse.services.locations import Locations

URL = "https://example.com/"


@pytest.fixture(autouse=True)
def _pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """One city in one country."""
    pool = {"USA": ["Chicago"], "Chicago": ["http://u:p@proxy.example:1"]}
    monkeypatch.setattr(services, "locations", lambda: Locations(pool, monthly_bytes=1))


def test_locations_are_listed_in_the_vendors_form(client: Client, world: World) -> None:
    """`GET /real_locations` names what is configured, sorted, and nothing of the proxies."""
    response = client.get("/real_locations", params={"access_token": world.new.private_key})
    assert response.json() == {"success": True, "results": ["All", "Chicago", "Random", "USA"]}
    assert error_of(client.get("/real_locations")) == "missing_access_token"


@pytest.mark.parametrize("name", ["real_location", "proxy_server"])
def test_both_names_ask_for_the_same_capture(name: str) -> None:
    """`proxy_server` is another name of `real_location`; the vendor's default `false` asks for none."""
    assert parse(SnapParams, Parameters({"url": URL, name: "USA"})).options().location == "USA"
    assert parse(SnapParams, Parameters({"url": URL, name: "false"})).options().location is None
    assert parse(SnapParams, Parameters({"url": URL, "real_location": "USA", name: "USA"})).options().location == "USA"


@pytest.mark.parametrize("given", [{"real_location": "USA", "proxy_server": "UK"}, {"proxy_server": ["USA"]}])
def test_contradictions_are_named(given: dict[str, Any]) -> None:
    """Two different places, or something that is no name, is refused by the parameter's name."""
    with pytest.raises(InvalidOption) as caught:
        parse(SnapParams, Parameters({"url": URL, **given})).options()
    assert caught.value.option == "proxy_server"


def test_an_unknown_location_is_named(client: Client, world: World) -> None:
    """A place that is not configured is an error that names the parameter, and nothing is captured."""
    query = {"access_token": world.new.private_key, "url": URL, "real_location": "Atlantis"}
    response = client.get("/snap", params=query)
    assert (response.status_code, error_of(response)) == (400, "unexpected_error")
    assert response.json()["note"].startswith("real_location: ")
    assert (world.runner.jobs, world.used()) == ([], 0)

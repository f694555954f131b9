"""Pixcap's connectors and its `connector_id`, over fakes."""

from __future__ import annotations

import pytest
from httpx import Response
from tests.connector_fakes import Wires
from tests.dialects.client import Client
from tests.dialects.pixcap.contract import error_of
from tests.world import World

from pagelapse import services
from pagelapse.errors import CaptureError, ConnectorOffline, ConnectorTimeout

PATH = "/api/v1/connectors"
SCREENSHOT = "/api/v1/screenshot"


@pytest.fixture
def wires(world: World, monkeypatch: pytest.MonkeyPatch) -> Wires:
    """A connector, which captures may go through."""
    made = Wires(world)
    monkeypatch.setattr(services, "connectors", lambda: made.connectors)
    world.snaps._flights._connectors = made.connectors
    return made


def _ask(client: Client, world: World, method: str, path: str = PATH, **more: object) -> Response:
    return client.request(method, path, headers={"X-API-Key": world.new.private_key}, **more)


def test_the_texts_example_makes_a_connector(client: Client, world: World, wires: Wires) -> None:
    """The text's "Create Connector" gives an id and a token, which no list shows again."""
    made = _ask(client, world, "POST", json={"name": "Office Network"})
    data = made.json()["data"]
    assert (made.status_code, data["name"], data["status"]) == (201, "Office Network", "offline")
    assert (data["id"][:5], data["token"][:4], data["last_seen_at"]) == ("conn_", "pxc_", None)
    listed = _ask(client, world, "GET")
    assert [found["name"] for found in listed.json()["data"]["connectors"]] == ["Office", "Office Network"]
    assert data["token"] not in listed.text
    assert wires.connect("c9", token=data["token"])
    states = {found["id"]: found["status"] for found in _ask(client, world, "GET").json()["data"]["connectors"]}
    assert states[data["id"]] == "online"


def test_a_new_token_and_the_end(client: Client, world: World, wires: Wires) -> None:
    """Regenerating gives another token for the same connector; deleting ends it."""
    path = f"{PATH}/{wires.connector_id}"
    again = _ask(client, world, "POST", f"{path}/regenerate-token").json()["data"]
    assert again["id"] == wires.connector_id
    assert again["token"] != wires.made.token
    assert _ask(client, world, "DELETE", path).json()["data"]["id"] == wires.connector_id
    gone = _ask(client, world, "DELETE", path)
    assert (gone.status_code, error_of(gone)) == (404, "CONNECTOR_NOT_FOUND")
    assert _ask(client, world, "GET").json()["data"]["connectors"] == []


@pytest.mark.usefixtures("wires")
@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 101}, {"name": "a\tb"}, {"name": 5}])
def test_a_connector_needs_a_name(client: Client, world: World, body: dict[str, object]) -> None:
    """A name that is none is refused by its name."""
    answer = _ask(client, world, "POST", json=body)
    assert (answer.status_code, error_of(answer)) == (400, "INVALID_PARAMETER")
    assert "name" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("POST", PATH), ("DELETE", f"{PATH}/conn_1")])
def test_connectors_need_a_key(client: Client, method: str, path: str) -> None:
    """Nobody sees or makes a connector without a key."""
    assert error_of(client.request(method, path)) == "API_KEY_REQUIRED"


@pytest.mark.parametrize("name", ["connector_id", "connectorId"])
def test_connector_id_routes_the_capture(client: Client, world: World, wires: Wires, name: str) -> None:
    """`connector_id`, in either spelling, names the connector, and the answer says which one was used."""
    wires.connect("c1")
    body = {"url": "http://internal-app.local:3000/dashboard", name: wires.connector_id}
    answer = _ask(client, world, "POST", SCREENSHOT, json=body)
    assert answer.headers["X-Connector-Used"] == wires.connector_id
    assert [job.options.connector for job in world.runner.jobs] == [wires.connector_id]
    plain = _ask(client, world, "GET", SCREENSHOT, params={"url": "https://example.com/"})
    assert "X-Connector-Used" not in plain.headers


@pytest.mark.parametrize("connector_id", ["conn_YOUR_ID", "conn_" + "0" * 24, "anything"])
def test_an_unknown_connector(client: Client, world: World, wires: Wires, connector_id: str) -> None:
    """An id of no connector of the account's is CONNECTOR_NOT_FOUND, and nothing is counted."""
    params = {"url": "http://a.local/", "connector_id": connector_id}
    answer = _ask(client, world, "GET", SCREENSHOT, params=params)
    assert (answer.status_code, error_of(answer)) == (404, "CONNECTOR_NOT_FOUND")
    assert (world.used(), world.runner.jobs) == (0, [])
    assert wires.sockets.texts == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(ConnectorOffline, 503, "CONNECTOR_OFFLINE"), (ConnectorTimeout, 504, "CONNECTOR_TIMEOUT")],
)
def test_the_texts_codes(
    client: Client, world: World, wires: Wires, error: type[CaptureError], status: int, code: str
) -> None:
    """The text's codes of connectors, each with its status; a failed capture is given back."""
    wires.connect("c1")

    def fail(_job: object) -> None:
        raise error("It did not.")

    world.runner.before = fail
    params = {"url": "http://a.local/", "connector_id": wires.connector_id}
    answer = _ask(client, world, "GET", SCREENSHOT, params=params)
    assert (answer.status_code, error_of(answer)) == (status, code)
    assert world.used() == 0

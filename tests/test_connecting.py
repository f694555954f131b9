"""The `connector` function: API Gateway's events in, statuses and batch failures out."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.connector_fakes import Wires
from tests.world import World

from pagelapse import connecting
from pagelapse.capture.messages import Hello


@dataclass
class _Queue:
    hidden: list[tuple[str, int]] = field(default_factory=list)

    def hide(self, receipt: str, seconds: int) -> None:
        self.hidden.append((receipt, seconds))


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Wires:
    """The function's services over fakes."""
    made = Wires(World())
    monkeypatch.setattr(connecting, "sessions", lambda: made.sessions)
    monkeypatch.setattr(connecting, "queued_captures", lambda: made.queued)
    return made


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> _Queue:
    """The connectors' queue."""
    made = _Queue()
    monkeypatch.setattr(connecting, "connector_queue", lambda: made)
    return made


def _tell(kind: str, **more: Any) -> dict[str, Any]:
    event = {"requestContext": {"eventType": kind, "connectionId": "c1", "routeKey": "$default"}, **more}
    return connecting.handle(event, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_a_good_token_is_let_in(wires: Wires, name: str) -> None:
    """An agent comes in with its token in the Authorization header, in whatever case, and out again."""
    assert _tell("CONNECT", headers={name: f"Bearer {wires.made.token}"}) == {"statusCode": 200}
    wires.sockets.open.add("c1")
    assert _tell("MESSAGE", body=Hello(agent_id="a", slots=1).model_dump_json()) == {"statusCode": 200}
    assert wires.connector().is_online(time.time())
    assert _tell("DISCONNECT") == {"statusCode": 200}
    assert not wires.connector().is_online(time.time())


@pytest.mark.parametrize("value", [None, "", "Bearer ", "Bearer pxc_1", "Basic abc", "pxc_1"])
def test_anything_else_is_kept_out(wires: Wires, value: str | None) -> None:
    """Without a good token the handshake is answered with 401."""
    headers = {} if value is None else {"Authorization": value}
    assert _tell("CONNECT", headers=headers) == {"statusCode": 401}
    assert wires.store.connections == {}


def test_a_token_in_the_address_is_not_looked_at(wires: Wires) -> None:
    """Addresses are logged: a token there opens nothing."""
    assert _tell("CONNECT", headers={}, queryStringParameters={"token": wires.made.token}) == {"statusCode": 401}


@pytest.mark.parametrize("body", ["", "nonsense", "[]", '{"type": "$connect"}', '{"type": "report"}', "[" * 100_000])
def test_nonsense_is_dropped(wires: Wires, body: str) -> None:
    """What is no message is passed over, and the connection stays."""
    wires.connect("c1")
    assert _tell("MESSAGE", body=body) == {"statusCode": 200}
    assert "c1" in wires.sockets.open


def test_messages_of_unknown_connections_cut_them(wires: Wires) -> None:
    """A connection that we know nothing of is cut."""
    wires.sockets.open.add("c1")
    _tell("MESSAGE", body=Hello(agent_id="a", slots=1).model_dump_json())
    assert wires.sockets.open == set()


def test_queued_jobs_stay_on_the_queue_until_they_are_done(wires: Wires, queue: _Queue) -> None:
    """A job's message comes again until its report is there; one that can't be read does not keep back the others."""

    def record(number: int, body: str) -> dict[str, Any]:
        attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": str(round(time.time() * 1000))}
        return {"messageId": f"m{number}", "receiptHandle": f"r{number}", "body": body, "attributes": attributes}

    wires.connect("c1")
    gone = wires.job(answer_by=None, options=wires.options(connector="conn_" + "0" * 24))
    bodies = ["nonsense", wires.job(answer_by=None).model_dump_json(), gone.model_dump_json()]
    answer = connecting.handle({"Records": [record(n, body) for n, body in enumerate(bodies)]}, None)  # type: ignore[arg-type]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]}
    assert [receipt for receipt, _ in queue.hidden] == ["r1"]
    (body,) = wires.results.sent
    assert json.loads(body)["failure"]["code"] == "connector_not_found"

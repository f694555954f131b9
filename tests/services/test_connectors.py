"""Connectors, their tokens and their agents' sessions."""

from __future__ import annotations

import time

import pytest
from tests.connector_fakes import Wires
from tests.world import World

from pagelapse.capture.messages import Hello, Leaving, Ping
from pagelapse.connections import SILENCE_S
from pagelapse.errors import ConnectorNotFound, ConnectorOffline, InvalidOption
from pagelapse.services.connectors import MAX_CONNECTORS


@pytest.fixture
def wires(world: World) -> Wires:
    """A connector whose agent is not connected."""
    return Wires(world)


def test_a_token_is_stored_as_its_hash(wires: Wires) -> None:
    """A token can't be read from what is stored, and no two are alike."""
    assert wires.made.token.startswith("pxc_")
    assert wires.made.token not in repr(wires.store.connectors)
    assert wires.made.token not in repr(wires.made)
    assert wires.connectors.create(wires.account_id, "Office").token != wires.made.token


@pytest.mark.parametrize("token", ["", "nonsense", "pxc_", "pxc_" + "0" * 64, "x" * 9000, "токен"])
def test_wrong_tokens_are_refused(wires: Wires, token: str) -> None:
    """Malformed and unknown tokens open nothing."""
    assert wires.sessions.connect("c1", token) is None
    assert wires.store.connections == {}


def test_a_token_of_the_connectors_with_another_secret_is_refused(wires: Wires) -> None:
    """The part of a token that names its connector does not open it."""
    wrong = wires.made.token[:28] + "0" * 40
    assert wires.sessions.connect("c1", wrong) is None


def test_online_from_hello_to_the_end(wires: Wires) -> None:
    """A connector is online from its agent's hello until the connection ends."""
    wires.sessions.connect("c1", wires.made.token)
    assert not wires.connector().is_online(time.time())
    wires.connect("c1")
    assert wires.connector().is_online(time.time())
    wires.sessions.disconnect("c1")
    assert not wires.connector().is_online(time.time())
    assert wires.connector().last_seen_at


def test_a_silent_agent_is_offline(wires: Wires) -> None:
    """An agent that has not been heard of for a while counts as offline; a heartbeat brings it back."""
    wires.connect("c1")
    assert not wires.connector().is_online(time.time() + SILENCE_S + 1)
    wires.sessions.hear("c1", Ping(connector_id=wires.connector_id))
    assert len(wires.sockets.said("pong")) == 1


def test_a_second_agent_displaces_the_first(wires: Wires) -> None:
    """The newest agent of a connector has it; the older one is told and cut, and its end changes nothing."""
    wires.connect("c1")
    wires.connect("c2", agent_id="agent2")
    assert [goodbye.reason for goodbye in wires.sockets.said("goodbye")] == ["displaced"]
    assert wires.sockets.open == {"c2"}
    wires.sessions.disconnect("c1")
    session = wires.connector().session
    assert session
    assert session.connection_id == "c2"


def test_a_heartbeat_of_a_displaced_agent_is_told(wires: Wires) -> None:
    """An agent that has not heard of its displacement learns it by its next heartbeat."""
    wires.connect("c1")
    wires.connect("c2", agent_id="agent2")
    wires.sockets.open.add("c1")
    wires.sessions.hear("c1", Ping(connector_id=wires.connector_id))
    assert [goodbye.reason for goodbye in wires.sockets.said("goodbye")] == ["displaced", "displaced"]


def test_a_heartbeat_after_the_session_was_lost(wires: Wires) -> None:
    """An agent whose session was lost by mistake is cut without a word, so that it connects anew."""
    wires.connect("c1")
    wires.store.end_session(wires.account_id, wires.connector_id, "c1")
    wires.sessions.hear("c1", Ping(connector_id=wires.connector_id))
    assert (wires.sockets.open, wires.sockets.said("goodbye")) == (set(), [])


def test_a_heartbeat_with_a_token_that_was_replaced(wires: Wires) -> None:
    """An agent that has not heard of its token's end learns it by its next heartbeat."""
    wires.connect("c1")
    wires.store.set_token(wires.account_id, wires.connector_id, "another")
    wires.sessions.hear("c1", Ping(connector_id=wires.connector_id))
    assert [goodbye.reason for goodbye in wires.sockets.said("goodbye")] == ["revoked"]


def test_an_agent_that_comes_back_is_not_displaced_by_itself(wires: Wires) -> None:
    """A new connection of the same agent's ends the old one without telling anybody to go."""
    wires.connect("c1")
    wires.connect("c2")
    assert (wires.sockets.open, wires.sockets.said("goodbye")) == ({"c2"}, [])


def test_a_heartbeat_can_name_no_other_connector(wires: Wires) -> None:
    """An agent can't keep somebody else's connector alive."""
    theirs = wires.connectors.create("0123456789ab", "Theirs").connector
    wires.connect("c1")
    wires.sessions.hear("c1", Ping(connector_id=theirs.connector_id))
    assert wires.connectors.get("0123456789ab", theirs.connector_id).last_seen_at is None


def test_an_agent_that_leaves_takes_no_more_jobs(wires: Wires) -> None:
    """An agent that is about to end is offline for new captures."""
    wires.connect("c1")
    wires.sessions.hear("c1", Leaving())
    with pytest.raises(ConnectorOffline):
        wires.connectors.check(wires.account_id, wires.options(), must_be_online=True)


def test_a_new_token_ends_the_old_one(wires: Wires) -> None:
    """With a new token the old one opens nothing, and its agent is cut off."""
    wires.connect("c1")
    made = wires.connectors.regenerate_token(wires.account_id, wires.connector_id)
    assert [goodbye.reason for goodbye in wires.sockets.said("goodbye")] == ["revoked"]
    assert wires.sockets.open == set()
    assert not wires.connect("c2")
    assert wires.connect("c3", token=made.token)


def test_a_token_replaced_between_connecting_and_hello(wires: Wires) -> None:
    """A connection that was opened with the old token gets no session any more."""
    wires.sessions.connect("c1", wires.made.token)
    wires.connectors.regenerate_token(wires.account_id, wires.connector_id)
    wires.sockets.open.add("c1")
    wires.sessions.hear("c1", Hello(agent_id="agent1", slots=1))
    assert wires.connector().session is None
    assert wires.sockets.open == set()


def test_deleting(wires: Wires) -> None:
    """A deleted connector is gone, with its agent."""
    wires.connect("c1")
    wires.connectors.delete(wires.account_id, wires.connector_id)
    assert wires.sockets.open == set()
    assert wires.connectors.list_all(wires.account_id) == []
    assert not wires.connect("c2")
    with pytest.raises(ConnectorNotFound):
        wires.connectors.delete(wires.account_id, wires.connector_id)


def test_other_accounts_find_nothing(wires: Wires) -> None:
    """A connector of another account's is not found, in whatever way it is asked for."""
    for connector_id in (wires.connector_id, "conn_abc123", "", "conn_" + "0" * 24):
        with pytest.raises(ConnectorNotFound):
            wires.connectors.get("0" * 12, connector_id)
    with pytest.raises(ConnectorNotFound):
        wires.connectors.check("0" * 12, wires.options())


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
def test_names(wires: Wires, name: str) -> None:
    """A connector's name is a short, printable text."""
    with pytest.raises(InvalidOption):
        wires.connectors.create(wires.account_id, name)


def test_an_account_has_so_many_connectors(wires: Wires) -> None:
    """An account with all the connectors that it may have must delete one before it makes another."""
    for number in range(2, MAX_CONNECTORS + 1):
        wires.connectors.create(wires.account_id, f"Branch {number}")
    with pytest.raises(InvalidOption, match="connectors already; delete one first"):
        wires.connectors.create(wires.account_id, "Too many")
    wires.connectors.delete(wires.account_id, wires.connector_id)
    wires.connectors.create(wires.account_id, "In its place")


def test_an_account_that_does_not_exist(wires: Wires) -> None:
    """The operator is told when there is no account to make a connector for."""
    wires.store.strangers.add("nobody")
    with pytest.raises(LookupError, match="no account nobody"):
        wires.connectors.create("nobody", "Office")


def test_a_location_and_a_connector_exclude_each_other(wires: Wires) -> None:
    """A capture through a connector can't go through a proxy of ours too."""
    with pytest.raises(InvalidOption):
        wires.connectors.check(wires.account_id, wires.options(location="Berlin"))

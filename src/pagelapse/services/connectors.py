"""Connectors as their accounts see them: made, listed, given new tokens, deleted, and named in captures."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, field, replace
from typing import Protocol

from pagelapse.capture.messages import Goodbye
from pagelapse.capture.options import CaptureOptions
from pagelapse.connections import (
    Connector,
    connector_of,
    hash_token,
    is_connector_id,
    new_connector_id,
    new_token,
)
from pagelapse.errors import ConnectorNotFound, ConnectorOffline, InvalidOption
from pagelapse.services.connector_ports import ConnectorStore, Sockets

MAX_CONNECTORS = 100
"""Of an account; one query lists them."""

MAX_NAME_LENGTH = 100
_NOT_FOUND = "There is no such connector in this account."


@dataclass(frozen=True, slots=True)
class NewToken:
    """A connector with the text of its token, which is shown this once."""

    connector: Connector
    token: str = field(repr=False)


class ConnectorCheck(Protocol):
    """Whether captures may go where their options say."""

    def check(self, account_id: str, options: CaptureOptions, *, must_be_online: bool = False) -> None:
        """See `Connectors.check`."""
        ...


class NoConnectors:
    """A deployment without connectors."""

    def check(self, _account_id: str, options: CaptureOptions, *, must_be_online: bool = False) -> None:  # noqa: ARG002
        """Refuse any connector; raises `ConnectorNotFound`."""
        if options.connector is not None:
            raise ConnectorNotFound(_NOT_FOUND, option="connector")


class Connectors:
    """What accounts do with their connectors.

    Args:
        store: Where they are.
        sockets: The agents' connections.
    """

    def __init__(self, store: ConnectorStore, sockets: Sockets) -> None:
        self._store = store
        self._sockets = sockets

    def create(self, account_id: str, name: str) -> NewToken:
        """Make a connector; its token can't be read again.

        Raises:
            InvalidOption: When the name is empty or longer than `MAX_NAME_LENGTH`, or the account has enough of them.
            LookupError: When there is no such account.
        """
        name = name.strip()
        if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
            raise InvalidOption(f"must be a text of 1 to {MAX_NAME_LENGTH} characters", option="name")
        connector_id = new_connector_id(account_id)
        token = new_token(connector_id)
        made = Connector(account_id, connector_id, name, hash_token(token), time.time())
        if not self._store.add(made, most=MAX_CONNECTORS):
            if not self._store.of_account(account_id):
                raise LookupError(f"no account {account_id}")
            raise InvalidOption(f"The account has {MAX_CONNECTORS} connectors already; delete one first.")
        return NewToken(made, token)

    def list_all(self, account_id: str) -> list[Connector]:
        """The account's connectors, oldest first."""
        found = self._store.of_account(account_id)
        return sorted(found, key=lambda connector: (connector.created_at, connector.connector_id))

    def get(self, account_id: str, connector_id: str) -> Connector:
        """One of the account's connectors.

        Raises:
            ConnectorNotFound: When there is none such, or it is somebody else's.
        """
        found = self._store.find(account_id, connector_id) if is_connector_id(connector_id) else None
        if found is None:
            raise ConnectorNotFound(_NOT_FOUND, option="connector")
        return found

    def delete(self, account_id: str, connector_id: str) -> Connector:
        """Delete a connector and cut its agent off; raises as `get`."""
        found = self.get(account_id, connector_id)
        if not self._store.remove(account_id, connector_id):
            raise ConnectorNotFound(_NOT_FOUND, option="connector")
        self._dismiss(found)
        return found

    def regenerate_token(self, account_id: str, connector_id: str) -> NewToken:
        """Give a connector another token, and cut off the agent that has the old one; raises as `get`."""
        found = self.get(account_id, connector_id)
        token = new_token(connector_id)
        if not self._store.set_token(account_id, connector_id, hash_token(token)):
            raise ConnectorNotFound(_NOT_FOUND, option="connector")
        self._dismiss(found)
        return NewToken(replace(found, token_hash=hash_token(token), session=None), token)

    def check(self, account_id: str, options: CaptureOptions, *, must_be_online: bool = False) -> None:
        """Pass when a capture may go through the connector that its options name, if they name one.

        Args:
            account_id: Whose capture it is.
            options: Of the capture.
            must_be_online: Somebody waits for it.

        Raises:
            ConnectorNotFound: As `get`.
            InvalidOption: When the options name a real location too: its proxy is not in the agent's network.
            ConnectorOffline: When no agent is there.
        """
        if options.connector is None:
            return
        found = self.get(account_id, options.connector)
        if options.location is not None:
            raise InvalidOption("can't be combined with a location", option="connector")
        if must_be_online and not found.is_online(time.time()):
            raise ConnectorOffline("The connector is not connected.", option="connector")

    def identify(self, token: str) -> Connector | None:
        """The connector that a token is of, or `None`; malformed and unknown tokens say the same."""
        claimed = connector_of(token)
        found = self._store.find(*claimed) if claimed else None
        if found is None or not hmac.compare_digest(found.token_hash, hash_token(token)):
            return None
        return found

    def _dismiss(self, connector: Connector) -> None:
        if connector.session is not None:
            self._sockets.post(connector.session.connection_id, Goodbye(reason="revoked").model_dump_json())
            self._sockets.close(connector.session.connection_id)

"""What API Gateway's `@connections` says, by a client that answers so."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from pagelapse.adapters.connections_api import ConnectionsApi


class Client:
    """Answers with an error, or with success."""

    def __init__(self, code: str = "") -> None:
        self.code = code
        self.sent: list[bytes] = []

    def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's names
        self._answer()
        self.sent.append(Data)

    def delete_connection(self, ConnectionId: str) -> None:  # noqa: N803 - boto3's names
        self._answer()

    def _answer(self) -> None:
        if self.code:
            raise ClientError({"Error": {"Code": self.code}}, "PostToConnection")


def test_messages_are_sent() -> None:
    """A message goes out as UTF-8."""
    client = Client()
    assert ConnectionsApi("https://gateway.test/agents", client=client).post("c1", "ä")
    assert client.sent == ["ä".encode()]


@pytest.mark.parametrize("code", ["GoneException", "410"])
def test_a_connection_that_is_gone(code: str) -> None:
    """A connection that is gone is no error; everything else is."""
    assert not ConnectionsApi("https://gateway.test/agents", client=Client(code)).post("c1", "x")
    with pytest.raises(ClientError):
        ConnectionsApi("https://gateway.test/agents", client=Client("LimitExceededException")).post("c1", "x")


@pytest.mark.parametrize("code", ["", "GoneException", "LimitExceededException"])
def test_cutting_never_fails(code: str) -> None:
    """Cutting a connection is best effort."""
    ConnectionsApi("https://gateway.test/agents", client=Client(code)).close("c1")

"""API Gateway's `@connections`: what we say to agents."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from pagelapse.adapters import aws
from pagelapse.observability import logger

_GONE = frozenset({"GoneException", "410", "BadRequestException"})
"""`BadRequestException` is the answer for an id that is no connection's."""


class ConnectionsApi:
    """The open WebSockets of one stage.

    Args:
        url: Of the stage, `https://…`.
        client: Only for tests; the process's own otherwise.
    """

    def __init__(self, url: str, *, client: Any = None) -> None:
        self._url = url
        self._made = client

    @property
    def _client(self) -> Any:
        return self._made or aws.connections_client(self._url)

    def post(self, connection_id: str, text: str) -> bool:
        """Send a message of up to 128 KB (AWS quota); false when the connection is gone.

        Raises:
            botocore.exceptions.ClientError: When API Gateway refuses for another reason.
        """
        try:
            self._client.post_to_connection(ConnectionId=connection_id, Data=text.encode())
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                return False
            raise
        return True

    def close(self, connection_id: str) -> None:
        """Cut a connection, if it is still there; best effort, for nothing depends on it."""
        try:
            self._client.delete_connection(ConnectionId=connection_id)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code not in _GONE:
                logger.warning("a connection was not cut", extra={"code": code})

"""What the connectors' services need of the outside world."""

from __future__ import annotations

from typing import Protocol

from pagelapse.connections import AssignedJob, Assignment, Connection, Connector, Session


class ConnectorStore(Protocol):
    """Connectors, their agents' sessions and jobs. Every write that depends on what was read is conditional."""

    def add(self, connector: Connector, *, most: int) -> bool:
        """Store a new connector; false when the account has `most` already, or when there is no such account."""
        ...

    def find(self, account_id: str, connector_id: str) -> Connector | None:
        """The connector as it is now."""
        ...

    def of_account(self, account_id: str) -> list[Connector]:
        """The account's connectors."""
        ...

    def remove(self, account_id: str, connector_id: str) -> bool:
        """Delete a connector; false when there is no such one."""
        ...

    def set_token(self, account_id: str, connector_id: str, token_hash: str) -> bool:
        """Replace the token and end the session; false when there is no such connector."""
        ...

    def open(self, connection: Connection) -> None:
        """Remember whose agent a new WebSocket is."""
        ...

    def connection(self, connection_id: str) -> Connection | None:
        """Whose agent a WebSocket is."""
        ...

    def close(self, connection_id: str) -> None:
        """Forget a WebSocket."""
        ...

    def begin_session(self, connection: Connection, session: Session, *, now: float) -> bool:
        """Make the session the connector's one; false when the connection's token is no longer the connector's."""
        ...

    def seen(self, account_id: str, connector_id: str, connection_id: str, *, now: float) -> bool:
        """Note that the agent is there; false when the session is another one's."""
        ...

    def change_session(self, account_id: str, connector_id: str, session: Session) -> bool:
        """Replace what is known of a session; false when the session is another one's."""
        ...

    def end_session(self, account_id: str, connector_id: str, connection_id: str) -> bool:
        """Forget the session; false when it is another one's."""
        ...

    def assign(self, assignment: Assignment) -> bool:
        """Write down what an agent is about to be told; false when the job is done, or nobody wants it."""
        ...

    def job(self, account_id: str, job_id: str) -> AssignedJob | None:
        """The job as it is now."""
        ...

    def progress(self, assignment: Assignment) -> tuple[AssignedJob | None, Connector | None]:
        """The job and its connector as they are now."""
        ...

    def accept(self, account_id: str, job_id: str) -> bool:
        """Note that the agent has the job; false when that no longer matters."""
        ...

    def give_back(self, account_id: str, job_id: str) -> bool:
        """Note that the agent won't do the job; false as `accept`."""
        ...

    def abandon(self, account_id: str, job_id: str) -> bool:
        """Note that nobody wants the report any more; false when it is there, or there is no such job."""
        ...

    def finish(self, account_id: str, job_id: str, report: str) -> bool:
        """Write a report down; false when there is one, or nobody wants it any more."""
        ...

    def passed_on(self, account_id: str, job_id: str) -> None:
        """Note that the result queue has the report."""
        ...


class Sockets(Protocol):
    """The agents' open WebSockets."""

    def post(self, connection_id: str, text: str) -> bool:
        """Send a message; false when the connection is gone."""
        ...

    def close(self, connection_id: str) -> None:
        """Cut a connection, if it is still there."""
        ...


class Exchange(Protocol):
    """The bucket, as far as agents come to it."""

    def presigned_post(self, key: str, *, media_type: str, max_bytes: int, seconds: int) -> tuple[str, dict[str, str]]:
        """Address and fields of a form that stores one object, as this type and of at most this size."""
        ...

    def presigned_get(self, key: str, *, seconds: int) -> str:
        """A link that reads one object for `seconds`."""
        ...

    def look_at(self, key: str) -> tuple[int, str] | None:
        """An object's size and content type, or `None` when there is none."""
        ...

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or `None` when there is none."""
        ...

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        """Store an object."""
        ...

"""Agents' sessions: who is connected, and what they say."""

from __future__ import annotations

import time
from dataclasses import replace

from pagelapse.capture.messages import (
    Accepted,
    Goodbye,
    Hello,
    Leaving,
    Ping,
    Pong,
    Recorded,
    Report,
    Returned,
    Welcome,
)
from pagelapse.connections import AssignedJob, Connection, Connector, Session
from pagelapse.observability import correlated, logger
from pagelapse.services.connector_ports import ConnectorStore, Sockets
from pagelapse.services.connector_reports import Reports
from pagelapse.services.connectors import Connectors

Message = Hello | Ping | Accepted | Returned | Report | Leaving


class Sessions:
    """Follows the agents' WebSockets.

    Args:
        connectors: Whose tokens are good.
        store: Where sessions are written down.
        sockets: The agents' connections.
        reports: What becomes of reports.
    """

    def __init__(self, connectors: Connectors, store: ConnectorStore, sockets: Sockets, reports: Reports) -> None:
        self._connectors = connectors
        self._store = store
        self._sockets = sockets
        self._reports = reports

    def connect(self, connection_id: str, token: str) -> Connector | None:
        """Let a WebSocket in whose token is good; it takes no jobs before its `Hello`."""
        found = self._connectors.identify(token)
        if found is not None:
            self._store.open(Connection(connection_id, found.account_id, found.connector_id, found.token_hash))
        return found

    def disconnect(self, connection_id: str) -> None:
        """Forget a WebSocket that has ended, and its session, unless there is another one already."""
        connection = self._store.connection(connection_id)
        if connection is not None:
            self._store.end_session(connection.account_id, connection.connector_id, connection_id)
            self._store.close(connection_id)

    def hear(self, connection_id: str, message: Message) -> None:
        """Do what an agent's message asks for. Messages about jobs of others are dropped."""
        if isinstance(message, Ping):
            self._ping(connection_id, message)
            return
        connection = self._store.connection(connection_id)
        if connection is None:
            self._sockets.close(connection_id)
        elif isinstance(message, Hello):
            self._hello(connection, message)
        elif isinstance(message, Leaving):
            self._leave(connection)
        else:
            self._about_a_job(connection, message)

    def _ping(self, connection_id: str, message: Ping) -> None:
        """One write, without a read: the connection must be the session's of the connector that the agent names."""
        account_id = message.connector_id.removeprefix("conn_")[:12]
        if self._store.seen(account_id, message.connector_id, connection_id, now=time.time()):
            self._sockets.post(connection_id, Pong().model_dump_json())
        else:
            self._part(connection_id, self._why_not(connection_id))

    def _why_not(self, connection_id: str) -> Goodbye | None:
        """Why a connection has no session. `None`: it was lost by mistake, and the agent shall connect anew."""
        connection = self._store.connection(connection_id)
        if connection is None:
            return None
        found = self._store.find(connection.account_id, connection.connector_id)
        if found is None or found.token_hash != connection.token_hash:
            return Goodbye(reason="revoked")
        return None if found.session is None else Goodbye(reason="displaced")

    def _hello(self, connection: Connection, message: Hello) -> None:
        before = self._store.find(connection.account_id, connection.connector_id)
        session = Session(connection.connection_id, message.agent_id, message.slots, message.version)
        if before is None or not self._store.begin_session(connection, session, now=time.time()):
            self._part(connection.connection_id, Goodbye(reason="revoked"))
            return
        if before.session is not None and before.session.connection_id != connection.connection_id:
            same = before.session.agent_id == message.agent_id
            self._part(before.session.connection_id, None if same else Goodbye(reason="displaced"))
        welcome = Welcome(connector_id=connection.connector_id, name=before.name)
        self._sockets.post(connection.connection_id, welcome.model_dump_json())

    def _leave(self, connection: Connection) -> None:
        found = self._store.find(connection.account_id, connection.connector_id)
        if found is not None and found.session is not None:
            gone = replace(found.session, leaving=True)
            if gone.connection_id == connection.connection_id:
                self._store.change_session(connection.account_id, connection.connector_id, gone)

    def _about_a_job(self, connection: Connection, message: Accepted | Returned | Report) -> None:
        job = self._store.job(connection.account_id, message.job_id)
        if job is None or job.assignment.connector_id != connection.connector_id:
            logger.warning("an agent tells of somebody else's job", extra={"connector_id": connection.connector_id})
            job = None
        with correlated(job.assignment.correlation_id if job else None):
            self._follow(connection, message, job)

    def _follow(self, connection: Connection, message: Accepted | Returned | Report, job: AssignedJob | None) -> None:
        logger.info("about a job", extra={"job_id": message.job_id, "told": message.type})
        if isinstance(message, Report):
            self._report(connection, message, job)
        elif job is not None and isinstance(message, Accepted):
            self._store.accept(connection.account_id, message.job_id)
        elif job is not None:
            self._store.give_back(connection.account_id, message.job_id)

    def _report(self, connection: Connection, message: Report, job: AssignedJob | None) -> None:
        if job is not None:
            self._reports.take(job, message.report)
        self._sockets.post(connection.connection_id, Recorded(job_id=message.job_id).model_dump_json())

    def _part(self, connection_id: str, goodbye: Goodbye | None) -> None:
        if goodbye is not None:
            self._sockets.post(connection_id, goodbye.model_dump_json())
        self._sockets.close(connection_id)

"""The table's items of connectors.

| item | pk | sk |
|---|---|---|
| connector | `CONNECTORS#<account>` | `<id>` |
| connection | `CONNECTION#<id of API Gateway's>` | `CONNECTION` |
| assignment | `ASSIGNMENT#<account>#<job>` | `ASSIGNMENT` |
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Self

from pydantic import TypeAdapter
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from pagelapse.adapters.table import Item
from pagelapse.connections import AssignedJob, Assignment, Connection, Connector, JobState, Session

_STATE: TypeAdapter[JobState] = TypeAdapter(JobState)


class ConnectorItem(Item, discriminator="connector"):
    """A connector, with the session of its agent."""

    name = UnicodeAttribute()
    token_hash = UnicodeAttribute()
    created_at = NumberAttribute()
    last_seen_at = NumberAttribute(null=True)
    connection_id = UnicodeAttribute(null=True)
    """Of the session; conditions look at it."""
    session = UnicodeAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, connector_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"CONNECTORS#{account_id}", connector_id)

    def connector(self) -> Connector:
        """The item in the application's terms."""
        return Connector(
            self.pk.partition("#")[2],
            self.sk,
            self.name,
            self.token_hash,
            float(self.created_at),
            None if self.last_seen_at is None else float(self.last_seen_at),
            Session(**json.loads(self.session)) if self.session else None,
        )


class ConnectionItem(Item, discriminator="connection"):
    """Whose agent a WebSocket is."""

    account_id = UnicodeAttribute()
    connector_id = UnicodeAttribute()
    token_hash = UnicodeAttribute()

    @classmethod
    def at(cls, connection_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"CONNECTION#{connection_id}", "CONNECTION")

    def connection(self) -> Connection:
        """The item in the application's terms."""
        return Connection(self.pk.partition("#")[2], self.account_id, self.connector_id, self.token_hash)


class AssignmentItem(Item, discriminator="assignment"):
    """A job that was given to an agent."""

    assignment = UnicodeAttribute()
    state = UnicodeAttribute()
    report = UnicodeAttribute(null=True)
    passed_on = BooleanAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, job_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ASSIGNMENT#{account_id}#{job_id}", "ASSIGNMENT")

    def job(self) -> AssignedJob:
        """The item in the application's terms."""
        return AssignedJob(
            Assignment.model_validate_json(self.assignment),
            _STATE.validate_python(self.state),
            self.report,
            bool(self.passed_on),
        )


def session_text(session: Session) -> str:
    """A session as the connector's item holds it."""
    return json.dumps(asdict(session))

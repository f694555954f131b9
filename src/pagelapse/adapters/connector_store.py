"""Connectors, their agents' sessions and what these were told to do, in DynamoDB."""

from __future__ import annotations

import time

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.connector_items import AssignmentItem, ConnectionItem, ConnectorItem, session_text
from pagelapse.adapters.table import AccountItem, Item, connect
from pagelapse.adapters.writes import applied
from pagelapse.connections import AssignedJob, Assignment, Connection, Connector, Session

CONNECTION_S = 3 * 3600
"""How long a connection is remembered; API Gateway ends each after 2 hours (AWS quota)."""

ASSIGNMENT_S = 86_400
"""How long an assignment is remembered, longer than any queue brings its job again."""


class ConnectorTable:
    """The connectors' part of the table."""

    def __init__(self, table_name: str) -> None:
        self._connection = connect(table_name)

    def add(self, connector: Connector, *, most: int) -> bool:
        """Store a new connector; false when the account has `most` already, or when there is no such account."""
        item = ConnectorItem.at(connector.account_id, connector.connector_id)
        item.name, item.token_hash, item.created_at = connector.name, connector.token_hash, connector.created_at
        count = AccountItem.connectors
        room: Condition = AccountItem.pk.exists() & (count.does_not_exist() | (count < most))

        def write_both() -> None:
            with TransactWrite(connection=self._connection) as write:
                write.update(AccountItem.at(connector.account_id), actions=[count.add(1)], condition=room)
                write.save(item, condition=ConnectorItem.pk.does_not_exist())

        return applied(write_both)

    def find(self, account_id: str, connector_id: str) -> Connector | None:
        """The connector as it is now (consistent read)."""
        place = ConnectorItem.at(account_id, connector_id)
        try:
            return ConnectorItem.get(place.pk, place.sk, consistent_read=True).connector()
        except DoesNotExist:
            return None

    def of_account(self, account_id: str) -> list[Connector]:
        """The account's connectors, by one query."""
        found = ConnectorItem.query(f"CONNECTORS#{account_id}", consistent_read=True)
        return [item.connector() for item in found]

    def remove(self, account_id: str, connector_id: str) -> bool:
        """Delete a connector; false when there is no such one."""
        count = AccountItem.connectors

        def write_both() -> None:
            with TransactWrite(connection=self._connection) as write:
                write.delete(ConnectorItem.at(account_id, connector_id), condition=ConnectorItem.pk.exists())
                write.update(AccountItem.at(account_id), actions=[count.add(-1)], condition=AccountItem.pk.exists())

        return applied(write_both)

    def set_token(self, account_id: str, connector_id: str, token_hash: str) -> bool:
        """Replace the token and end the session; false when there is no such connector."""
        actions = [ConnectorItem.token_hash.set(token_hash), *_no_session()]
        item = ConnectorItem.at(account_id, connector_id)
        return applied(lambda: item.update(actions=actions, condition=ConnectorItem.pk.exists()))

    def open(self, connection: Connection) -> None:
        """Remember whose agent a new WebSocket is."""
        item = ConnectionItem.at(connection.connection_id)
        item.account_id, item.connector_id = connection.account_id, connection.connector_id
        item.token_hash, item.expires_at = connection.token_hash, int(time.time()) + CONNECTION_S
        item.save()

    def connection(self, connection_id: str) -> Connection | None:
        """Whose agent a WebSocket is (consistent read)."""
        place = ConnectionItem.at(connection_id)
        try:
            return ConnectionItem.get(place.pk, place.sk, consistent_read=True).connection()
        except DoesNotExist:
            return None

    def close(self, connection_id: str) -> None:
        """Forget a WebSocket."""
        ConnectionItem.at(connection_id).delete()

    def begin_session(self, connection: Connection, session: Session, *, now: float) -> bool:
        """Make the session the connector's one; false when the connection's token is no longer the connector's."""
        actions: list[Action] = [
            ConnectorItem.connection_id.set(session.connection_id),
            ConnectorItem.session.set(session_text(session)),
            ConnectorItem.last_seen_at.set(now),
        ]
        condition: Condition = ConnectorItem.token_hash == connection.token_hash
        return self._update(connection.account_id, connection.connector_id, actions, condition)

    def seen(self, account_id: str, connector_id: str, connection_id: str, *, now: float) -> bool:
        """Note that the agent is there, by one write; false when the session is another one's."""
        actions: list[Action] = [ConnectorItem.last_seen_at.set(now)]
        return self._update(account_id, connector_id, actions, ConnectorItem.connection_id == connection_id)

    def change_session(self, account_id: str, connector_id: str, session: Session) -> bool:
        """Replace what is known of a session; false when the session is another one's."""
        actions: list[Action] = [ConnectorItem.session.set(session_text(session))]
        same: Condition = ConnectorItem.connection_id == session.connection_id
        return self._update(account_id, connector_id, actions, same)

    def end_session(self, account_id: str, connector_id: str, connection_id: str) -> bool:
        """Forget the session; false when it is another one's."""
        return self._update(account_id, connector_id, _no_session(), ConnectorItem.connection_id == connection_id)

    def _update(self, account_id: str, connector_id: str, actions: list[Action], condition: Condition) -> bool:
        item = ConnectorItem.at(account_id, connector_id)
        return applied(lambda: item.update(actions=actions, condition=condition))

    def assign(self, assignment: Assignment) -> bool:
        """Write down what an agent is about to be told; false when the job is done, or nobody wants it."""
        item = AssignmentItem.at(assignment.account_id, assignment.job_id)
        actions: list[Action] = [
            AssignmentItem.kind.set(AssignmentItem),
            AssignmentItem.assignment.set(assignment.model_dump_json()),
            AssignmentItem.state.set("sent"),
            AssignmentItem.expires_at.set(int(time.time()) + ASSIGNMENT_S),
        ]
        unknown: Condition = AssignmentItem.pk.does_not_exist()
        return applied(lambda: item.update(actions=actions, condition=unknown | _wanted()))

    def job(self, account_id: str, job_id: str) -> AssignedJob | None:
        """The job as it is now (consistent read)."""
        place = AssignmentItem.at(account_id, job_id)
        try:
            return AssignmentItem.get(place.pk, place.sk, consistent_read=True).job()
        except DoesNotExist:
            return None

    def progress(self, assignment: Assignment) -> tuple[AssignedJob | None, Connector | None]:
        """The job and its connector, by one consistent read."""
        places: list[Item] = [
            AssignmentItem.at(assignment.account_id, assignment.job_id),
            ConnectorItem.at(assignment.account_id, assignment.connector_id),
        ]
        keys = [(place.pk, place.sk) for place in places]
        found = {type(item): item for item in Item.batch_get(keys, consistent_read=True)}
        job, connector = found.get(AssignmentItem), found.get(ConnectorItem)
        return (
            job.job() if isinstance(job, AssignmentItem) else None,
            connector.connector() if isinstance(connector, ConnectorItem) else None,
        )

    def accept(self, account_id: str, job_id: str) -> bool:
        """Note that the agent has the job; false when that no longer matters."""
        return self._move(account_id, job_id, "accepted", AssignmentItem.state.is_in("sent", "accepted"))

    def give_back(self, account_id: str, job_id: str) -> bool:
        """Note that the agent won't do the job; false as `accept`."""
        return self._move(account_id, job_id, "returned", AssignmentItem.state.is_in("sent", "accepted"))

    def abandon(self, account_id: str, job_id: str) -> bool:
        """Note that nobody wants the report any more; false when it is there, or there is no such job."""
        return self._move(account_id, job_id, "abandoned", _wanted())

    def finish(self, account_id: str, job_id: str, report: str) -> bool:
        """Write a report down; false when there is one, or nobody wants it any more."""
        return self._move(account_id, job_id, "done", _wanted(), AssignmentItem.report.set(report))

    def passed_on(self, account_id: str, job_id: str) -> None:
        """Note that the result queue has the report."""
        AssignmentItem.at(account_id, job_id).update(actions=[AssignmentItem.passed_on.set(True)])

    def _move(self, account_id: str, job_id: str, state: str, condition: Condition, *more: Action) -> bool:
        item = AssignmentItem.at(account_id, job_id)
        actions = [AssignmentItem.state.set(state), *more]
        return applied(lambda: item.update(actions=actions, condition=condition))


def _wanted() -> Condition:
    wanted: Condition = AssignmentItem.state.is_in("sent", "accepted", "returned")
    return wanted


def _no_session() -> list[Action]:
    return [ConnectorItem.session.remove(), ConnectorItem.connection_id.remove()]

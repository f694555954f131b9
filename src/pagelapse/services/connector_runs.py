"""Captures through an agent, for somebody who waits.

As in `flight`, DynamoDB tells nobody of a change, so the job is read again at growing intervals.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from pagelapse.capture.jobs import CaptureJob, ThumbnailJob
from pagelapse.capture.messages import Cancel
from pagelapse.connections import AssignedJob, Assignment, Connector
from pagelapse.errors import CaptureError, ConnectorTimeout, ServiceBusy
from pagelapse.services.connector_ports import ConnectorStore, Sockets
from pagelapse.services.connectors import Connectors
from pagelapse.services.dispatch import Dispatcher
from pagelapse.services.ports import SnapRunner

ACCEPT_WITHIN_S = 15.0
"""How long an agent may leave a job unacknowledged."""

RECONNECT_WITHIN_S = 10.0
"""How long an agent that has lost its connection in the middle of a job may be gone."""

_FIRST_POLL_S = 0.05
_LONGEST_POLL_S = 0.4


class ConnectorRunner:
    """Runs captures through their connectors' agents.

    Args:
        connectors: Whose they are.
        dispatcher: Gives jobs to agents.
        store: Where reports appear.
        sockets: The agents' connections.
        sleep: Lets a test watch the waiting.
    """

    def __init__(
        self,
        connectors: Connectors,
        dispatcher: Dispatcher,
        store: ConnectorStore,
        sockets: Sockets,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connectors = connectors
        self._dispatcher = dispatcher
        self._store = store
        self._sockets = sockets
        self._sleep = sleep

    def run(self, job: CaptureJob, *, wait_s: float) -> bytes:
        """The report's JSON.

        Raises:
            ConnectorNotFound: The account has no such connector.
            ConnectorOffline: No agent is there.
            ServiceBusy: The agent has given the job back.
            ConnectorTimeout: The agent does not accept it, has stopped answering, or needs longer than `wait_s`.
        """
        started = time.time()
        connector = self._connectors.get(job.account_id, job.options.connector or "")
        seconds = (job.answer_by or started + wait_s) - started
        assignment = self._dispatcher.send(job, connector, seconds=seconds)
        if assignment is None:
            raise CaptureError("The capture broke down.")
        try:
            return self._await(assignment, started + wait_s)
        except CaptureError:
            late = self._give_up(assignment)
            if late is None:
                raise
            return late

    def _await(self, assignment: Assignment, deadline: float) -> bytes:
        gone_since: float | None = None
        for seconds in _poll_intervals():
            self._sleep(seconds)
            job, connector = self._store.progress(assignment)
            now = time.time()
            if job is not None and job.report is not None:
                return job.report.encode()
            _check_progress(assignment, job, now)
            if _is_at_work(assignment, connector, now):
                gone_since = None
            else:
                gone_since = gone_since or now
                _check_absence(assignment, connector, now - gone_since)
            if now > deadline:
                raise ConnectorTimeout("The connector did not answer in time.", option="connector")
        raise AssertionError("unreachable")

    def _give_up(self, assignment: Assignment) -> bytes | None:
        """Drop the job, so that a later report changes nothing; returns one that has come after all."""
        if not self._store.abandon(assignment.account_id, assignment.job_id):
            job, _ = self._store.progress(assignment)
            return job.report.encode() if job is not None and job.report is not None else None
        connector = self._store.find(assignment.account_id, assignment.connector_id)
        if connector is not None and connector.session is not None:
            self._sockets.post(connector.session.connection_id, Cancel(job_id=assignment.job_id).model_dump_json())
        return None


def _check_progress(assignment: Assignment, job: AssignedJob | None, now: float) -> None:
    if job is None or job.state == "abandoned":
        raise ConnectorTimeout("The connector did not answer in time.", option="connector")
    if job.state == "returned":
        raise ServiceBusy("The connector is busy with other captures; ask again in a few seconds.", option="connector")
    if job.state == "sent" and now - assignment.sent_at > ACCEPT_WITHIN_S:
        raise ConnectorTimeout("The connector does not take the capture.", option="connector")


def _check_absence(assignment: Assignment, connector: Connector | None, seconds: float) -> None:
    """Pass while an agent that is not there may still come back with its job."""
    if connector is None or seconds > RECONNECT_WITHIN_S:
        raise ConnectorTimeout("The connector has stopped answering.", option="connector")
    if connector.session is not None and connector.session.agent_id != assignment.agent_id:
        raise ConnectorTimeout("The connector was started anew.", option="connector")


def _is_at_work(assignment: Assignment, connector: Connector | None, now: float) -> bool:
    if connector is None or connector.session is None:
        return False
    return connector.is_present(now) and connector.session.agent_id == assignment.agent_id


class RoutedRunner:
    """Runs captures through the connector that they name, and everything else where it was.

    Args:
        function: `snap`.
        connectors: Those in private networks.
    """

    def __init__(self, function: SnapRunner, connectors: ConnectorRunner) -> None:
        self._function = function
        self._connectors = connectors

    def run(self, job: CaptureJob | ThumbnailJob, *, wait_s: float) -> bytes:
        """See `ports.SnapRunner.run`; raises also as `ConnectorRunner.run`."""
        if isinstance(job, CaptureJob) and job.options.connector is not None:
            return self._connectors.run(job, wait_s=wait_s)
        return self._function.run(job, wait_s=wait_s)


def _poll_intervals() -> Iterator[float]:
    seconds = _FIRST_POLL_S
    while True:
        yield seconds
        seconds = min(_LONGEST_POLL_S, seconds * 1.3)

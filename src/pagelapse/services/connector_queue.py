"""Queued captures through agents. A message stays on the queue until its report is there, and watches over the job."""

from __future__ import annotations

import time

from pagelapse.capture.jobs import CaptureJob
from pagelapse.connections import AssignedJob, Assignment, Connector
from pagelapse.errors import ConnectorNotFound, ConnectorOffline, ConnectorTimeout
from pagelapse.services.connector_ports import ConnectorStore
from pagelapse.services.connector_reports import Reports
from pagelapse.services.dispatch import Dispatcher, assigned_files

QUEUED_JOB_S = 90.0
"""How long an agent may take for a queued capture, its waiting for a free browser included."""

PATIENCE_S = 600.0
"""How long a capture waits for an agent to connect; less than `configurations.OVERDUE_S`."""

MOST_ATTEMPTS = 3
"""How often a job is given out that comes to nothing."""

LONGEST_S = 3600.0
"""How long a capture may take altogether, by an agent that is always busy."""

LOOK_AGAIN_S = 5
_LONGEST_LOOK_S = 30
_LONGEST_BACKOFF_S = 60


class QueuedCaptures:
    """Gives queued jobs to agents and looks after them.

    Args:
        store: The connectors and their jobs.
        dispatcher: Gives jobs to agents.
        reports: Where failures go.
    """

    def __init__(self, store: ConnectorStore, dispatcher: Dispatcher, reports: Reports) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._reports = reports

    def see_to(self, job: CaptureJob, *, received: int, queued_at: float) -> int:
        """Do what the job needs now.

        Args:
            job: The message.
            received: How often it has come, this time included.
            queued_at: When it was sent, Unix time, seconds.

        Returns:
            Seconds after which to look at it again; 0 when it is done with.
        """
        found = self._store.job(job.account_id, job.job_id)
        if found is not None and found.state in ("done", "abandoned"):
            self._reports.pass_on(found)
            return 0
        connector = self._store.find(job.account_id, job.options.connector or "")
        if connector is None:
            return self._fail(job, ConnectorNotFound("The connector was deleted.", option="connector"))
        if found is not None and _is_at_work(found, connector):
            return LOOK_AGAIN_S
        attempt = _attempt(found)
        if attempt > MOST_ATTEMPTS or time.time() - queued_at > LONGEST_S:
            return self._fail(job, ConnectorTimeout("The connector did not answer in time.", option="connector"))
        return self._give_out(job, connector, attempt, received, queued_at)

    def _give_out(self, job: CaptureJob, connector: Connector, attempt: int, received: int, queued_at: float) -> int:
        try:
            self._dispatcher.send(job, connector, seconds=QUEUED_JOB_S, attempt=attempt)
        except ConnectorOffline as offline:
            # An agent that has just lost its connection is coming back, however long the job has been queued.
            waited_s = time.time() - max(queued_at, connector.last_seen_at or 0)
            if waited_s > PATIENCE_S:
                return self._fail(job, offline)
            return round(min(_LONGEST_BACKOFF_S, max(LOOK_AGAIN_S, waited_s / 4)))
        return min(_LONGEST_LOOK_S, LOOK_AGAIN_S * max(received, 1))

    def _fail(self, job: CaptureJob, error: ConnectorNotFound | ConnectorOffline | ConnectorTimeout) -> int:
        file, thumbnail = assigned_files(job)
        self._reports.fail(
            Assignment(
                account_id=job.account_id,
                job_id=job.job_id,
                connector_id=job.options.connector or "",
                agent_id="",
                purpose=job.purpose,
                digest=job.record_digest(),
                file=file,
                thumbnail=thumbnail,
                report_key="",
                answer_by=None,
                sent_at=time.time(),
                overdue_at=time.time(),
            ),
            error,
        )
        return 0


def _is_at_work(job: AssignedJob, connector: Connector) -> bool:
    """Whether an agent has the job, and it may still come to something."""
    assignment, now = job.assignment, time.time()
    if job.state == "returned" or now > assignment.overdue_at:
        return False
    if connector.session is None:
        # It may come back with its job: its reports are repeated.
        return now - (connector.last_seen_at or 0) < LOOK_AGAIN_S * 2
    return connector.session.agent_id == assignment.agent_id


def _attempt(found: AssignedJob | None) -> int:
    """The number of the next attempt; a job that was given back was none."""
    if found is None:
        return 1
    return found.assignment.attempt + (found.state != "returned")

"""Gives captures to agents: written down first, then pushed over the agent's WebSocket."""

from __future__ import annotations

import math
import secrets
import time

from pagelapse.capture.jobs import CaptureJob, StoredFile
from pagelapse.capture.messages import MAX_FILE_BYTES, MAX_MESSAGE_BYTES, MAX_REPORT_BYTES, Job, RemoteJob, Upload
from pagelapse.capture.result import DOCUMENTS, MEDIA_TYPES
from pagelapse.connections import AssignedFile, Assignment, Connector, Session
from pagelapse.errors import ConnectorOffline
from pagelapse.observability import correlation_id
from pagelapse.services.connector_ports import ConnectorStore, Exchange, Sockets

UPLOAD_GRACE_S = 60
"""How much longer than the job its forms are good."""

REPORT_GRACE_S = 15.0
"""How much later than its time a report of a queued job may come."""

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"


class Dispatcher:
    """Tells agents what to do.

    Args:
        store: Where that is written down.
        sockets: How they are told.
        exchange: Where pictures, and what is too large for a message, go.
    """

    def __init__(self, store: ConnectorStore, sockets: Sockets, exchange: Exchange) -> None:
        self._store = store
        self._sockets = sockets
        self._exchange = exchange

    def send(self, job: CaptureJob, connector: Connector, *, seconds: float, attempt: int = 1) -> Assignment | None:
        """Give a job to the connector's agent.

        Args:
            job: What to do.
            connector: As it is now.
            seconds: Until its report must be here.
            attempt: How often it is given out.

        Returns:
            What was written down; `None` when the job is done, or nobody wants it.

        Raises:
            ConnectorOffline: When no agent is there.
        """
        session = connector.session
        if session is None or not connector.is_online(time.time()):
            raise ConnectorOffline("The connector is not connected.", option="connector")
        assignment = _assignment(job, session, connector, seconds, attempt)
        if not self._store.assign(assignment):
            return None
        if not self._sockets.post(session.connection_id, self._message(job, assignment, seconds)):
            self._store.end_session(connector.account_id, connector.connector_id, session.connection_id)
            self._store.give_back(assignment.account_id, assignment.job_id)
            raise ConnectorOffline("The connector is not connected.", option="connector")
        return assignment

    def _message(self, job: CaptureJob, assignment: Assignment, seconds: float) -> str:
        good_for = math.ceil(seconds) + UPLOAD_GRACE_S
        files = [file for file in (assignment.file, assignment.thumbnail) if file]
        work = RemoteJob(
            # What the caller has not set is left to the agent, as its viewport may be.
            job=job.model_dump(mode="json", exclude_unset=True, exclude={"proxy", "answer_by", "inline"}),
            seconds=seconds,
            uploads=tuple(self._upload(file.key, file.stored_type, MAX_FILE_BYTES, good_for) for file in files),
            report=self._upload(assignment.report_key, _JSON, MAX_REPORT_BYTES, good_for),
        )
        ids = {"job_id": job.job_id, "patient": job.answer_by is None}
        text = Job.model_validate({**ids, "work": work}).model_dump_json()
        if len(text.encode()) <= MAX_MESSAGE_BYTES:
            return text
        key = _exchange_key()
        self._exchange.put(key, work.model_dump_json().encode(), media_type=_JSON)
        link = self._exchange.presigned_get(key, seconds=good_for)
        return Job.model_validate({**ids, "work_url": link}).model_dump_json()

    def _upload(self, key: str, media_type: str, max_bytes: int, seconds: int) -> Upload:
        url, fields = self._exchange.presigned_post(key, media_type=media_type, max_bytes=max_bytes, seconds=seconds)
        return Upload(url=url, fields=fields, key=key)


def _assignment(job: CaptureJob, session: Session, connector: Connector, seconds: float, attempt: int) -> Assignment:
    now = time.time()
    file, thumbnail = assigned_files(job)
    return Assignment(
        account_id=job.account_id,
        job_id=job.job_id,
        connector_id=connector.connector_id,
        agent_id=session.agent_id,
        purpose=job.purpose,
        digest=job.record_digest(),
        file=file,
        thumbnail=thumbnail,
        report_key=_exchange_key(),
        answer_by=job.answer_by,
        sent_at=now,
        overdue_at=now + seconds + REPORT_GRACE_S,
        attempt=attempt,
        correlation_id=correlation_id(),
    )


def assigned_files(job: CaptureJob) -> tuple[AssignedFile, AssignedFile | None]:
    """The file that a job gives, and its thumbnail; a document is stored as plain text, so that it can't run script."""
    options = job.options
    if options.output != "image":
        media_type, ending = DOCUMENTS[options.output]
        stored_type = _TEXT if media_type.startswith("text/") else media_type
        return AssignedFile(key=f"{job.key_prefix}.{ending}", stored_type=stored_type, media_type=media_type), None
    media_type = MEDIA_TYPES[options.type]
    ending = "jpg" if options.type == "jpeg" else options.type
    file = AssignedFile(key=f"{job.key_prefix}.{ending}", stored_type=media_type, media_type=media_type)
    if job.thumbnail is None:
        return file, None
    return file, file.model_copy(update={"key": f"{job.key_prefix}_{job.thumbnail.label()}.{ending}"})


def is_as_assigned(found: StoredFile | None, assigned: AssignedFile | None) -> bool:
    """Whether a file that a report tells of is the one that the job may store; none at all is."""
    if found is None:
        return True
    return assigned is not None and (found.key, found.media_type) == (assigned.key, assigned.media_type)


def _exchange_key() -> str:
    return f"connectors/{secrets.token_hex(16)}.json"

"""In-memory stand-ins for the connectors' part of the table, for open WebSockets and for the bucket."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING, Any

from tests.fakes import MemoryPictures
from tests.monitor_fakes import MemoryQueue

from pagelapse.capture.jobs import CaptureJob, CaptureReport, StoredFile
from pagelapse.capture.messages import TO_AGENT, Hello
from pagelapse.capture.options import CaptureOptions
from pagelapse.connections import AssignedJob, Assignment, Connection, Connector, JobState, Session
from pagelapse.services.connector_queue import QueuedCaptures
from pagelapse.services.connector_reports import Reports
from pagelapse.services.connector_runs import ConnectorRunner
from pagelapse.services.connectors import Connectors, NewToken
from pagelapse.services.dispatch import Dispatcher
from pagelapse.services.sessions import Sessions

if TYPE_CHECKING:
    from tests.world import World


class MemoryConnectors:
    """The store; each method is atomic, as each of the table's is one write."""

    def __init__(self) -> None:
        self.connectors: dict[tuple[str, str], Connector] = {}
        self.connections: dict[str, Connection] = {}
        self.jobs: dict[tuple[str, str], AssignedJob] = {}
        self.strangers: set[str] = set()
        """Accounts that don't exist."""
        self._lock = RLock()

    def put(self, connector: Connector) -> None:
        self.connectors[connector.account_id, connector.connector_id] = connector

    def add(self, connector: Connector, *, most: int) -> bool:
        with self._lock:
            if connector.account_id in self.strangers or len(self.of_account(connector.account_id)) >= most:
                return False
            self.put(connector)
            return True

    def find(self, account_id: str, connector_id: str) -> Connector | None:
        return self.connectors.get((account_id, connector_id))

    def of_account(self, account_id: str) -> list[Connector]:
        return [found for found in self.connectors.values() if found.account_id == account_id]

    def remove(self, account_id: str, connector_id: str) -> bool:
        return self.connectors.pop((account_id, connector_id), None) is not None

    def set_token(self, account_id: str, connector_id: str, token_hash: str) -> bool:
        return self._change(account_id, connector_id, token_hash=token_hash, session=None)

    def open(self, connection: Connection) -> None:
        self.connections[connection.connection_id] = connection

    def connection(self, connection_id: str) -> Connection | None:
        return self.connections.get(connection_id)

    def close(self, connection_id: str) -> None:
        self.connections.pop(connection_id, None)

    def begin_session(self, connection: Connection, session: Session, *, now: float) -> bool:
        found = self.find(connection.account_id, connection.connector_id)
        if found is None or found.token_hash != connection.token_hash:
            return False
        return self._change(connection.account_id, connection.connector_id, session=session, last_seen_at=now)

    def seen(self, account_id: str, connector_id: str, connection_id: str, *, now: float) -> bool:
        return self._if_same(account_id, connector_id, connection_id, last_seen_at=now)

    def change_session(self, account_id: str, connector_id: str, session: Session) -> bool:
        return self._if_same(account_id, connector_id, session.connection_id, session=session)

    def end_session(self, account_id: str, connector_id: str, connection_id: str) -> bool:
        return self._if_same(account_id, connector_id, connection_id, session=None)

    def _if_same(self, account_id: str, connector_id: str, connection_id: str, **changes: Any) -> bool:
        found = self.find(account_id, connector_id)
        if found is None or found.session is None or found.session.connection_id != connection_id:
            return False
        return self._change(account_id, connector_id, **changes)

    def _change(self, account_id: str, connector_id: str, **changes: Any) -> bool:
        found = self.find(account_id, connector_id)
        if found is None:
            return False
        self.put(replace(found, **changes))
        return True

    def assign(self, assignment: Assignment) -> bool:
        place = assignment.account_id, assignment.job_id
        found = self.jobs.get(place)
        if found and found.state in ("done", "abandoned"):
            return False
        self.jobs[place] = AssignedJob(assignment, "sent")
        return True

    def job(self, account_id: str, job_id: str) -> AssignedJob | None:
        return self.jobs.get((account_id, job_id))

    def progress(self, assignment: Assignment) -> tuple[AssignedJob | None, Connector | None]:
        job = self.job(assignment.account_id, assignment.job_id)
        return job, self.find(assignment.account_id, assignment.connector_id)

    def accept(self, account_id: str, job_id: str) -> bool:
        return self._move(account_id, job_id, "accepted", ("sent", "accepted"))

    def give_back(self, account_id: str, job_id: str) -> bool:
        return self._move(account_id, job_id, "returned", ("sent", "accepted"))

    def abandon(self, account_id: str, job_id: str) -> bool:
        return self._move(account_id, job_id, "abandoned", ("sent", "accepted", "returned"))

    def finish(self, account_id: str, job_id: str, report: str) -> bool:
        return self._move(account_id, job_id, "done", ("sent", "accepted", "returned"), report=report)

    def passed_on(self, account_id: str, job_id: str) -> None:
        self.jobs[account_id, job_id] = replace(self.jobs[account_id, job_id], passed_on=True)

    def _move(self, account_id: str, job_id: str, state: JobState, before: tuple[JobState, ...], **more: Any) -> bool:
        with self._lock:
            found = self.jobs.get((account_id, job_id))
            if found is None or found.state not in before:
                return False
            self.jobs[account_id, job_id] = replace(found, state=state, **more)
            return True


class MemorySockets:
    """Open WebSockets, and what was said on them."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.texts: list[tuple[str, str]] = []

    def post(self, connection_id: str, text: str) -> bool:
        if connection_id not in self.open:
            return False
        self.texts.append((connection_id, text))
        return True

    def close(self, connection_id: str) -> None:
        self.open.discard(connection_id)

    def said(self, kind: str) -> list[Any]:
        """The messages of one kind, oldest first."""
        messages: list[Any] = [TO_AGENT.validate_json(text) for _, text in self.texts]
        return [message for message in messages if message.type == kind]


class MemoryExchange(MemoryPictures):
    """The bucket, with the types of its objects."""

    def __init__(self) -> None:
        super().__init__()
        self.types: dict[str, str] = {}

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        self.objects[key], self.types[key] = body, media_type

    def presigned_post(self, key: str, *, media_type: str, max_bytes: int, seconds: int) -> tuple[str, dict[str, str]]:
        return "https://bucket.test/", {"key": key, "Content-Type": media_type, "size": str(max_bytes)}

    def look_at(self, key: str) -> tuple[int, str] | None:
        return (len(self.objects[key]), self.types[key]) if key in self.objects else None


@dataclass
class Wires:
    """The connectors' services over fakes, and one connector of the world's account."""

    world: World
    store: MemoryConnectors = field(default_factory=MemoryConnectors)
    sockets: MemorySockets = field(default_factory=MemorySockets)
    exchange: MemoryExchange = field(default_factory=MemoryExchange)
    results: MemoryQueue = field(default_factory=MemoryQueue)

    def __post_init__(self) -> None:
        self.connectors = Connectors(self.store, self.sockets)
        self.dispatcher = Dispatcher(self.store, self.sockets, self.exchange)
        self.reports = Reports(self.store, self.exchange, self.results)
        self.sessions = Sessions(self.connectors, self.store, self.sockets, self.reports)
        self.queued = QueuedCaptures(self.store, self.dispatcher, self.reports)
        self.runner = ConnectorRunner(self.connectors, self.dispatcher, self.store, self.sockets, sleep=self.world._nap)
        self.account_id = self.world.new.account.account_id
        self.made: NewToken = self.connectors.create(self.account_id, "Office")
        self.connector_id = self.made.connector.connector_id

    def connect(self, connection_id: str = "c1", *, agent_id: str = "agent1", token: str | None = None) -> bool:
        """Let an agent connect and say hello."""
        if self.sessions.connect(connection_id, token or self.made.token) is None:
            return False
        self.sockets.open.add(connection_id)
        self.sessions.hear(connection_id, Hello(agent_id=agent_id, slots=2))
        return True

    def connector(self) -> Connector:
        """As it is now."""
        return self.connectors.get(self.account_id, self.connector_id)

    def options(self, **more: Any) -> CaptureOptions:
        """A capture through the connector."""
        return CaptureOptions(**{"url": "http://internal.local/", "connector": self.connector_id, **more})

    def job(self, **more: Any) -> CaptureJob:
        """A job for somebody who waits, unless told otherwise."""
        fields: dict[str, Any] = {"answer_by": time.time() + 10, "options": self.options(), **more}
        return CaptureJob(job_id="j1", account_id=self.account_id, key_prefix="pictures/abc", **fields)

    def report(self, job: CaptureJob, **changes: Any) -> dict[str, Any]:
        """What an honest agent reports, its file uploaded."""
        key = f"{job.key_prefix}.png"
        self.exchange.put(key, b"picture", media_type="image/png")
        file = StoredFile(key=key, media_type="image/png", size=7, width=4, height=3)
        report = CaptureReport(
            job_id=job.job_id, account_id=job.account_id, digest="", file=file, taken_at_ms=round(time.time() * 1000)
        )
        return report.model_copy(update=changes).model_dump(mode="json", exclude_defaults=True)

    def recorded(self, job: CaptureJob) -> CaptureReport:
        """The report as it was written down."""
        found = self.store.job(job.account_id, job.job_id)
        assert found
        assert found.report
        return CaptureReport.model_validate_json(found.report)

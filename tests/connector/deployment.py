"""A deployment as an agent sees it: a WebSocket server that speaks the protocol, and a crew without browsers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from pagelapse.capture.messages import FROM_AGENT, Job, Ping, Pong, Recorded, RemoteJob, Report, Upload, Welcome
from pagelapse.connector.agent import Agent
from pagelapse.connector.orders import Done, TooLate
from pagelapse.settings import ConnectorSettings

TOKEN = "pxc_" + "a" * 64
WITHIN_S = 30.0


@dataclass
class Deployment:
    """What agents said, and how the deployment answers."""

    heard: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sockets: list[ServerConnection] = field(default_factory=list)
    statuses: list[HTTPStatus] = field(default_factory=list)
    """Answers to the next handshakes instead of letting them in."""
    records: bool = True
    heartbeat_s: float = 20.0
    fragments: int = 0
    url: str = ""

    def of(self, kind: str) -> list[Any]:
        """What was heard of one kind."""
        return [message for message in self.heard if message.type == kind]

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for a condition."""
        async with asyncio.timeout(WITHIN_S):
            while not reached():  # noqa: ASYNC110 - what is waited for happens in several places
                await asyncio.sleep(0.01)

    async def say(self, message: BaseModel) -> None:
        """Send to the newest connection."""
        await self.sockets[-1].send(message.model_dump_json())

    def refuse(self, _socket: ServerConnection, request: Request) -> Response | None:
        """Answer a handshake."""
        self.headers.append({name.lower(): value for name, value in request.headers.raw_items()})
        if not self.statuses:
            return None
        status = self.statuses.pop(0)
        return _socket.respond(status, "no")

    async def serve(self, socket: ServerConnection) -> None:
        """Speak the protocol."""
        self.sockets.append(socket)
        try:
            while True:
                parts = [part async for part in socket.recv_streaming()]
                self.fragments = max(self.fragments, len(parts))
                assert all(len(part) <= 32_000 for part in parts)
                await self.answer(socket, FROM_AGENT.validate_json("".join(map(str, parts))))
        except ConnectionClosed:
            return

    async def answer(self, socket: ServerConnection, message: Any) -> None:
        """What the deployment says to a message."""
        self.heard.append(message)
        reply: BaseModel | None = None
        if message.type == "hello":
            reply = Welcome(connector_id="conn_x", name="Office", heartbeat_s=self.heartbeat_s)
        elif isinstance(message, Ping):
            reply = Pong()
        elif isinstance(message, Report) and self.records:
            reply = Recorded(job_id=message.job_id)
        if reply is not None:
            await socket.send(reply.model_dump_json())


class Crew:
    """Captures that end when the test says so, or with what it makes of them."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.going_on = asyncio.Event()
        self.going_on.set()
        self.done = Done(report={"job_id": "x"})
        self.ended = False
        self.broken = False
        self.late = False
        self.cancelled: list[str] = []

    async def start(self) -> None:
        """Nothing."""

    async def take(
        self, work: RemoteJob, *, until: float, timeout_s: float, viewport: tuple[int, int], patient: bool
    ) -> Done:
        """See `crew.Crew.take`."""
        name = str(work.job["job_id"])
        self.taken.append(name)
        if self.late:
            raise TooLate
        if self.broken:
            raise RuntimeError("the crew is ill")
        try:
            await self.going_on.wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        return self.done

    async def end(self) -> None:
        """Nothing."""
        self.ended = True


def job(job_id: str) -> Job:
    """A job's message."""
    form = Upload(url="https://bucket.test/", fields={}, key="k")
    return Job(job_id=job_id, work=RemoteJob(job={"job_id": job_id}, seconds=10, uploads=(), report=form))


@asynccontextmanager
async def deployed(deployment: Deployment) -> AsyncIterator[Deployment]:
    """Serve on a free port."""
    async with serve(deployment.serve, "127.0.0.1", 0, process_request=deployment.refuse, max_size=None) as server:
        deployment.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/agents"
        yield deployment


def with_agent(
    test: Callable[[Deployment, Crew, Agent], Awaitable[None]], deployment: Deployment | None = None
) -> tuple[int, Crew]:
    """Run an agent against a deployment while a test looks on; returns its exit status."""

    async def run() -> tuple[int, Crew]:
        async with deployed(deployment or Deployment()) as server:
            crew = Crew()
            settings = ConnectorSettings(token=TOKEN, url=server.url, connector_slots=2)
            agent = Agent(settings, crew)
            running = asyncio.create_task(agent.run())
            await test(server, crew, agent)
            agent.stop()
            return await asyncio.wait_for(running, WITHIN_S), crew

    return asyncio.run(run())

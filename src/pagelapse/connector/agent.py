"""The agent's connection: out to the deployment's WebSocket API, kept up, with jobs coming in and reports going out."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from pydantic import BaseModel, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from pagelapse.capture.jobs import CaptureReport, Failure
from pagelapse.capture.messages import (
    HEARTBEAT_S,
    TO_AGENT,
    Accepted,
    Cancel,
    Goodbye,
    Hello,
    Job,
    Leaving,
    Ping,
    Pong,
    Recorded,
    RemoteJob,
    Report,
    Returned,
    Welcome,
)
from pagelapse.connector.orders import Done
from pagelapse.connector.work import read_work
from pagelapse.errors import CaptureError
from pagelapse.observability import logger
from pagelapse.settings import ConnectorSettings

VERSION = "1"
TRAVEL_S = 2.0
"""Kept of a job's time for the upload and the way back."""

IN_LINE = 4
"""Jobs per slot that are accepted; further ones are given back."""

REPORTS_KEPT = 1000
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
STEADY_S = 30.0
"""A connection that lasted so long was a good one: the next is tried soon."""

FINISH_WITHIN_S = 7.0
"""For what is under way when the agent is told to end; Docker kills after 10 s."""

_FRAME_CHARACTERS = 7000
"""API Gateway takes frames of up to 32 KB (AWS quota), and a character has up to 4 bytes."""

STOPPED, REJECTED, DISPLACED = 0, 2, 3
"""Exit statuses."""


class Workers(Protocol):
    """Takes captures; see `crew.Crew`."""

    async def start(self) -> None:
        """Have one ready."""
        ...

    async def take(self, work: RemoteJob, *, until: float, timeout_s: float, viewport: tuple[int, int]) -> Done:
        """Take a capture."""
        ...

    async def end(self) -> None:
        """End all."""
        ...


class _Ended(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class Agent:
    """One connector's agent.

    Args:
        settings: Where to connect to, and as whom.
        crew: Takes the captures.
    """

    def __init__(self, settings: ConnectorSettings, crew: Workers) -> None:
        self._settings = settings
        self._crew = crew
        self._id = secrets.token_hex(8)
        self._socket: ClientConnection | None = None
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._reports: dict[str, Report] = {}
        self._stopping = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._heard_at = 0.0

    def stop(self) -> None:
        """Finish what is under way, hand back what can't be finished, and end."""
        self._stopping.set()

    async def run(self) -> int:
        """Work until `stop`, or until the token is no longer good; returns the exit status."""
        await self._crew.start()
        connected = asyncio.create_task(self._stay_connected())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({connected, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if connected.done():
                return connected.result()
            await self._wind_up()
            return STOPPED
        finally:
            tasks = [connected, stopping, *self._jobs.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._crew.end()

    async def _stay_connected(self) -> int:
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._connection()
            except _Ended as ended:
                return ended.status
            except InvalidStatus as refused:
                status = refused.response.status_code
                if status in (401, 403):
                    logger.error("the token is rejected: make a new one, or check PAGELAPSE_CONNECTOR_TOKEN")
                    return REJECTED
                logger.warning("not connected", extra={"status": status})
            except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError) as error:
                logger.warning("not connected", extra={"why": f"{type(error).__name__}: {error}"[:200]})
            steady = asyncio.get_running_loop().time() - began > STEADY_S
            failures = 0 if steady else failures + 1
            await asyncio.sleep(wait_s(failures))

    async def _connection(self) -> None:
        """Connect, and serve until the connection ends."""
        headers = {"Authorization": f"Bearer {self._settings.token.get_secret_value()}"}
        async with connect(
            self._settings.url,
            additional_headers=headers,
            user_agent_header=f"pagelapse-connector/{VERSION}",
            compression=None,
            open_timeout=20,
            close_timeout=3,
            ping_interval=None,
        ) as socket:
            self._socket, self._heard_at = socket, asyncio.get_running_loop().time()
            heart: asyncio.Task[None] | None = None
            try:
                await self._send(Hello(agent_id=self._id, slots=self._settings.connector_slots, version=VERSION))
                heart = asyncio.create_task(self._beat(socket, None))
                async for text in socket:
                    message = _parsed(text)
                    if isinstance(message, Welcome):
                        heart.cancel()
                        heart = asyncio.create_task(self._beat(socket, message))
                    if message is not None:
                        await self._hear(message)
            finally:
                self._socket = None
                if heart is not None:
                    heart.cancel()
        logger.warning("disconnected", extra={"code": socket.close_code, "why": socket.close_reason})

    async def _beat(self, socket: ClientConnection, welcome: Welcome | None) -> None:
        """Say now and then that we are there; a deployment that has stopped answering is left."""
        every_s = welcome.heartbeat_s if welcome else HEARTBEAT_S
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(every_s)
                if welcome is not None:
                    await socket.send(Ping(connector_id=welcome.connector_id).model_dump_json())
                if asyncio.get_running_loop().time() - self._heard_at > every_s * 2.5 or welcome is None:
                    await socket.close(4000, "no answer")

    async def _hear(self, message: Welcome | Pong | Job | Cancel | Recorded | Goodbye) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if isinstance(message, Welcome):
            logger.info("connected", extra={"connector_id": message.connector_id, "connector": message.name})
            await self._resume()
        elif isinstance(message, Job):
            await self._take(message)
        elif isinstance(message, Cancel):
            self._cancel(message.job_id)
        elif isinstance(message, Recorded):
            self._reports.pop(message.job_id, None)
            self._acknowledged.set()
        elif isinstance(message, Goodbye) and message.reason == "displaced":
            logger.error("another agent has connected with this token; give each agent a connector of its own")
            raise _Ended(DISPLACED)
        elif isinstance(message, Goodbye):
            logger.error("the token is no longer good: the connector has a new one, or was deleted")
            raise _Ended(REJECTED)

    async def _resume(self) -> None:
        """On a new connection, tell again what the last one may have lost."""
        for job_id in list(self._jobs):
            await self._send(Accepted(job_id=job_id))
        for report in list(self._reports.values()):
            await self._send(report)
        if self._stopping.is_set():
            await self._send(Leaving())

    async def _take(self, message: Job) -> None:
        if message.job_id in self._reports:
            await self._send(self._reports[message.job_id])
            return
        known = message.job_id in self._jobs
        if not known and (self._stopping.is_set() or len(self._jobs) >= IN_LINE * self._settings.connector_slots):
            await self._send(Returned(job_id=message.job_id))
            return
        if not known:
            arrived = asyncio.get_running_loop().time()
            self._jobs[message.job_id] = asyncio.create_task(self._do(message, arrived))
        await self._send(Accepted(job_id=message.job_id))

    async def _do(self, message: Job, arrived: float) -> None:
        logger.info("job", extra={"job_id": message.job_id})
        done = await self._done(message, arrived)
        self._jobs.pop(message.job_id, None)
        self._reports[message.job_id] = report = Report(job_id=message.job_id, report=done.report)
        while len(self._reports) > REPORTS_KEPT:
            self._reports.pop(next(iter(self._reports)))
        failure = (done.report or {}).get("failure")
        logger.info("job done", extra={"job_id": message.job_id, "failure": failure})
        await self._send(report)

    async def _done(self, message: Job, arrived: float) -> Done:
        settings = self._settings
        try:
            work = await read_work(message)
            return await self._crew.take(
                work,
                until=arrived + work.seconds - TRAVEL_S,
                timeout_s=settings.timeout_ms / 1000,
                viewport=(settings.viewport_width, settings.viewport_height),
            )
        except CaptureError as error:
            failure = Failure(code=error.code, message=error.message, option=error.option)
            report = CaptureReport(job_id=message.job_id, account_id="", digest="", failure=failure)
            return Done(report=report.model_dump(mode="json", exclude_defaults=True))

    def _cancel(self, job_id: str) -> None:
        task = self._jobs.pop(job_id, None)
        if task is not None:
            task.cancel()
            logger.info("job cancelled", extra={"job_id": job_id})

    async def _wind_up(self) -> None:
        logger.info("ending", extra={"jobs": len(self._jobs)})
        await self._send(Leaving())
        if self._jobs:
            await asyncio.wait(set(self._jobs.values()), timeout=FINISH_WITHIN_S)
        for job_id in list(self._jobs):
            self._cancel(job_id)
            await self._send(Returned(job_id=job_id))
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                while self._reports and self._socket is not None:
                    self._acknowledged.clear()
                    await self._acknowledged.wait()
        if self._socket is not None:
            await self._socket.close()

    async def _send(self, message: BaseModel) -> None:
        """Send, if there is a connection; what matters is told again on the next one."""
        socket = self._socket
        if socket is None:
            return
        text = message.model_dump_json()
        with suppress(ConnectionClosed):
            await socket.send(text if len(text) <= _FRAME_CHARACTERS else _frames(text))


def wait_s(failures: int) -> float:
    """Seconds until the next try, growing exponentially, with jitter so that a fleet does not come back as one."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures, 20))
    return random.uniform(longest / 2, longest)  # noqa: S311 - no secret


def _frames(text: str) -> Iterable[str]:
    return [text[start : start + _FRAME_CHARACTERS] for start in range(0, len(text), _FRAME_CHARACTERS)]


def _parsed(text: str | bytes) -> Welcome | Pong | Job | Cancel | Recorded | Goodbye | None:
    """A message; `None` for what only later versions know."""
    try:
        return TO_AGENT.validate_json(text)
    except ValidationError:
        logger.warning("a message of an unknown kind")
        return None

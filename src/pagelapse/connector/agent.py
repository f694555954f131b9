"""The agent's connection: out to the deployment's WebSocket API, kept up, with jobs coming in and reports going out."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Iterable
from contextlib import suppress

from pydantic import BaseModel, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidProxy, InvalidStatus, InvalidURI, WebSocketException

from pagelapse.capture.messages import (
    HEARTBEAT_S,
    TO_AGENT,
    Cancel,
    Goodbye,
    Hello,
    Job,
    Leaving,
    Ping,
    Pong,
    Recorded,
    Welcome,
)
from pagelapse.connector.jobs import Jobs, Workers
from pagelapse.observability import logger
from pagelapse.settings import ConnectorSettings

VERSION = "1"
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
STEADY_S = 30.0
"""A connection that lasted so long was a good one: the next is tried soon."""

FINISH_WITHIN_S = 7.0
"""For what is under way when the agent is told to end; Docker kills after 10 s."""

RECORD_WITHIN_S = 2.0
"""For the last reports to be acknowledged then."""

_FRAME_CHARACTERS = 7000
"""API Gateway takes frames of up to 32 KB (AWS quota), and a character has up to 4 bytes."""

STOPPED, MISCONFIGURED, REJECTED, DISPLACED = 0, 1, 2, 3
"""Exit statuses."""


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
        self._jobs = Jobs(settings, crew, self._send)
        self._stopping = asyncio.Event()
        self._heard_at = 0.0

    def stop(self) -> None:
        """Finish what is under way, hand back what can't be finished, and end."""
        self._stopping.set()

    async def run(self) -> int:
        """Work until `stop`, or until the token is no longer good.

        Returns:
            The exit status.

        Raises:
            BrowserLost: When the browser does not work at all.
        """
        starting = asyncio.create_task(self._crew.start())
        connected = asyncio.create_task(self._stay_connected())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({starting, connected, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asyncio.wait({connected, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if connected.done():
                return connected.result()
            await self._wind_up()
            return STOPPED
        finally:
            for task in (starting, connected, stopping):
                task.cancel()
            await asyncio.gather(starting, connected, stopping, return_exceptions=True)
            await self._jobs.end()
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
            except (InvalidURI, InvalidProxy) as error:
                logger.error("the address or the proxy makes no sense", extra={"why": str(error)[:200]})
                return MISCONFIGURED
            except (OSError, WebSocketException, TimeoutError) as error:
                logger.warning("not connected", extra={"why": f"{type(error).__name__}: {error}"[:200]})
            if asyncio.get_running_loop().time() - began > STEADY_S:
                failures = 0
            await asyncio.sleep(wait_s(failures))
            failures += 1

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
                    await self._jobs.tell_overdue()
                if asyncio.get_running_loop().time() - self._heard_at > every_s * 2.5 or welcome is None:
                    await socket.close(4000, "no answer")

    async def _hear(self, message: Welcome | Pong | Job | Cancel | Recorded | Goodbye) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if isinstance(message, Welcome):
            logger.info("connected", extra={"connector_id": message.connector_id, "connector": message.name})
            await self._jobs.tell_all()
            if self._stopping.is_set():
                await self._send(Leaving())
        elif isinstance(message, Job):
            await self._jobs.take(message, ending=self._stopping.is_set())
        elif isinstance(message, Cancel):
            self._jobs.cancel(message.job_id)
        elif isinstance(message, Recorded):
            self._jobs.recorded(message.job_id)
        elif isinstance(message, Goodbye) and message.reason == "displaced":
            logger.error("another agent has connected with this token; give each agent a connector of its own")
            raise _Ended(DISPLACED)
        elif isinstance(message, Goodbye):
            logger.error("the token is no longer good: the connector has a new one, or was deleted")
            raise _Ended(REJECTED)

    async def _wind_up(self) -> None:
        logger.info("ending", extra={"jobs": len(self._jobs)})
        await self._send(Leaving())
        await self._jobs.finish(within_s=FINISH_WITHIN_S)
        if self._socket is not None:
            await self._jobs.until_recorded(within_s=RECORD_WITHIN_S)
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

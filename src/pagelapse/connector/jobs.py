"""What the agent is doing, and what it has done that nobody has recorded yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from pydantic import BaseModel

from pagelapse.capture.jobs import CaptureReport, Failure
from pagelapse.capture.messages import Accepted, Job, RemoteJob, Report, Returned
from pagelapse.connector.orders import Done, TooLate
from pagelapse.connector.work import read_work
from pagelapse.errors import BrowserLost, CaptureError
from pagelapse.observability import log_unexpected, logger
from pagelapse.settings import ConnectorSettings

TRAVEL_S = 2.0
"""Kept of a job's time for the upload and the way back."""

IN_LINE = 16
"""Jobs per slot that are accepted, those under way included; further ones are given back."""

REPORTS_KEPT = 1000

Send = Callable[[BaseModel], Awaitable[None]]


class Workers(Protocol):
    """Takes captures; see `crew.Crew`."""

    async def start(self) -> None:
        """Have one ready; raises `BrowserLost` when its browser does not work."""
        ...

    async def take(
        self, work: RemoteJob, *, until: float, timeout_s: float, viewport: tuple[int, int], patient: bool
    ) -> Done:
        """Take a capture; raises `TooLate` when a patient job should be given back."""
        ...

    async def end(self) -> None:
        """End all."""
        ...


class Jobs:
    """Does jobs, each once, and tells of them until somebody has recorded it.

    Args:
        settings: How much at once, and how long.
        crew: Takes the captures.
        send: Sends a message, if there is a connection.
    """

    def __init__(self, settings: ConnectorSettings, crew: Workers, send: Send) -> None:
        self._settings = settings
        self._crew = crew
        self._send = send
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._reports: dict[str, Report] = {}
        self._told_before: set[str] = set()
        self._recorded = asyncio.Event()

    async def take(self, message: Job, *, ending: bool) -> None:
        """Begin a job, or give it back; one that is known is only acknowledged or reported again."""
        if message.job_id in self._reports:
            await self._send(self._reports[message.job_id])
            return
        known = message.job_id in self._under_way
        if not known and (ending or len(self._under_way) >= IN_LINE * self._settings.connector_slots):
            await self._send(Returned(job_id=message.job_id))
            return
        if not known:
            arrived = asyncio.get_running_loop().time()
            self._under_way[message.job_id] = asyncio.create_task(self._do(message, arrived))
        await self._send(Accepted(job_id=message.job_id))

    def cancel(self, job_id: str) -> None:
        """Drop a job."""
        task = self._under_way.pop(job_id, None)
        if task is not None:
            task.cancel()
            logger.info("job cancelled", extra={"job_id": job_id})

    def recorded(self, job_id: str) -> None:
        """Forget a report."""
        self._reports.pop(job_id, None)
        self._recorded.set()

    async def tell_all(self) -> None:
        """On a new connection, tell again what the last one may have lost."""
        for job_id in list(self._under_way):
            await self._send(Accepted(job_id=job_id))
        for report in list(self._reports.values()):
            await self._send(report)

    async def tell_overdue(self) -> None:
        """Tell the reports again that were there at the last call already."""
        for job_id in self._told_before & self._reports.keys():
            await self._send(self._reports[job_id])
        self._told_before = set(self._reports)

    async def finish(self, *, within_s: float) -> None:
        """Wait for what is under way, and give back what takes longer."""
        if self._under_way:
            await asyncio.wait(set(self._under_way.values()), timeout=within_s)
        for job_id in list(self._under_way):
            self.cancel(job_id)
            await self._send(Returned(job_id=job_id))

    async def until_recorded(self, *, within_s: float) -> None:
        """Wait for reports on their way to be recorded."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._reports:
                    self._recorded.clear()
                    await self._recorded.wait()

    async def end(self) -> None:
        """Drop everything."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._under_way)

    async def _do(self, message: Job, arrived: float) -> None:
        logger.info("job", extra={"job_id": message.job_id})
        try:
            done = await self._done(message, arrived)
        except TooLate:
            self._under_way.pop(message.job_id, None)
            logger.info("job given back", extra={"job_id": message.job_id})
            await self._send(Returned(job_id=message.job_id))
            return
        self._under_way.pop(message.job_id, None)
        self._reports[message.job_id] = report = Report(job_id=message.job_id, report=done.report)
        while len(self._reports) > REPORTS_KEPT:
            self._reports.pop(next(iter(self._reports)))
        logger.info("job done", extra={"job_id": message.job_id, "failure": (done.report or {}).get("failure")})
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
                patient=message.patient,
            )
        except TooLate:
            raise
        except CaptureError as error:
            return _failed(message.job_id, error)
        except Exception as error:  # noqa: BLE001 - whatever breaks, the deployment is owed a report
            log_unexpected(error)
            return _failed(message.job_id, BrowserLost("The capture broke down."))


def _failed(job_id: str, error: CaptureError) -> Done:
    failure = Failure(code=error.code, message=error.message, option=error.option)
    report = CaptureReport(job_id=job_id, account_id="", digest="", failure=failure)
    return Done(report=report.model_dump(mode="json", exclude_defaults=True))

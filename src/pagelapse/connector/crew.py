"""The agent's browsers: one process each, so that none can hurt the others, started when they are needed."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from pagelapse.capture.messages import RemoteJob
from pagelapse.connector.orders import LONGEST_LINE, Done, Order, TooLate
from pagelapse.errors import BrowserLost
from pagelapse.observability import logger

OVERTIME_S = 20.0
"""How much longer than its capture's budget a worker may take, uploads included, before it counts as stuck."""

START_WITHIN_S = 30.0
"""For the first browser, whose files may have to be read from a slow disk."""

END_WITHIN_S = 8.0

ENOUGH_S = 30.0
"""What a patient job's capture is given at least, unless the agent gives none so much."""


class Worker:
    """One process with one browser.

    Args:
        command: That starts it.
        environment: Of the process.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Have the process ready."""
        if self._process is not None and self._process.returncode is None:
            return
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=dict(self._environment),
            limit=LONGEST_LINE,
            # A terminal's Ctrl-C is the agent's to deal with.
            start_new_session=True,
        )

    async def do(self, order: Order) -> Done:
        """Take a capture.

        Raises:
            BrowserLost: When the process ends or is stuck; the next call starts another.
        """
        try:
            return await self._ask(order)
        except asyncio.CancelledError:
            self._drop()
            raise
        except (OSError, TimeoutError, ValidationError, ValueError) as error:
            logger.warning("worker lost", extra={"why": type(error).__name__})
            await self.end(patience_s=0)
            raise BrowserLost("The browser broke down.") from None

    async def _ask(self, order: Order) -> Done:
        await self.start()
        assert self._process is not None  # noqa: S101 - for the type checker: it was started above
        into, out = self._process.stdin, self._process.stdout
        if into is None or out is None:
            raise OSError("the process has no pipes")
        async with asyncio.timeout(order.budget_s + OVERTIME_S):
            into.write(order.model_dump_json().encode() + b"\n")
            await into.drain()
            line = await out.readline()
        if not line:
            raise OSError("the process has ended")
        return Done.model_validate_json(line)

    def _drop(self) -> None:
        """An answer may be on its way that would be taken for the next one's: the process can't be used again."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process = None

    async def end(self, *, patience_s: float = END_WITHIN_S) -> None:
        """End the process, gently at first."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), max(patience_s, 0.01))
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()


class Line:
    """Hands out workers, the last used first since it is warm, to those who are not patient before those who are.

    Args:
        workers: Those that are free.
    """

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._free = list(workers)
        self._waiting: list[tuple[bool, int, asyncio.Future[Worker]]] = []
        self._arrivals = itertools.count()

    async def obtain(self, *, patient: bool) -> Worker:
        """A worker, as soon as it is this one's turn."""
        if self._free:
            return self._free.pop()
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (patient, next(self._arrivals), turn))
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(turn.result())
            raise

    def give_back(self, worker: Worker) -> None:
        """Let the next have it."""
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(worker)
                return
        self._free.append(worker)


class Crew:
    """As many workers as there are slots.

    Args:
        slots: How many.
        chromium: The browser's executable.
        allow: See `worker.allowance`.
        environment: Of the workers' processes.
    """

    def __init__(self, slots: int, chromium: Path, allow: Sequence[str], environment: Mapping[str, str]) -> None:
        options = [f"--chromium={chromium}", *(f"--allow={entry}" for entry in allow)]
        command = [sys.executable, "-m", "pagelapse.connector.worker", *options]
        self._workers = [Worker(command, environment) for _ in range(slots)]
        self._line = Line(self._workers)
        self._started = asyncio.Event()

    async def start(self) -> None:
        """Have one worker warm; the others start when they are needed.

        Raises:
            BrowserLost: When its browser does not work; the message says why.
        """
        worker = await self._line.obtain(patient=False)
        try:
            done = await worker.do(Order(work=None, budget_s=START_WITHIN_S))
        finally:
            self._line.give_back(worker)
            self._started.set()
        if done.problem is not None:
            raise BrowserLost(f"The browser does not work: {done.problem}")

    async def take(
        self, work: RemoteJob, *, until: float, timeout_s: float, viewport: tuple[int, int], patient: bool
    ) -> Done:
        """Take a capture as soon as a worker is free.

        Args:
            work: What to do.
            until: The event loop's time at which its report must be uploaded and sent.
            timeout_s: Most time for the capture.
            viewport: CSS px, where it asks for none.
            patient: Let others go first.

        Raises:
            BrowserLost: When the worker breaks down.
            TooLate: When a patient job has waited for so long that it is better begun anew.
        """
        # A second browser beside the one that is just starting would be no faster.
        await self._started.wait()
        worker = await self._line.obtain(patient=patient)
        try:
            left_s = until - asyncio.get_running_loop().time()
            if patient and left_s < min(timeout_s, ENOUGH_S):
                raise TooLate
            budget_s = max(1.0, min(timeout_s, left_s))
            return await worker.do(Order(work=work, budget_s=budget_s, viewport=viewport))
        finally:
            self._line.give_back(worker)

    async def end(self) -> None:
        """End all workers."""
        await asyncio.gather(*(worker.end() for worker in self._workers))

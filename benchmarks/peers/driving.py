"""A contender's process: started, asked for pictures, watched, stopped."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.contenders import Contender

LIMIT_S = 120.0
SAMPLE_S = 0.1


class ContenderFailedError(Exception):
    """It gave no picture; the message is its own."""


@dataclass(frozen=True)
class Case:
    """A picture to be taken."""

    name: str
    path: str
    type: str = "jpeg"
    quality: int | None = 80
    full: bool = False
    width: int = 1280
    height: int = 800


class Driver:
    """A running contender.

    Args:
        contender: What to start.
        folder: Where its pictures go.
        limit_s: Seconds after which it is killed when it does not answer.
    """

    def __init__(self, contender: Contender, folder: Path, *, limit_s: float = LIMIT_S) -> None:
        self.name = contender.name
        self._limit_s = limit_s
        self._folder = folder
        self._ids = itertools.count()
        self._errors = (folder / f"{_plain(contender.name)}.log").open("ab")
        self._process = subprocess.Popen(
            contender.command,
            env=contender.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._expect("ready")

    def take(self, site: str, case: Case) -> bytes:
        """One picture.

        Raises:
            ContenderFailedError: When it gives none.
        """
        (body,) = self.take_all(site, [case], at_once=1)
        return body

    def take_all(self, site: str, cases: list[Case], *, at_once: int) -> list[bytes]:
        """Pictures, some at the same time.

        Raises:
            ContenderFailedError: When it does not give one of them.
        """
        waiting, under_way, out = list(cases), 0, {}
        while waiting or under_way:
            while waiting and under_way < at_once:
                number = next(self._ids)
                out[number] = self._folder / f"{_plain(self.name)}-{number}"
                self._ask(number, site, waiting.pop(0), out[number])
                under_way += 1
            answer = json.loads(self._line())
            under_way -= 1
            if answer["error"]:
                raise ContenderFailedError(f"{self.name}: {answer['error']}")
        bodies = [path.read_bytes() for path in out.values()]
        for path in out.values():
            path.unlink()
        return bodies

    def memory(self) -> int:
        """Bytes that the process and all below it hold now, shared pages shared out (PSS)."""
        return sum(_pss(pid) for pid in _tree(self._process.pid))

    def processor_time(self) -> float:
        """Seconds of it that the process and all below it have used, those that have ended among them."""
        return sum(_ticks(pid) for pid in _tree(self._process.pid)) / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def watched(self) -> Iterator[list[int]]:
        """Samples of `memory`, taken until the block ends."""
        samples: list[int] = []
        ended = threading.Event()

        def watch() -> None:
            while not ended.is_set():
                samples.append(self.memory())
                ended.wait(SAMPLE_S)

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield samples
        finally:
            ended.set()
            watching.join()

    def stop(self) -> None:
        """End it and everything that it has started."""
        pids = _tree(self._process.pid)
        if self._process.stdin:
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._errors.close()

    def _ask(self, number: int, site: str, case: Case, out: Path) -> None:
        request: dict[str, Any] = {"id": number, "url": site + case.path, "out": str(out)}
        request |= {"type": case.type, "quality": case.quality, "full": case.full}
        request |= {"width": case.width, "height": case.height}
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(json.dumps(request).encode() + b"\n")
        stdin.flush()

    def _expect(self, line: str) -> None:
        if self._line() != line:
            raise ContenderFailedError(f"{self.name} did not start")

    def _line(self) -> str:
        stdout = self._process.stdout
        assert stdout is not None
        guard = threading.Timer(self._limit_s, self._process.kill)
        guard.start()
        try:
            line = stdout.readline()
        finally:
            guard.cancel()
        if not line:
            raise ContenderFailedError(f"{self.name} ended; its log tells why")
        return line.decode().strip()


def cold(contender: Contender, folder: Path, site: str, case: Case) -> float:
    """Seconds from nothing to the first picture."""
    started = time.perf_counter()
    driver = Driver(contender, folder)
    try:
        driver.take(site, case)
        return time.perf_counter() - started
    finally:
        driver.stop()


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def _tree(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(int(path.parent.name))
    found, left = [], [root]
    while left:
        pid = left.pop()
        found.append(pid)
        left += parents.get(pid, [])
    return found


def _ticks(pid: int) -> int:
    with suppress(OSError, IndexError):
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return 0


def _pss(pid: int) -> int:
    with suppress(OSError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0

"""Real agents as processes of their own, against the deployed stack."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

WITHIN_S = 40.0


@dataclass
class AgentProcess:
    """A running `pagelapse connector`."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """What it has logged."""
        return self.log.read_text(errors="replace")

    def wait_for(self, text: str, *, times: int = 1) -> None:
        """Wait until it has logged a text so often."""
        wait_until(lambda: self.said().count(text) >= times, f"the agent did not say {text!r}: {self.said()[-3000:]}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end; returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(WITHIN_S)


def wait_until(reached: Callable[[], bool], message: str) -> None:
    """Wait for a condition, generously."""
    deadline = time.monotonic() + WITHIN_S
    while not reached():
        assert time.monotonic() < deadline, message
        time.sleep(0.05)


@contextmanager
def agent(url: str, token: str, chromium: Path, log: Path, **environment: str) -> Iterator[AgentProcess]:
    """Run an agent for the length of the block.

    Args:
        url: Of the WebSocket API.
        token: The connector's.
        chromium: The browser's executable.
        log: Where what it says goes.
        environment: Further variables.
    """
    variables = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PAGELAPSE_CONNECTOR_TOKEN": token,
        "PAGELAPSE_CONNECTOR_URL": url,
        "PAGELAPSE_CHROMIUM": str(chromium),
        **environment,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pagelapse.cli", "connector"], env=variables, stdout=out, stderr=out
        )
    try:
        yield AgentProcess(process, log)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

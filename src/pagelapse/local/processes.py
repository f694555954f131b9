"""Finds and ends the processes of one stack, by Linux's /proc."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from pagelapse.adapters.processes import descendants

_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of what outlives its parent below this process, since a container's init may never reap it."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def wait_reaping(process: subprocess.Popen[bytes]) -> None:
    """Wait until `process` ends, and reap whatever else ends meanwhile."""
    while os.wait()[0] != process.pid:
        pass


def belonging_to(tmp: Path) -> list[int]:
    """Ids of the processes whose `TMPDIR` is `tmp` or whose command line names a place in it, and of all below them.

    This process is never among them. Chromium's zygotes overwrite their environment, hence the descendants.
    """
    variable, place = f"TMPDIR={tmp}".encode(), f"{tmp}/".encode()
    found: set[int] = set()
    for entry in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            environment = (entry / "environ").read_bytes().split(b"\0")
            if variable in environment or place in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
    found.discard(os.getpid())
    return sorted(found.union(*map(descendants, found)))


def command(pid: int) -> str:
    """The start of a process's command line; empty when it is gone."""
    with suppress(OSError):
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
    return ""


def started_at(pid: int) -> str:
    """When a process started, in the kernel's own terms, to tell it from a later one of the same id; else empty."""
    with suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    return ""


def wait_gone(pids: list[int], *, timeout_s: float) -> list[int]:
    """Wait until the processes have ended; returns those that haven't."""
    left = list(pids)
    for pid in pids:
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                if not select.select([handle], [], [], timeout_s)[0]:
                    continue
            finally:
                os.close(handle)
        left.remove(pid)
    return left


def stop(process: subprocess.Popen[bytes], tmp: Path, *, patience_s: float = 20) -> None:
    """Ask the emulator to end, which is when it writes its state, and see to it that nothing of the stack is left."""
    everything = belonging_to(tmp)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=patience_s)
    _sweep(everything, tmp)
    process.wait()
    for pid in everything:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def end_all(tmp: Path, *, patience_s: float = 20) -> None:
    """End a stack that nobody supervises any more, gently at first."""
    everything = belonging_to(tmp)
    for pid in everything:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_gone(everything, timeout_s=patience_s)
    _sweep(everything, tmp)


def _sweep(known: list[int], tmp: Path, *, patience_s: float = 2) -> None:
    """Give what is left of a stack a moment to end by itself, then kill it."""
    for pid in wait_gone(sorted({*known, *belonging_to(tmp)}), timeout_s=patience_s):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_gone(belonging_to(tmp), timeout_s=patience_s)

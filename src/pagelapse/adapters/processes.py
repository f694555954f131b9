"""Processes of ours that have to go, found in Linux's /proc."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def descendants(root: int) -> Iterator[int]:
    """Process ids below `root`, children before grandchildren; none on systems without /proc."""
    parents: dict[int, list[int]] = {}
    for entry in _PROC.glob("[0-9]*/stat") if _PROC.is_dir() else ():
        with suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    waiting = [root]
    while waiting:
        children = parents.get(waiting.pop(), [])
        yield from children
        waiting.extend(children)


def kill_descendants(executable: Path, number: signal.Signals = signal.SIGKILL) -> int:
    """Send a signal to every process below this one that runs `executable`; returns how many there were."""
    reached = 0
    for pid in list(descendants(os.getpid())):
        with suppress(OSError):
            if (_PROC / str(pid) / "exe").resolve() == executable.resolve():
                os.kill(pid, number)
                reached += 1
    return reached

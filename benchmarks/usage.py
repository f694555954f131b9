"""What the processes of a stack hold: memory, open files, places in /tmp."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pagelapse.local import processes
from pagelapse.local.stack import Stack

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """One look at a stack. The emulator keeps logs and queues in memory, so it is told apart: nobody ships it."""

    captures: int
    """Taken so far."""
    snap: float
    """Memory of `snap`'s Python processes, MiB; shared pages are divided among those that share them (PSS)."""
    others: float
    """Memory of the other functions' Python processes, MiB."""
    node: float
    """Memory of Playwright's node processes, MiB."""
    chromium: float
    """Memory of all browsers, MiB."""
    emulator: float
    """Memory of the emulator, MiB."""
    processes: int
    """Without the emulator's own."""
    files: int
    """Open file descriptors of these processes."""
    tmp: float
    """Bytes below the functions' `TMPDIR`, MiB."""
    tmp_entries: int
    """Files and folders there."""


def usage(stack: Stack, captures: int) -> Usage:
    """Look at every process of the stack and at its temporary folder."""
    memory: Counter[str] = Counter()
    files = count = 0
    for pid in processes.belonging_to(stack.layout.tmp):
        with suppress(OSError):
            kind = _kind(stack, pid)
            memory[kind] += _resident(pid)
            if kind != "emulator":
                files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
                count += 1
    size, entries = _folder(stack.layout.tmp)
    kinds = {kind: memory[kind] / _KIB / _KIB for kind in ("snap", "others", "node", "chromium", "emulator")}
    return Usage(captures, **kinds, processes=count, files=files, tmp=size / _KIB / _KIB, tmp_entries=entries)


def _kind(stack: Stack, pid: int) -> str:
    executable = Path(f"/proc/{pid}/exe").resolve()
    if executable == stack.layout.chromium.resolve():
        return "chromium"
    if executable.name == "node":
        return "node"
    _, found, name = Path(f"/proc/{pid}/environ").read_bytes().partition(b"AWS_LAMBDA_FUNCTION_NAME=")
    if not found:
        return "emulator"
    return "snap" if b"SnapFunction" in name.partition(b"\0")[0] else "others"


def _resident(pid: int) -> int:
    """Bytes of memory, each shared page divided among its users."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * _KIB
    return 0


def _folder(root: Path) -> tuple[int, int]:
    size = entries = 0
    for path in root.rglob("*"):
        with suppress(OSError):
            size += path.lstat().st_blocks * 512
            entries += 1
    return size, entries

"""Runs the `snap` function's handler on the jobs in $JOBS and prints when what was ready, and the memory it took."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

BORN = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
MARKS: dict[str, float] = {}


def mark(name: str) -> None:
    """Note the seconds since the process began."""
    MARKS.setdefault(name, time.clock_gettime(time.CLOCK_BOOTTIME) - BORN)


def memory_mb() -> dict[str, float]:
    """What the sandbox's processes hold, and what they keep in /tmp."""
    files = [Path(f"/sys/fs/cgroup/{name}") for name in ("memory/memory.stat", "memory.stat")]
    stat = dict(line.split() for line in next(f for f in files if f.exists()).read_text().splitlines())
    anonymous = int(stat.get("total_rss", stat.get("anon", "0")))
    disk = os.statvfs("/tmp")  # noqa: S108
    return {
        "memory_mb": round(anonymous / 1e6, 1),
        "tmp_mb": round((disk.f_blocks - disk.f_bfree) * disk.f_frsize / 1e6, 1),
        "processes": sum(entry.name.isdigit() for entry in Path("/proc").iterdir()),
    }


def cpu_seconds() -> float:
    """What all processes of the sandbox have used; unlike time, it hardly depends on what else the machine does."""
    usage = Path("/sys/fs/cgroup/cpuacct/cpuacct.usage")
    if usage.exists():
        return int(usage.read_text()) / 1e9
    stat = dict(line.split() for line in Path("/sys/fs/cgroup/cpu.stat").read_text().splitlines())
    return int(stat["usage_usec"]) / 1e6


mark("python")

from pagelapse.adapters import unpacking  # noqa: E402

packed = unpacking.begin(unpacking.LAYER)
if packed is not None:
    packed.node.add_done_callback(lambda _: mark("node unpacked"))
    packed.chromium.add_done_callback(lambda _: mark("chromium unpacked"))

from playwright.async_api import BrowserType  # noqa: E402

_launch = BrowserType.launch
_spawn = asyncio.create_subprocess_exec


async def _timed_launch(self: BrowserType, **options: Any) -> Any:
    mark("launching")
    browser = await _launch(self, **options)
    mark("launched")
    return browser


async def _timed_spawn(*arguments: Any, **options: Any) -> Any:
    mark("imported")
    process = await _spawn(*arguments, **options)
    mark("node started")
    return process


BrowserType.launch = _timed_launch  # type: ignore[method-assign]
asyncio.create_subprocess_exec = _timed_spawn

import handler  # type: ignore[import-not-found]  # noqa: E402
from invoking import CONTEXT, told, waited_for  # type: ignore[import-not-found]  # noqa: E402

mark("initialised")
for event in json.loads(os.environ["JOBS"]):
    began = time.monotonic()
    report = handler.handler(waited_for(event), CONTEXT)
    mark("first picture")
    MARKS.setdefault("(processor)", cpu_seconds())
    took = time.monotonic() - began
    print("RESULT", json.dumps({**told(event, report), "seconds": round(took, 3), **memory_mb()}), flush=True)
print("MARKS", json.dumps(MARKS), flush=True)
sys.stdout.flush()
os._exit(0)

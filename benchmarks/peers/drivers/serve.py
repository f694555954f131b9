"""Serves requests from standard input, as `benchmarks.peers.drivers` describes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Take = Callable[[dict[str, Any]], Awaitable[bytes]]


async def serve(take: Take) -> None:
    """Until standard input ends; errors are answered, not raised."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("ready", flush=True)
    under_way: set[asyncio.Task[None]] = set()
    while line := await lines.readline():
        task = asyncio.create_task(_answer(take, json.loads(line)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


async def _answer(take: Take, request: dict[str, Any]) -> None:
    error = None
    try:
        body = await take(request)
        await asyncio.to_thread(Path(request["out"]).write_bytes, body)
    except Exception as failure:  # noqa: BLE001 - whatever a contender fails with is its result
        error = f"{type(failure).__name__}: {failure}"[:300]
    print(json.dumps({"id": request["id"], "error": error}), flush=True)

"""A script that speaks the Chrome DevTools Protocol over a pipe, with nothing between it and Chromium."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import itertools
import json
import os
import tempfile
from typing import Any

from benchmarks.peers.drivers.serve import serve

FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe", "--no-first-run")


class Pipe:
    """A connection; messages end with a zero byte."""

    def __init__(self, reader: asyncio.StreamReader, out: int) -> None:
        self._reader = reader
        self._out = out
        self._ids = itertools.count(1)
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[tuple[str, str], asyncio.Future[Any]] = {}

    async def listen(self) -> None:
        """Hand answers and events to who waits for them."""
        while True:
            message = json.loads((await self._reader.readuntil(b"\0"))[:-1])
            if "id" in message:
                call = self._calls.pop(message["id"])
                if "error" in message:
                    call.set_exception(RuntimeError(message["error"]["message"]))
                else:
                    call.set_result(message["result"])
            else:
                waiting = self._events.pop((message.get("sessionId", ""), message["method"]), None)
                if waiting is not None:
                    waiting.set_result(message["params"])

    def event(self, session: str, method: str) -> asyncio.Future[Any]:
        """The next event of a name."""
        return self._events.setdefault((session, method), asyncio.get_running_loop().create_future())

    async def call(self, method: str, session: str = "", **parameters: Any) -> Any:
        """What the browser answers."""
        number = next(self._ids)
        self._calls[number] = asyncio.get_running_loop().create_future()
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return await self._calls[number]


async def launch(profile: str) -> tuple[Pipe, asyncio.subprocess.Process]:
    """A new Chromium, which reads from descriptor 3 and writes to 4."""
    (to_read, to_write), (from_read, from_write) = _pipe(), _pipe()
    command = [os.environ["PEERS_CHROMIUM"], *FLAGS, f"--user-data-dir={profile}"]
    descriptors = f'exec "$@" 3<&{to_read} 4>&{from_write}'
    started = asyncio.create_subprocess_exec(
        "bash", "-c", descriptors, "chromium", *command, pass_fds=(to_read, from_write)
    )
    process = await started
    reader = asyncio.StreamReader(limit=1 << 28)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(from_read, "rb"))
    return Pipe(reader, to_write), process


def _pipe() -> tuple[int, int]:
    """Its ends are above the two descriptors that Chromium's copies will have."""
    low = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low]
    for end in low:
        os.close(end)
    return high[0], high[1]


async def take(pipe: Pipe, request: dict[str, Any]) -> bytes:
    """A fresh context, the load event, a screenshot."""
    context = (await pipe.call("Target.createBrowserContext"))["browserContextId"]
    target = (await pipe.call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
    session = (await pipe.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
    size = {"width": request["width"], "height": request["height"], "deviceScaleFactor": 1, "mobile": False}
    await asyncio.gather(
        pipe.call("Page.enable", session), pipe.call("Emulation.setDeviceMetricsOverride", session, **size)
    )
    loaded = pipe.event(session, "Page.loadEventFired")
    await pipe.call("Page.navigate", session, url=request["url"])
    await loaded
    wanted: dict[str, Any] = {"format": request["type"]}
    if request["quality"] is not None:
        wanted["quality"] = request["quality"]
    if request["full"]:
        box = (await pipe.call("Page.getLayoutMetrics", session))["cssContentSize"]
        wanted |= {"clip": {**box, "scale": 1}, "captureBeyondViewport": True}
    shot = await pipe.call("Page.captureScreenshot", session, **wanted)
    await pipe.call("Target.disposeBrowserContext", browserContextId=context)
    return base64.b64decode(shot["data"])


async def main() -> None:
    """Serve."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        pipe, process = await launch(profile)
        listening = asyncio.create_task(pipe.listen())
        await serve(lambda request: take(pipe, request))
        listening.cancel()
        process.terminate()
        await process.wait()


asyncio.run(main())

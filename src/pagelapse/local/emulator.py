"""Runs MiniStack in its own environment, with a second port whose clean paths lead straight to the HTTP API.

A script, not a module to import: the emulator's environment does not hold this package.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import resource
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

WELCOME = "/_local/welcome.html"
"""Path of the bundled page, on the port of the clean paths."""

_LONGEST_HEAD = 16 << 20
"""Bytes of request line and headers. API Gateway refuses more than 10 KB; here the application's own answer to a
query of megabytes is wanted."""

AT_ONCE = max(8, 4 * (os.cpu_count() or 1))
"""Requests of the HTTP API answered at the same time. Lambda gives each its own processor; here they share this
machine's, so further ones wait for their turn before any function's time begins to count."""

_PR_SET_PDEATHSIG = 1
_FIRST_LINE_WITHIN_S = 0.05
_NO_FURTHER_LINE_S = 0.0


class CleanPaths:
    """Sends whatever comes in at `port` to the HTTP API's default stage and leaves the other ports alone.

    Args:
        app: The emulator.
        port: The port of the clean paths.
        api_id: The file that holds the API's id, written by each deployment.
    """

    def __init__(self, app: Application, port: int, api_id: Path) -> None:
        self._app = app
        self._port = port
        self._api_id = api_id
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._welcome = Path(__file__).with_name("welcome.html").read_bytes()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve one connection or request."""
        if scope["type"] == "lifespan" or scope["server"][1] != self._port:
            await self._app(scope, receive, send)
        elif scope["path"] == WELCOME:
            await _page(send, 200, self._welcome)
        elif not self._api_id.exists():
            await _page(send, 503, b"Pagelapse is starting.")
        elif scope["type"] == "http":
            async with self._turns:
                await self._app(at_default_stage(scope, self._api_id.read_text()), receive, send)
        else:
            await self._app(at_default_stage(scope, self._api_id.read_text()), receive, send)


def at_default_stage(scope: Scope, api_id: str) -> Scope:
    """`scope` with the path by which the emulator knows the API; what the caller wrote stays as it was."""
    prefix = f"/_aws/execute-api/{api_id}/$default"
    return {**scope, "path": prefix + scope["path"], "raw_path": prefix.encode() + scope["raw_path"]}


async def _page(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def hurry_logs() -> None:
    """Let a function's reply go as soon as its log line is there.

    The emulator holds each reply back until 5 ms have passed without a further line, which no Lambda does.
    """
    worker = import_module("ministack.core.lambda_runtime").Worker
    worker._drain_stderr_bounded.__defaults__ = (_FIRST_LINE_WITHIN_S, _NO_FURTHER_LINE_S, _FIRST_LINE_WITHIN_S)


async def serve(aws_port: int, api_port: int, api_id: Path) -> None:
    """Serve until SIGTERM or SIGINT, then write the services' state and end the functions' processes."""
    emulator = import_module("ministack.app")
    config = import_module("hypercorn.config").Config()
    config.bind = [f"127.0.0.1:{aws_port}", f"127.0.0.1:{api_port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.h11_max_incomplete_size = _LONGEST_HEAD
    config.loglevel = os.environ["LOG_LEVEL"]
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    hurry_logs()
    app = CleanPaths(emulator.app, api_port, api_id)
    await import_module("hypercorn.asyncio").serve(app, config, shutdown_trigger=stopping.wait)
    import_module("ministack.core.lambda_runtime").reset()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aws-port", type=int, required=True)
    parser.add_argument("--api-port", type=int, required=True)
    parser.add_argument("--api-id", type=Path, required=True)
    arguments = parser.parse_args()
    # Whoever supervises this process may die without a word.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    asyncio.run(serve(arguments.aws_port, arguments.api_port, arguments.api_id))


if __name__ == "__main__":
    main()

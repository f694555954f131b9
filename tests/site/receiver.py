"""A receiver of webhooks that answers as it is told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_LONGEST_PAUSE_S = 30


@dataclass(frozen=True)
class Posted:
    """One POST; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A running server on 127.0.0.1; `answers` holds the statuses of the next answers, 200 when it is empty.

    Clearing `answering` keeps every sender waiting until it is set again.
    """

    port: int
    answers: list[int] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    answering: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answering.set()

    def url(self, path: str) -> str:
        """An address of the receiver's."""
        return f"http://127.0.0.1:{self.port}{path}"

    def await_posts(self, count: int, *, within_s: float) -> list[Posted]:
        """The posts, once there are so many."""
        deadline = time.monotonic() + within_s
        while len(self.posted) < count:
            assert time.monotonic() < deadline, f"{len(self.posted)} of {count} posts arrived"
            time.sleep(0.05)
        return list(self.posted)


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.receiver.answers.pop(0) if self.receiver.answers else 200
        self.receiver.posted.append(Posted(self.path, headers, body))
        self.receiver.answering.wait(_LONGEST_PAUSE_S)
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive on a free port for the length of the block."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    receiver = Receiver(server.server_port)
    handler.receiver = receiver  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

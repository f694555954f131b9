"""A server that speaks OpenAI's chat completions, and says what it was shown."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as the model understands it."""

    key: str
    model: str
    prompt: str
    images: tuple[tuple[str, bytes], ...]
    """Media types and bytes."""


@dataclass
class Model:
    """A running server on 127.0.0.1; its answer to a prompt names the prompt and the number of images."""

    port: int
    status: int = 200
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The base that clients are given."""
        return f"http://127.0.0.1:{self.port}/v1"


class _Handler(BaseHTTPRequestHandler):
    model: Model

    def do_POST(self) -> None:
        assert self.path == "/v1/chat/completions"
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        (message,) = sent["messages"]
        text, *images = message["content"]
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Asked(key, sent["model"], text["text"], tuple(_decoded(image) for image in images))
        self.model.asked.append(asked)
        content = f"{asked.prompt} ({len(asked.images)} images) ✓"
        self._answer({"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]})

    def _answer(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(self.model.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _decoded(part: dict[str, Any]) -> tuple[str, bytes]:
    assert part["type"] == "image_url"
    head, _, data = part["image_url"]["url"].partition(";base64,")
    return head.removeprefix("data:"), base64.b64decode(data, validate=True)


@contextlib.contextmanager
def answering() -> Iterator[Model]:
    """Answer on a free port for the length of the block."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    model = Model(server.server_port)
    handler.model = model  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

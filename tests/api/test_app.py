from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

from pagelapse.api.app import app


def _send(query: bytes, *, path: str = "/snap", event: dict[str, Any] | None = None) -> list[MutableMapping[str, Any]]:
    """The ASGI messages that answer a GET."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [],
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "server": ("api.test", 80),
        "client": ("127.0.0.1", 1),
        "aws.event": event or {},
    }
    asyncio.run(app(scope, receive, send))
    return sent


def test_a_query_of_three_megabytes() -> None:
    """A query far above API Gateway's limit is refused in the vendor's form instead of being parsed."""
    start, body = _send(b"wait=" + b"x" * 3_000_000)
    assert (start["status"], json.loads(body["body"])["error_code"]) == (400, "unexpected_error")


def test_a_query_that_is_not_utf8() -> None:
    """Raw bytes that are not UTF-8 are refused in the vendor's form."""
    start, body = _send(b"url=\xff\xfe")
    assert (start["status"], json.loads(body["body"])["success"]) == (400, False)


def test_an_unknown_path() -> None:
    """A path that no dialect has is told as one, in an answer that nothing can be made to run from."""
    start, body = _send(b"", path="/<script>")
    headers = dict(start["headers"])
    assert (start["status"], json.loads(body["body"])["error"]) == (404, "not_found")
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"content-security-policy"].startswith(b"sandbox")


def test_every_answer_carries_its_id() -> None:
    """API Gateway's id of a request is in its answer, where the caller gave none, whatever the answer is."""
    event = {"requestContext": {"requestId": "JKJaXmPLvHcESHA="}}
    for path in ("/snap", "/nowhere"):
        start, _ = _send(b"", path=path, event=event)
        assert dict(start["headers"])[b"x-request-id"] == b"JKJaXmPLvHcESHA="


def test_the_lifespan_is_answered() -> None:
    """Servers that announce their start and end get their answers."""
    phases = iter(["lifespan.startup", "lifespan.shutdown"])
    answers: list[str] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": next(phases)}

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.append(message["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    assert answers == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

"""The root ASGI application: finds the dialect of a path, and logs one line per request."""

from __future__ import annotations

import json
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pagelapse.dialects import request_log
from pagelapse.dialects.registry import application, dialect_of
from pagelapse.metrics import count_request
from pagelapse.observability import correlated, correlation_id, log_unexpected, logger
from pagelapse.restrictions import VISITOR, Visitor, visitor_of

_REQUEST_ID = b"x-request-id"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request; any other kind of connection is none of ours."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        with correlated(_callers_id(scope) or _gateways_id(scope)):
            await _answer(scope, receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    started = time.perf_counter()
    facts = request_log.begin(scope)

    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            facts["status"] = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), _id_header()]}
        await send(message)

    VISITOR.set(_visitor(scope))
    dialect = dialect_of(scope["path"])
    facts["dialect"] = dialect.name if dialect else None
    try:
        await (application(dialect.name) if dialect else _other(scope["path"]))(scope, receive, watched)
    except Exception as error:  # noqa: BLE001 - an answer and a log line are owed whatever happens
        log_unexpected(error)
        if "status" not in facts:
            await _respond(watched, 500, "internal_error", "Something went wrong on our side.")
    facts["duration_ms"] = round((time.perf_counter() - started) * 1000, 1)
    logger.info("request", extra={"method": scope["method"], "gateway_id": _gateways_id(scope), **facts})
    _count(facts)


def _visitor(scope: Scope) -> Visitor:
    """The address is the connection's own, as API Gateway tells it: a header could say anything."""
    headers = dict(scope["headers"])
    origin, referer = (headers.get(name, b"").decode("latin-1") for name in (b"origin", b"referer"))
    return visitor_of((scope.get("client") or ("",))[0], origin, referer)


def _callers_id(scope: Scope) -> str | None:
    """What the caller wants its request to be known by; `correlated` judges it."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == _REQUEST_ID), None)


def _gateways_id(scope: Scope) -> str | None:
    """API Gateway's own id of the request, as its access log has it; `None` where nothing has come through it."""
    event: dict[str, Any] = scope.get("aws.event") or {}
    found: str | None = event.get("requestContext", {}).get("requestId")
    return found


def _id_header() -> tuple[bytes, bytes]:
    return _REQUEST_ID, (correlation_id() or "").encode("ascii")


def _count(facts: dict[str, Any]) -> None:
    count_request(
        dialect=facts["dialect"],
        status=facts.get("status", 500),
        error=facts.get("error"),
        source=facts.get("source"),
        ms=facts["duration_ms"],
    )


def _other(path: str) -> ASGIApp:
    """What answers outside of the dialects."""
    if path.split("/")[1:2] == ["docs"]:
        from pagelapse.api.docs import app as docs  # which few of the processes ever need

        return docs
    return _not_found


async def _not_found(_scope: Scope, _receive: Receive, send: Send) -> None:
    await _respond(send, 404, "not_found", "No API answers at this path.")


async def _respond(send: Send, status: int, code: str, message: str) -> None:
    from pagelapse.dialects.answers import SAFE_HEADERS  # with what makes captures, which few of these answers need

    body = json.dumps({"error": code, "message": message}).encode()
    safe = [(name.lower().encode(), value.encode()) for name, value in SAFE_HEADERS.items()]
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *safe]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        phase = (await receive())["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{phase}.complete"})
        if phase == "shutdown":
            return

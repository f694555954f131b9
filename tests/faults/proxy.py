"""A reverse proxy between the functions and the emulator, which breaks what a test tells it to break."""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal[
    "error",
    "throttle",
    "slow",
    "cut before",
    "cut after",
    "cut midway",
    "twice",
    "late",
]
"""`error` is the service's 500, `throttle` its "slow down". `cut before` never forwards, `cut after` forwards and drops
the answer, `cut midway` drops its second half. `twice` forwards twice; `late` forwards after the next one like it."""

LATEST_S = 20
"""How long a late request waits for another to overtake it."""

_ACCOUNT = re.compile(r"(?:#|account_id\W{1,9})([0-9a-f]{12})\b")
"""As keys of items and as jobs have it."""
_PREFIX = re.compile(r"pictures/[\w/]*?[0-9a-f]{32}")

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}
_THROTTLES = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "sqs": (400, "ThrottlingException"),
    "s3": (503, "SlowDown"),
    "lambda": (429, "TooManyRequestsException"),
}


@dataclass(frozen=True)
class Call:
    """One request of a function's."""

    function: str
    service: str
    """`dynamodb`, `sqs`, `s3`, `lambda` or `other`."""
    operation: str
    """As AWS calls it; for S3 the method."""
    account_ids: tuple[str, ...]
    """Whom it is about, as far as can be told."""


@dataclass
class Rule:
    """What happens to the calls that it fits.

    Args:
        fault: What happens; none lets them through, but counted and told.
        service: Whose.
        operation: Which; empty means all of them.
        function: Of which function, by its short name; empty means of all.
        account_id: Only calls that are about this account: by their body, or by the picture that they store.
        after: So many of them are let through first.
        times: How many of them, at most.
        seconds: Of `slow`.
        then: Called, with the last of them, after the service has answered and before the function hears of it.
    """

    fault: Fault | None
    service: str
    operation: str = ""
    function: str = ""
    account_id: str = ""
    after: int = 0
    times: int | None = None
    seconds: float = 0
    then: Callable[[], object] | None = None
    hits: int = 0
    passed: int = 0
    overtaken: threading.Event = field(default_factory=threading.Event)

    def fits(self, call: Call) -> bool:
        """Whether it is about the call."""
        return (
            self.service == call.service
            and self.operation in ("", call.operation)
            and self.function in ("", call.function)
            and self.account_id in ("", *call.account_ids)
            and (self.times is None or self.hits < self.times)
        )

    def strikes(self) -> bool:
        """Count a call that it fits, and say whether it is one of those that something happens to."""
        if self.passed < self.after:
            self.passed += 1
            return False
        self.hits += 1
        return True


class FaultProxy:
    """Listens on a port for each function, and leads all of them to the emulator.

    Args:
        functions: Their names.
    """

    def __init__(self, functions: list[str]) -> None:
        self.upstream = ("127.0.0.1", 0)
        """The emulator's host and port."""
        self.calls: list[Call] = []
        self._owners: dict[str, tuple[str, ...]] = {}
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._servers = {name: self._listen(name) for name in functions}

    def _listen(self, function: str) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"proxy": self, "function": function})
        server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def url(self, function: str) -> str:
        """The endpoint for one function."""
        return f"http://127.0.0.1:{self._servers[function].server_port}"

    @contextlib.contextmanager
    def breaking(self, *rules: Rule) -> Iterator[None]:
        """For the length of the block, hold to these rules too."""
        with self._lock:
            self._rules.extend(rules)
        try:
            yield
        finally:
            with self._lock:
                self._rules = [rule for rule in self._rules if rule not in rules]

    def rule_for(self, call: Call) -> Rule | None:
        """The first rule that fits, counted."""
        with self._lock:
            self.calls.append(call)
            for rule in self._rules:
                if rule.fits(call) and rule.strikes():
                    return rule
        return None

    def call(self, function: str, method: str, path: str, target: str, body: bytes) -> Call:
        """What a request is."""
        service, operation = _service(method, path, target)
        text = body.decode("latin-1")
        account_ids = set(_ACCOUNT.findall(text)) if service != "s3" else set()
        with self._lock:
            for prefix in _PREFIX.findall(text) if service in ("lambda", "sqs") else ():
                self._owners[prefix] = tuple(account_ids)
            if service == "s3" and (place := _PREFIX.search(path)):
                account_ids |= set(self._owners.get(place[0], ()))
        return Call(function, service, operation, tuple(account_ids))

    def passed(self, call: Call) -> None:
        """Let those go that wait for a call like this one to overtake them."""
        with self._lock:
            for rule in self._rules:
                if rule.fault == "late" and rule.hits and replace(rule, times=None).fits(call):
                    rule.overtaken.set()

    def close(self) -> None:
        """Stop listening."""
        for server in self._servers.values():
            server.shutdown()
            server.server_close()


class _Cut(Exception):
    """The connection ends without a whole answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy
    function: str

    def do_GET(self) -> None:
        body = self._body()
        call = self.proxy.call(self.function, self.command, self.path, self.headers.get("X-Amz-Target", ""), body)
        rule = self.proxy.rule_for(call)
        try:
            self._carry_out(rule, call, body)
            self.proxy.passed(call)
        except _Cut:
            self.close_connection = True
        except http.client.HTTPException as error:
            raise ConnectionError("the emulator is gone") from error

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names http.server looks for

    def _carry_out(self, rule: Rule | None, call: Call, body: bytes) -> None:
        fault = rule.fault if rule else None
        if rule and fault == "slow":
            time.sleep(rule.seconds)
        if rule and fault == "late":
            rule.overtaken.wait(LATEST_S)
        if fault == "cut before":
            raise _Cut
        if fault in ("error", "throttle"):
            _finish(rule)
            status, code = (500, "InternalServerError") if fault == "error" else _THROTTLES[call.service]
            self._answer(status, *_refusal(call.service, code))
            return
        answer = self._forward(body)
        if fault == "twice":
            answer = self._forward(body)
        _finish(rule)
        if fault == "cut after":
            raise _Cut
        self._answer(*answer, cut=fault == "cut midway")

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*self.proxy.upstream, timeout=120)
        with contextlib.closing(connection):
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            reply = connection.getresponse()
            return reply.status, reply.getheaders(), reply.read()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        length = {name.lower(): value for name, value in headers}.get("content-length", str(len(body)))
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.wfile.flush()
        if cut:
            raise _Cut

    def _body(self) -> bytes:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def handle_expect_100(self) -> bool:
        return True

    def handle_one_request(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().handle_one_request()
            return
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _finish(rule: Rule | None) -> None:
    if rule and rule.then and rule.hits == rule.times:
        rule.then()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A function that is killed mid-answer is no error."""


def _service(method: str, path: str, target: str) -> tuple[str, str]:
    service, _, operation = target.partition(".")
    if service.startswith("DynamoDB"):
        return "dynamodb", operation
    if service == "AmazonSQS":
        return "sqs", operation
    if urlsplit(path).path.startswith("/2015-03-31/functions/"):
        return "lambda", "Invoke"
    return ("other" if target or path.startswith("/_aws") else "s3"), method


def _refusal(service: str, code: str) -> tuple[list[tuple[str, str]], bytes]:
    if service == "s3":
        xml = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>injected</Message></Error>"
        return [("Content-Type", "application/xml")], xml.encode()
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-errortype", code)]
    return headers, f'{{"__type": "{code}", "message": "injected"}}'.encode()

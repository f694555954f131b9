"""HTTP calls of our own to addresses that a caller chose: webhooks, pictures to be analysed.

The egress rule holds as for pages. A name is resolved once, every address is checked, and a checked address is
dialled; each hop of a redirect dials anew. TLS still sees the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore
import httpx

from pagelapse.adapters.addresses import Allowance, IPAddress, resolvable

MAX_REDIRECTS = 5
_USER_AGENT = "Pagelapse/1"
_WRITE_BYTES = 65_536
"""Written at a time, so that a receiver that accepts a byte now and then can't outlast the deadline."""

Resolve = Callable[[str, int], list[IPAddress]]


class HttpError(Exception):
    """No answer, or one that is not acceptable; the message is for the caller."""


class AnswerTooLarge(HttpError):
    """More bytes than were asked for."""


class AddressRefused(HttpError):
    """The egress rule forbids the address; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    url: str = ""
    """Where it came from, after redirects."""


def system_resolve(host: str, port: int) -> list[IPAddress]:
    """Addresses of `host` by the system's resolver.

    Raises:
        OSError: When there are none.
    """
    found = socket.getaddrinfo(resolvable(host), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


class HttpClient:
    """Makes single requests; keeps no connection and no cookie.

    Args:
        allowance: What may be reached beside the public internet.
        resolve: How names become addresses; tests pass their own.
    """

    def __init__(self, allowance: Allowance, resolve: Resolve = system_resolve) -> None:
        self._allowance = allowance
        self._resolve = resolve

    def get(self, url: str, *, max_bytes: int, timeout_s: float) -> Answer:
        """GET, over at most `MAX_REDIRECTS` redirects; raises as `post`."""
        return self._request("GET", url, {}, b"", max_bytes=max_bytes, timeout_s=timeout_s)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, max_bytes: int, timeout_s: float) -> Answer:
        """POST; a redirect is an answer like any other, because following one would turn it into a GET.

        Args:
            max_bytes: Of the answer.
            timeout_s: Seconds for everything but the resolver, which has limits of its own.

        Raises:
            AddressRefused: By the egress rule.
            HttpError: No answer in time, or one that is too large.
        """
        return self._request("POST", url, headers, body, max_bytes=max_bytes, timeout_s=timeout_s)

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, max_bytes: int, timeout_s: float
    ) -> Answer:
        backend = _CheckingBackend(self._allowance, self._resolve, time.monotonic() + timeout_s)
        client = httpx.Client(
            transport=_transport(backend),
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"},
            timeout=timeout_s,
            follow_redirects=method == "GET",
            max_redirects=MAX_REDIRECTS,
            trust_env=False,
        )
        try:
            with client, client.stream(method, url, headers=dict(headers), content=body) as response:
                body_read = _limited(response, max_bytes)
                return Answer(response.status_code, response.headers, body_read, str(response.url))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise HttpError(_reason(error)) from error


def _limited(response: httpx.Response, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_raw():
        size += len(part)
        if size > max_bytes:
            raise AnswerTooLarge(f"answers with more than {max_bytes} bytes")
        parts.append(part)
    return b"".join(parts)


def _reason(error: Exception) -> str:
    """Never the library's message, which quotes the URL with what it may hold."""
    if isinstance(error, httpx.TimeoutException):
        return "did not answer in time"
    if isinstance(error, httpx.TooManyRedirects):
        return "redirects too often"
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        return "is not an http or https address"
    return "could not be reached"


@cache
def _tls() -> ssl.SSLContext:
    """Made once per process: reading the certificate authorities takes some 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


def _transport(backend: httpcore.NetworkBackend) -> httpx.HTTPTransport:
    """httpx's transport over a pool of ours: httpx has no public way to pass a network backend."""
    transport = httpx.HTTPTransport(verify=_tls())
    if not isinstance(transport._pool, httpcore.ConnectionPool):
        raise TypeError("httpx keeps its pool elsewhere, so its connections can't be checked")
    transport._pool = httpcore.ConnectionPool(ssl_context=_tls(), network_backend=backend)
    return transport


class _CheckingBackend(httpcore.NetworkBackend):
    """Dials checked addresses only, and gives up at the deadline (monotonic seconds)."""

    def __init__(self, allowance: Allowance, resolve: Resolve, deadline: float) -> None:
        self._allowance = allowance
        self._resolve = resolve
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        last: Exception | None = None
        for address in self._checked(host, port):
            try:
                stream = self._sockets.connect_tcp(
                    str(address), port, _left(self._deadline, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return _TimedStream(stream, self._deadline)
        raise last or httpcore.ConnectError("no address")

    def _checked(self, host: str, port: int) -> list[IPAddress]:
        try:
            addresses = self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError("the name does not resolve") from error
        reason = self._allowance.refusal(host, port, addresses)
        if reason is not None:
            raise AddressRefused("is not an address that this deployment may reach")
        return sorted(addresses, key=lambda address: address.version)


class _TimedStream(httpcore.NetworkStream):
    """A connection that ends at the deadline, however often a byte of it still arrives."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITE_BYTES):
            self._inner.write(buffer[start : start + _WRITE_BYTES], _left(self._deadline, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    """Seconds that a step may take: its own limit, or what is left of the whole."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is up")
    return left if timeout is None else min(left, timeout)

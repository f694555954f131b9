"""The egress guard: a SOCKS5 server on loopback, the only way out that Chromium has.

Chromium hands it names, not addresses. A name is resolved once, every address is checked, and the checked address is
dialled, so a name that resolves differently a moment later gains nothing. That covers redirects, frames,
sub-resources, workers and WebSockets alike, none of which request interception in the page sees in full.

RFC 1928, with CONNECT and no authentication only.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from pagelapse.adapters.addresses import Allowance, IPAddress, resolvable
from pagelapse.adapters.filters import Blocker
from pagelapse.adapters.proxies import Proxy, ProxyError, connect_through

logger = logging.getLogger(__name__)

RESOLVE_LIMIT_S = 5.0
CONNECT_LIMIT_S = 8.0
MAX_CONNECTIONS = 1000
"""Per capture; a page that opens more is refused the rest."""

HIGH_WATER = 1 << 20
"""Bytes waiting for the slower side, above which the faster one is paused."""

Resolve = Callable[[str, int], Awaitable[list[IPAddress]]]


async def system_resolve(host: str, port: int) -> list[IPAddress]:
    """Addresses of `host` by the system's resolver.

    Raises:
        OSError: When there are none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(resolvable(host), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection that was not made."""

    host: str
    port: int
    reason: str
    by_rule: bool
    """True when the egress rule forbids it, False when the network failed."""
    blocked: bool = False
    """The capture asked not to reach it; see `filters.Blocker`."""


class Guard:
    """One capture's way out.

    Args:
        allowance: What is allowed beside the public internet.
        resolve: How names become addresses; tests pass their own.
        proxy: Whom to go through. A target must pass the egress rule by our own resolution before the proxy hears of
            it, and so must the proxy's own address.
    """

    def __init__(self, allowance: Allowance, resolve: Resolve = system_resolve, *, proxy: Proxy | None = None) -> None:
        self._allowance = allowance
        self._resolve = resolve
        self.proxy = proxy
        """May change until the first connection: a spare page learns late whom it is for."""
        self.blocker: Blocker | None = None
        """Likewise."""
        self._server: asyncio.Server | None = None
        self._clients: set[_Client] = set()
        self.refusals: list[Refusal] = []
        self.connections = 0
        self.received_bytes = 0

    @property
    def port(self) -> int:
        """The loopback port that `start` opened.

        Raises:
            RuntimeError: Before `start`.
        """
        if self._server is None:
            raise RuntimeError("the guard has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen on a free loopback port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), "127.0.0.1", 0)

    def stop(self) -> None:
        """Stop listening and cut every connection, at once."""
        if self._server is not None:
            self._server.close()
        for client in tuple(self._clients):
            client.abort()

    def last_refusal(self) -> Refusal | None:
        """The newest refusal."""
        return self.refusals[-1] if self.refusals else None

    async def dial(self, host: str, port: int, upstream: _Upstream) -> None:
        """Connect `upstream` to the first checked address that answers.

        Raises:
            _RefusedError: By the rule, or because nothing answered.
        """
        addresses = await self._checked(host, port)
        if self.proxy is not None:
            await self._dial_through(self.proxy, host, port, upstream)
            return
        last: OSError | TimeoutError | None = None
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT_LIMIT_S):
                    await asyncio.get_running_loop().create_connection(lambda: upstream, str(address), port)
                    return
            except OSError as error:
                last = error
        reason = "the connection timed out" if isinstance(last, TimeoutError) else "the connection was refused"
        raise self._refused(host, port, reason, by_rule=False) from last

    async def _dial_through(self, proxy: Proxy, host: str, port: int, upstream: _Upstream) -> None:
        """Connect `upstream` through the proxy; a failure is told as the target's, for the proxy is the operator's."""
        try:
            async with asyncio.timeout(RESOLVE_LIMIT_S + CONNECT_LIMIT_S):
                addresses = _literal(proxy.host) or await self._resolve(proxy.host, proxy.port)
                reason = self._allowance.refusal(proxy.host, proxy.port, addresses)
                if reason is not None:
                    raise ProxyError(f"its address is refused: {reason}")
                sock = await connect_through(proxy, str(addresses[0]), host, port)
                await asyncio.get_running_loop().create_connection(lambda: upstream, sock=sock)
        except (ProxyError, OSError, UnicodeError) as error:
            logger.warning("proxy failed", extra={"proxy": f"{proxy.host}:{proxy.port}", "reason": str(error)[:200]})
            raise self._refused(host, port, "the real location's proxy did not connect", by_rule=False) from error

    async def _checked(self, host: str, port: int) -> list[IPAddress]:
        if self.blocker is not None and self.blocker.blocks(host):
            raise self._blocked(host, port)
        if self.connections > MAX_CONNECTIONS:
            raise self._refused(host, port, f"the page opened more than {MAX_CONNECTIONS} connections", by_rule=True)
        try:
            async with asyncio.timeout(RESOLVE_LIMIT_S):
                addresses = _literal(host) or await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise self._refused(host, port, "the host name could not be resolved", by_rule=False) from error
        reason = self._allowance.refusal(host, port, addresses)
        if reason is not None:
            raise self._refused(host, port, reason, by_rule=True)
        return sorted(addresses, key=lambda address: address.version)

    def _refused(self, host: str, port: int, reason: str, *, by_rule: bool) -> _RefusedError:
        refusal = Refusal(host, port, reason, by_rule)
        self.refusals.append(refusal)
        logger.info("egress refused", extra={"host": host, "port": port, "reason": reason, "by_rule": by_rule})
        return _RefusedError(refusal)

    def _blocked(self, host: str, port: int) -> _RefusedError:
        """Not logged: pages have dozens of them, and they were asked for."""
        refusal = Refusal(host, port, "it is blocked as an ad, a tracker or a widget", by_rule=True, blocked=True)
        self.refusals.append(refusal)
        return _RefusedError(refusal)


def _literal(host: str) -> list[IPAddress]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        return []


class _RefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.reply = 0x02 if refusal.by_rule else 0x04
        """RFC 1928, 6: connection not allowed by ruleset; host unreachable."""


class _Relay(asyncio.Protocol):
    """One side of a relayed connection: what arrives goes to the peer, and the slower side sets the pace."""

    transport: asyncio.Transport
    peer: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            self.peer.write(data)

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.peer is not None:
            self.peer.close() if exc is None else self.peer.abort()


class _Upstream(_Relay):
    """The side towards the page's server."""

    def __init__(self, guard: Guard, client: asyncio.Transport) -> None:
        self._guard = guard
        self.peer = client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()  # nothing may reach Chromium before the answer to its request

    def data_received(self, data: bytes) -> None:
        self._guard.received_bytes += len(data)
        super().data_received(data)


class _Client(_Relay):
    """The side towards Chromium: greeting, one CONNECT, then bytes."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._pending = bytearray()
        self._greeted = False
        self._dialling: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._guard._clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard._clients.discard(self)
        if self._dialling is not None:
            self._dialling.cancel()
        super().connection_lost(exc)

    def abort(self) -> None:
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            self.peer.write(data)
            return
        self._pending += data
        if not self._greeted:
            self._greet()
        if self._greeted and self._dialling is None:
            self._request()

    def _greet(self) -> None:
        if self._pending[0] != 5:
            self.transport.close()
            return
        if len(self._pending) < 2 or len(self._pending) < 2 + self._pending[1]:
            return
        methods = self._pending[2 : 2 + self._pending[1]]
        del self._pending[: 2 + len(methods)]
        accepted = 0 in methods
        self.transport.write(b"\x05\x00" if accepted else b"\x05\xff")
        if accepted:
            self._greeted = True
        else:
            self.transport.close()

    def _request(self) -> None:
        try:
            parsed = _parse_connect(bytes(self._pending))
        except ValueError:
            self._answer(0x07)
            self.transport.close()
            return
        if parsed is None:
            return
        host, port, length = parsed
        del self._pending[:length]
        self._guard.connections += 1
        self._dialling = asyncio.get_running_loop().create_task(self._dial(host, port))

    async def _dial(self, host: str, port: int) -> None:
        upstream = _Upstream(self._guard, self.transport)
        try:
            await self._guard.dial(host, port, upstream)
        except _RefusedError as refused:
            self._answer(refused.reply)
            self.transport.close()
            return
        self.peer = upstream.transport
        self._answer(0x00)
        upstream.transport.resume_reading()
        if self._pending:
            self.peer.write(bytes(self._pending))
            self._pending.clear()

    def _answer(self, reply: int) -> None:
        self.transport.write(bytes((5, reply, 0, 1)) + bytes(6))


def _parse_connect(data: bytes) -> tuple[str, int, int] | None:
    """Host, port and length of a CONNECT request; `None` while it is incomplete.

    Raises:
        ValueError: Anything else than CONNECT, or an unknown kind of address.
    """
    if len(data) < 5:
        return None
    if data[:3] != b"\x05\x01\x00" or data[3] not in (1, 3, 4):
        raise ValueError("not a CONNECT request")
    start = 5 if data[3] == 3 else 4
    size = {1: 4, 3: data[4], 4: 16}[data[3]]
    end = start + size
    if len(data) < end + 2:
        return None
    raw = data[start:end]
    host = raw.decode("ascii") if data[3] == 3 else str(ipaddress.ip_address(raw))
    return host, int.from_bytes(data[end : end + 2]), end + 2

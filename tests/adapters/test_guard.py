"""The guard's own protocol, without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import Any

import pytest
from tests.site.server import Canary, Site

from pagelapse.adapters.addresses import Allowance, IPAddress
from pagelapse.adapters.filters import Blocker
from pagelapse.adapters.guard import Guard, Resolve


@asynccontextmanager
async def _opened(guard: Guard) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", guard.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def _asked(
    guard: Guard, request: bytes
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]]:
    async with _opened(guard) as (reader, writer):
        writer.write(b"\x05\x01\x00")
        assert await reader.readexactly(2) == b"\x05\x00"
        writer.write(request)
        yield reader, writer, await reader.readexactly(10)


def _by_name(name: str, port: int) -> bytes:
    return b"\x05\x01\x00\x03" + bytes([len(name)]) + name.encode() + port.to_bytes(2)


def _with_guard(
    work: Callable[[Guard], Coroutine[Any, Any, None]], allowance: Allowance, resolve: Resolve | None = None
) -> Guard:
    async def run() -> Guard:
        guard = Guard(allowance, resolve) if resolve else Guard(allowance)
        await guard.start()
        try:
            await work(guard)
        finally:
            guard.stop()
        return guard

    return asyncio.run(run())


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LOCALHOST."])
def test_localhost_in_every_spelling(host: str) -> None:
    """`localhost` is this machine, with the root's dot too, so it is refused by the rule and not for being unknown."""

    async def work(guard: Guard) -> None:
        async with _asked(guard, _by_name(host, 80)) as (_, _, reply):
            assert reply[1] == 0x02

    refusal = _with_guard(work, Allowance()).last_refusal()
    assert refusal is not None
    assert refusal.by_rule


def test_allowed_connection_carries_bytes_both_ways(site: Site) -> None:
    """An allowed host is connected to, and bytes flow both ways and are counted."""

    async def work(guard: Guard) -> None:
        async with _asked(guard, _by_name("localhost", site.port)) as (reader, writer, answer):
            assert answer[:2] == b"\x05\x00"
            writer.write(b"GET /simple.html HTTP/1.0\r\n\r\n")
            assert b"A simple page" in await reader.read()

    guard = _with_guard(work, Allowance((f"127.0.0.1:{site.port}", "::1")))
    assert guard.received_bytes > 500
    assert guard.refusals == []


@pytest.mark.parametrize(
    "request_of",
    [
        lambda port: _by_name("127.0.0.1", port),
        lambda port: _by_name("localhost", port),
        lambda port: b"\x05\x01\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2),
        lambda port: b"\x05\x01\x00\x04" + ip_address("::ffff:127.0.0.1").packed + port.to_bytes(2),
    ],
    ids=["address as name", "name", "IPv4", "mapped IPv6"],
)
def test_refused_connection_is_never_made(canary: Canary, request_of: Callable[[int], bytes]) -> None:
    """A refused address is answered with SOCKS reply 2 and not connected to, in whatever form it comes."""

    async def work(guard: Guard) -> None:
        async with _asked(guard, request_of(canary.port)) as (reader, _, answer):
            assert answer[:2] == b"\x05\x02"
            assert await reader.read() == b""

    guard = _with_guard(work, Allowance())
    canary.settle()
    assert canary.hits == 0
    assert guard.refusals[0].by_rule


def test_rebinding_name_is_dialled_at_the_checked_address_only(canary: Canary) -> None:
    """A name that is public when it is checked and private a moment later never reaches the private address."""
    answers = iter([[ip_address("192.0.0.9")], [ip_address("127.0.0.1")]])
    asked: list[str] = []

    async def resolve(host: str, _: int) -> list[IPAddress]:
        asked.append(host)
        return next(answers)

    async def work(guard: Guard) -> None:
        async with _asked(guard, _by_name("rebind.example", canary.port)) as (_, _, answer):
            assert answer[:2] != b"\x05\x00"

    _with_guard(work, Allowance(("192.0.0.9:1",)), resolve)
    canary.settle()
    assert canary.hits == 0
    assert asked == ["rebind.example"]


def test_unresolvable_name_is_unreachable_not_refused() -> None:
    """A name that does not resolve is told apart from a forbidden one."""

    async def resolve(_: str, __: int) -> list[IPAddress]:
        raise OSError

    async def work(guard: Guard) -> None:
        async with _asked(guard, _by_name("nowhere.example", 80)) as (_, _, answer):
            assert answer[:2] == b"\x05\x04"

    guard = _with_guard(work, Allowance(), resolve)
    assert not guard.refusals[0].by_rule


@pytest.mark.parametrize(
    "garbage",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x05\x01\x02", b"\x04\x01\x00", b"\x05\x01\x00\x05\x02\x00\x01" + bytes(8)],
    ids=["HTTP", "other authentication", "SOCKS4", "BIND"],
)
def test_other_protocols_are_cut_off(garbage: bytes) -> None:
    """Whatever isn't a SOCKS5 CONNECT is cut off without harm."""

    async def work(guard: Guard) -> None:
        async with _opened(guard) as (reader, writer), asyncio.timeout(2):
            writer.write(garbage)
            await reader.read()

    guard = _with_guard(work, Allowance())
    assert guard.connections == 0


def test_blocked_host_is_never_resolved(site: Site) -> None:
    """A blocked host is refused before its name is resolved, and others are not."""
    asked: list[str] = []

    class Blocking(Blocker):
        def blocks(self, host: str) -> bool:
            return host == "ads.example"

    async def resolve(host: str, _port: int) -> list[IPAddress]:
        asked.append(host)
        return [ip_address("127.0.0.1")]

    async def work(guard: Guard) -> None:
        guard.blocker = Blocking([], "http://page.example/")
        async with _asked(guard, _by_name("ads.example", site.port)) as (_, _, answer):
            assert answer[:2] == b"\x05\x02"
        async with _asked(guard, _by_name("page.example", site.port)) as (_, _, answer):
            assert answer[:2] == b"\x05\x00"

    guard = _with_guard(work, Allowance((f"127.0.0.1:{site.port}",)), resolve)
    assert asked == ["page.example"]
    assert [(refusal.host, refusal.blocked) for refusal in guard.refusals] == [("ads.example", True)]

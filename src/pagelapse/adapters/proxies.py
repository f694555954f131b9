"""Proxies that captures go out through to be somewhere else, and how a connection is opened through one.

HTTP CONNECT (RFC 9110, 9.3.6) with Basic credentials, and SOCKS5 (RFC 1928) with user and password (RFC 1929).
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

_PORTS = {"http": 80, "socks5": 1080}
_MAX_HEAD_BYTES = 8192


class ProxyError(Exception):
    """The proxy did not open the connection; the message holds no credentials."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; what identifies the operator to it stays out of `repr`."""

    scheme: Literal["http", "socks5"]
    host: str
    port: int
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parse_proxy(url: str) -> Proxy:
    """Read `http://user:pass@host:port` or `socks5://…`; user and password may be percent-encoded.

    Raises:
        ValueError: When it is neither; the message does not quote it.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in ("http", "socks5") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("a proxy must be written as http://user:pass@host:port or socks5://user:pass@host:port")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if max(len(username.encode()), len(password.encode())) > 255:
        raise ValueError("a proxy's user and password have at most 255 bytes each (RFC 1929)")
    kind: Literal["http", "socks5"] = "http" if scheme == "http" else "socks5"
    return Proxy(kind, parts.hostname, parts.port or _PORTS[scheme], username, password)


async def connect_through(proxy: Proxy, address: str, host: str, port: int) -> socket.socket:
    """A connected socket whose next byte is the target's.

    Args:
        proxy: Whom to ask.
        address: The proxy's, checked by the caller.
        host: The target's name, which the proxy resolves where it is, or its address.
        port: The target's.

    Raises:
        ProxyError: When the proxy refuses, or does not speak its protocol.
        OSError: When the proxy can't be reached.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, (address, proxy.port))
        await (_http_connect if proxy.scheme == "http" else _socks5_connect)(sock, proxy, host, port)
    except BaseException:
        sock.close()
        raise
    return sock


async def _http_connect(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username:
        credentials = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {credentials}")
    await asyncio.get_running_loop().sock_sendall(sock, "\r\n".join([*lines, "", ""]).encode())
    head = await _head(sock)
    status = head.split(b" ", 2)[1:2]
    if not head.startswith(b"HTTP/1.") or not status or not status[0].startswith(b"2"):
        raise ProxyError(f"it answered {status[0][:3].decode(errors='replace') if status else 'no HTTP'}")


async def _head(sock: socket.socket) -> bytes:
    """The answer's head, byte by byte: what follows it is the target's."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        if len(head) >= _MAX_HEAD_BYTES:
            raise ProxyError("its answer has no end")
        head += await _exactly(sock, 1)
    return head


async def _socks5_connect(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    send = asyncio.get_running_loop().sock_sendall
    await send(sock, b"\x05\x01\x02" if proxy.username else b"\x05\x01\x00")
    version, method = await _exactly(sock, 2)
    if version != 5 or method != (2 if proxy.username else 0):
        raise ProxyError("it wants another way to authenticate")
    if proxy.username:
        username, password = proxy.username.encode(), proxy.password.encode()
        await send(sock, bytes((1, len(username))) + username + bytes((len(password),)) + password)
        if (await _exactly(sock, 2))[1] != 0:
            raise ProxyError("it refused the user or the password")
    await send(sock, b"\x05\x01\x00" + _socks5_address(host) + port.to_bytes(2))
    _, reply, _, kind = await _exactly(sock, 4)
    if reply != 0:
        raise ProxyError(f"it answered {reply}")
    size = {1: 4, 4: 16}.get(kind) or (await _exactly(sock, 1))[0]
    await _exactly(sock, size + 2)


def _socks5_address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("ascii")
        return bytes((3, len(name))) + name
    return bytes((1 if address.version == 4 else 4,)) + address.packed


async def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = await asyncio.get_running_loop().sock_recv(sock, size - len(data))
        if not part:
            raise ProxyError("it closed the connection")
        data += part
    return data

"""Small HTTP CONNECT and SOCKS5 proxies with user and password, which remember what they were asked."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedIOBase
from socketserver import StreamRequestHandler, ThreadingTCPServer

USER, PASSWORD = "operator", "p@ss:word"


@dataclass
class LocalProxy:
    """A running proxy on 127.0.0.1; names resolve to this machine, whatever they are."""

    scheme: str
    port: int
    targets: list[str] = field(default_factory=list)
    """`host:port` of every connection that was asked for with the right credentials."""
    refused: int = 0
    """Connections without them."""
    sent_bytes: int = 0
    """Sent back from targets."""

    @property
    def url(self) -> str:
        """With the credentials."""
        return f"{self.scheme}://{USER}:p%40ss%3Aword@127.0.0.1:{self.port}"


class _Handler(StreamRequestHandler):
    proxy: LocalProxy

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            target = self.http() if self.proxy.scheme == "http" else self.socks5()
            if target is None:
                self.proxy.refused += 1
                return
            self.proxy.targets.append(":".join(map(str, target)))
            with socket.create_connection(("127.0.0.1", target[1])) as upstream:
                self.wfile.write(
                    b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n"
                    if self.proxy.scheme == "http"
                    else b"\x05\x00\x00\x01" + bytes(6)
                )
                self.relay(upstream)

    def http(self) -> tuple[str, int] | None:
        request = self.rfile.readline().decode().split()
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request[0] != "CONNECT" or headers.get("proxy-authorization") != f"Basic {expected}":
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return None
        host, _, port = request[1].rpartition(":")
        return host.strip("[]"), int(port)

    def socks5(self) -> tuple[str, int] | None:
        _, count = self.rfile.read(2)
        if 2 not in self.rfile.read(count):
            self.wfile.write(b"\x05\xff")
            return None
        self.wfile.write(b"\x05\x02")
        self.rfile.read(1)
        if (_counted(self.rfile), _counted(self.rfile)) != (USER.encode(), PASSWORD.encode()):
            self.wfile.write(b"\x01\x01")
            return None
        self.wfile.write(b"\x01\x00")
        kind = self.rfile.read(4)[3]
        host = _counted(self.rfile).decode() if kind == 3 else socket.inet_ntoa(self.rfile.read(4))
        return host, int.from_bytes(self.rfile.read(2))

    def relay(self, upstream: socket.socket) -> None:
        def upwards() -> None:
            with contextlib.suppress(OSError):
                while data := self.connection.recv(65536):
                    upstream.sendall(data)
                upstream.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=upwards, daemon=True)
        thread.start()
        while data := upstream.recv(65536):
            self.proxy.sent_bytes += len(data)
            self.connection.sendall(data)


def _counted(stream: BufferedIOBase) -> bytes:
    return stream.read(stream.read(1)[0])


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


@contextlib.contextmanager
def proxying(scheme: str) -> Iterator[LocalProxy]:
    """Run a proxy, `http` or `socks5`, on a free port for the length of the block."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    proxy = LocalProxy(scheme, server.server_address[1])
    handler.proxy = proxy  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

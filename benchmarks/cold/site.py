"""Pages that are hard on a small machine, and a bucket that takes the pictures; both on loopback."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from struct import pack
from urllib.parse import urlsplit

IMAGES = 200
SIDE = 1000
TALL = 30_000

CJK = "漢字かな交じり文 한국어 문장 简体中文 繁體中文"


@dataclass
class Site:
    """Both servers."""

    pages: int
    bucket: int
    stored: dict[str, bytes] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """What captures may reach."""
        return f"127.0.0.1:{self.pages}"

    @property
    def url(self) -> str:
        """Base of the pages."""
        return f"http://{self.host}"

    @property
    def bucket_url(self) -> str:
        """The endpoint for S3."""
        return f"http://127.0.0.1:{self.bucket}"


def _page(body: str, script: str = "") -> bytes:
    head = '<!doctype html><meta charset="utf-8"><style>body{font:28px sans-serif;margin:20px}</style>'
    return f"{head}{body}<script>{script}</script>".encode()


def _hue(i: int) -> str:
    return f"hsl({i * 12},60%,80%)"


_WEBGL = """
const gl = document.querySelector('canvas').getContext('webgl', {preserveDrawingBuffer: true});
if (!gl) { document.body.append('no WebGL'); }
else { gl.clearColor(0.1, 0.6, 0.3, 1); gl.clear(gl.COLOR_BUFFER_BIT);
  document.body.append(gl.getParameter(gl.VERSION)); }
"""

PAGES = {
    "/simple": _page("<h1>A simple page</h1><p>With a sentence, and emoji: 🎉 🦊</p>"),
    "/cjk": _page(f"<p>{CJK}</p><p><b>{CJK}</b></p><p>العربية עברית हिन्दी ไทย</p>"),
    "/webgl": _page('<canvas width="600" height="400"></canvas><br>', _WEBGL),
    "/tall": _page("".join(f'<div style="height:1000px;background:{_hue(i)}">{i}</div>' for i in range(TALL // 1000))),
    "/heavy": _page("".join(f'<img src="/image?{i}" width="300" height="300">' for i in range(IMAGES))),
}


def image(seed: int) -> bytes:
    """A PNG of `SIDE` pixels square, in a colour of its own."""
    colour = bytes((seed * 37 % 256, seed * 91 % 256, seed * 53 % 256))
    rows = b"".join(b"\0" + colour * SIDE for _ in range(SIDE))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(rows, 1)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/image":
            self._answer(image(int(parts.query)), "image/png")
        else:
            self._answer(PAGES.get(parts.path, b""), "text/html; charset=utf-8")

    def do_PUT(self) -> None:
        key = urlsplit(self.path).path.removeprefix("/bucket/")
        self.site.stored[key] = self._body()
        self._answer(b"", "application/xml")

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", "") and "aws-chunked" not in self.headers.get(
            "content-encoding", ""
        ):
            return self.rfile.read(int(self.headers["content-length"]))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _answer(self, body: bytes, media_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", '"0"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serve() -> Iterator[Site]:
    """Serve until the context ends. Two ports: the bucket's is forbidden to captures."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Handler) for _ in range(2)]
    site = _Handler.site = Site(servers[0].server_port, servers[1].server_port)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()

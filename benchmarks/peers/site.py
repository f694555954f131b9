"""The pages that everybody pictures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

from benchmarks.pages import PHOTO_PAGE, TEXT_PAGE, photograph

PARTS = 60
APP_PAGE = (
    "<!doctype html><meta charset=utf-8><title>App</title><link rel=stylesheet href=/style.css>"
    + "".join(f"<script src=/script.js?{n} defer></script>" for n in range(PARTS // 3))
    + "<main>"
    + "".join(f"<article><img src=/small.svg?{n} width=120 height=80><h2>Card {n}</h2></article>" for n in range(PARTS))
    + "</main>"
).encode()
STYLE = (
    b"main{display:grid;grid-template-columns:repeat(6,1fr);gap:16px;font:16px Arial}"
    b"article{box-shadow:0 2px 8px #0003;border-radius:8px;padding:12px;background:linear-gradient(#fff,#eef)}"
)
SCRIPT = b"document.querySelectorAll('h2').forEach(title=>{title.textContent=title.textContent.trim()+' '})"
SMALL = (
    b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 120 80'><rect width='120' height='80' fill='#68c'/>"
    b"<circle cx='60' cy='40' r='30' fill='#fc6'/></svg>"
)


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files = MappingProxyType(
        {
            "/text": ("text/html", TEXT_PAGE),
            "/photos": ("text/html", PHOTO_PAGE),
            "/app": ("text/html", APP_PAGE),
            "/photo.jpg": ("image/jpeg", photograph()),
            "/style.css": ("text/css", STYLE),
            "/script.js": ("text/javascript", SCRIPT),
            "/small.svg": ("image/svg+xml", SMALL),
        }
    )

    def do_GET(self) -> None:
        media_type, body = self.files.get(self.path.partition("?")[0], ("text/plain", b""))
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[str]:
    """The server's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()

"""A web server with a site that has a sitemap: every path is a page of its own colour, and some never answer well."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class SitemappedSite:
    """A running site on 127.0.0.1: `robots.txt` names a packed index, which names a list of pages."""

    port: int
    paths: Sequence[str]
    """In the sitemap's order."""
    broken: Sequence[str] = ()
    """Those among them that break off every connection."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Other files, by their paths."""
    visits: Counter[str] = field(default_factory=Counter)
    gate: threading.Event = field(default_factory=threading.Event)
    """Pages are answered while it is set."""

    @property
    def host(self) -> str:
        """As a caller gives it, without a scheme."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"http://{self.host}{path}"

    def answer(self, path: str) -> bytes | None:
        """What is at a path; `None` for a broken connection."""
        if path == "/robots.txt":
            return f"User-agent: *\nSitemap: {self.url('/maps/index.xml.gz')}\n".encode()
        if path == "/maps/index.xml.gz":
            index = f"<sitemapindex><sitemap><loc>{self.url('/maps/pages.xml')}</loc></sitemap></sitemapindex>"
            return gzip.compress(index.encode())
        if path in ("/maps/pages.xml", "/sitemap.xml"):
            pages = "".join(f"<url><loc>{self.url(page)}</loc></url>" for page in self.paths)
            return f"<urlset>{pages}</urlset>".encode()
        if path in self.files:
            return self.files[path]
        self.visits[path] += 1
        self.gate.wait(120)
        if path in self.broken:
            return None
        return f"<!doctype html><title>{path}</title><body style='background:{colour(path)}'>".encode()


def colour(path: str) -> str:
    """The colour of a page, `#rrggbb`."""
    return f"#{hashlib.sha256(path.encode()).hexdigest()[:6]}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A browser that goes away mid-answer is no error."""


@contextmanager
def serving_sitemapped(paths: Sequence[str], broken: Sequence[str] = ()) -> Iterator[SitemappedSite]:
    """Serve a site until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = site.answer(self.path)
            if body is None:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if body.startswith(b"<!doctype") else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    site = SitemappedSite(server.server_address[1], paths, broken)
    site.gate.set()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.gate.set()
        server.shutdown()
        server.server_close()

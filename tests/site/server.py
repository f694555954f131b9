"""A web server for tests: files from `pages/`, and addresses that misbehave on purpose."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.site.media import gif, items, png

PAGES = Path(__file__).parent / "pages"
_TYPES = {".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript", ".css": "text/css"}
_BINARY = {".webm": "video/webm"}

SILENCE_S = 120
"""How long `/never` and `/stalling` keep silent."""

IN_VAIN_S = 60
"""Far more than any limit that a test sets, far less than the silence: whoever took longer has waited in vain."""


@dataclass(frozen=True)
class Seen:
    """One request as the server saw it; header names in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    form: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Site:
    """A running server.

    Addresses beside the files of `pages/`: `/redirect?to=URL&status=302`, `/slow?s=SECONDS&name=FILE`, `/held`
    (answers when the test says so), `/never` (accepts and does not answer), `/stalling` (half a page, then
    nothing), `/reset`, `/status?code=404`, `/empty`, `/download`, `/circle`, `/echo` (request headers as text),
    `/headers` (203, some of its own twice), `/counter` (another text in `#count` at each visit),
    `/html?body=SOURCE`, `/png?color=RRGGBB&width=20&height=20&after=MS`, `/gif` (three colours in turns),
    `/items?first=0&count=10&after=MS` (JSON), `/watched` (the test's), `/login` (takes the form of `login.html`;
    the password is "secret"), `/members` (green for those who are logged in, else red) and `/private` (wants HTTP
    authentication as ada with "secret"; green inside, and red to strangers).
    """

    port: int
    requests: list[Seen] = field(default_factory=list)
    host: str = "127.0.0.1"
    released: threading.Event = field(default_factory=threading.Event)
    """Set it to have `/held` answered."""
    watched: str = ""
    """What is in the body of `/watched`."""

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"http://{self.host}:{self.port}{path}"

    def seen(self, path: str) -> list[Seen]:
        """The requests for `path`, oldest first."""
        return [request for request in self.requests if request.path == path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site
    stop: threading.Event
    form: dict[str, list[str]]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        self.form = parse_qs(body.decode(errors="replace"))
        self.site.requests.append(Seen(self.command, parts.path, query, headers, self.form, body))
        special: Callable[[dict[str, list[str]]], None] | None = getattr(self, "at_" + parts.path.strip("/"), None)
        if special is not None:
            special(query)
        else:
            self.file(parts.path)

    do_POST = do_GET  # noqa: N815 - the name http.server looks for

    def file(self, path: str) -> None:
        found = PAGES / path.lstrip("/")
        if not found.is_file() or PAGES not in found.resolve().parents:
            self.answer(b"<h1>404</h1>", status=404)
            return
        if found.suffix in _BINARY:
            self.answer(found.read_bytes(), media_type=_BINARY[found.suffix])
            return
        body = found.read_text(encoding="utf-8").replace("{port}", str(self.site.port)).encode()
        self.answer(body, media_type=_TYPES[found.suffix])

    def answer(self, body: bytes, *, status: int = 200, media_type: str = "text/html", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def at_redirect(self, query: dict[str, list[str]]) -> None:
        self.answer(b"", status=int(query.get("status", ["302"])[0]), Location=query["to"][0])

    def at_headers(self, _: dict[str, list[str]]) -> None:
        body = b"<h1>Headers</h1>"
        self.send_response(203)
        for name, value in (("X-Many", "one"), ("Set-Cookie", "a=1"), ("X-Many", "two"), ("Set-Cookie", "b=2")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def at_circle(self, _: dict[str, list[str]]) -> None:
        self.answer(b"", status=302, Location="/circle")

    def at_slow(self, query: dict[str, list[str]]) -> None:
        self.stop.wait(float(query.get("s", ["2"])[0]))
        self.file("/" + query.get("name", ["simple.html"])[0])

    def at_held(self, _: dict[str, list[str]]) -> None:
        self.site.released.wait(120)
        self.file("/simple.html")

    def at_never(self, _: dict[str, list[str]]) -> None:
        self.stop.wait(SILENCE_S)

    def at_stalling(self, _: dict[str, list[str]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"<body style='margin:0;background:#00ff00'><h1>half a page</h1>" + b"<!-- -->" * 500)
        self.wfile.flush()
        self.stop.wait(SILENCE_S)

    def at_reset(self, _: dict[str, list[str]]) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def at_status(self, query: dict[str, list[str]]) -> None:
        self.answer(b"<body style='background:#ff0000'><h1>error page</h1>", status=int(query["code"][0]))

    def at_login(self, _: dict[str, list[str]]) -> None:
        right = self.form.get("password") == ["secret"]
        cookie = {"Set_Cookie": "session=member; HttpOnly"} if right else {}
        self.answer(b"", status=303, Location="/members", **cookie)

    def at_members(self, _: dict[str, list[str]]) -> None:
        inside = "session=member" in self.headers.get("cookie", "")
        color, title = ("#00ff00", "Members") if inside else ("#ff0000", "Strangers")
        page = f"<body style='margin:0;background:{color}'><h1>{title}</h1><a id=more href='/simple.html#red'>More</a>"
        self.answer(page.encode())

    def at_private(self, _: dict[str, list[str]]) -> None:
        known = self.headers.get("authorization") == f"Basic {b64encode(b'ada:secret').decode()}"
        color = "#00ff00" if known else "#ff0000"
        asking = {} if known else {"WWW_Authenticate": 'Basic realm="private"'}
        self.answer(f"<body style='background:{color}'>".encode(), status=200 if known else 401, **asking)

    def at_empty(self, _: dict[str, list[str]]) -> None:
        self.answer(b"", status=204)

    def at_download(self, _: dict[str, list[str]]) -> None:
        self.answer(b"bytes", media_type="application/octet-stream", Content_Disposition="attachment; filename=a.bin")

    def at_echo(self, _: dict[str, list[str]]) -> None:
        lines = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        self.answer(lines.encode(), media_type="text/plain")

    def at_counter(self, _: dict[str, list[str]]) -> None:
        self.answer(f"<!doctype html><p id=count>{len(self.site.seen('/counter'))}</p>".encode())

    def at_watched(self, _: dict[str, list[str]]) -> None:
        page = f"<!doctype html><body style='margin:0;font:20px sans-serif'>{self.site.watched}"
        self.answer(page.encode(), media_type="text/html; charset=utf-8")

    def at_html(self, query: dict[str, list[str]]) -> None:
        self.answer(f"<!doctype html>{query['body'][0]}".encode(), media_type="text/html; charset=utf-8")

    def at_png(self, query: dict[str, list[str]]) -> None:
        self.pause(query)
        width, height = (int(query.get(side, ["20"])[0]) for side in ("width", "height"))
        self.answer(png(query.get("color", ["0000ff"])[0], width, height), media_type="image/png")

    def at_gif(self, _: dict[str, list[str]]) -> None:
        self.answer(gif(), media_type="image/gif")

    def at_items(self, query: dict[str, list[str]]) -> None:
        self.pause(query)
        first, count = (int(query.get(name, ["0"])[0]) for name in ("first", "count"))
        self.answer(items(first, count), media_type="application/json")

    def pause(self, query: dict[str, list[str]]) -> None:
        """Take as many milliseconds to answer as `after` says."""
        self.stop.wait(int(query.get("after", ["0"])[0]) / 1000)

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError, ValueError, OSError):
            super().handle_one_request()
            return
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A browser that goes away mid-answer is no error."""


@contextlib.contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Site]:
    """Serve on a free port for the length of the block."""
    handler = type("Handler", (_Handler,), {"stop": threading.Event()})
    server = _Server((host, 0), handler)
    site = Site(server.server_port, host=host)
    handler.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        handler.stop.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
        thread.join()


class Canary:
    """A listener that must never be reached: it counts connections on TCP and datagrams on UDP, on one port.

    Args:
        everywhere: Listen on every address of this machine, IPv4 and, where it has it, IPv6.
        at: Listen on this host and port instead.
    """

    def __init__(self, *, everywhere: bool = False, at: tuple[str, int] = ("", 0)) -> None:
        family = socket.AF_INET6 if everywhere and socket.has_dualstack_ipv6() else socket.AF_INET
        host = {socket.AF_INET6: "::", socket.AF_INET: "0.0.0.0"}[family] if everywhere else at[0] or "127.0.0.1"
        self._tcp = socket.create_server((host, at[1]), family=family, dualstack_ipv6=family == socket.AF_INET6)
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            self._udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self._udp.bind((host, self.port))
        self.hits = 0
        for sock, take in ((self._tcp, self._accept), (self._udp, self._receive)):
            sock.settimeout(0.2)
            threading.Thread(target=take, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._tcp.close()
        self._udp.close()

    def settle(self) -> None:
        """Give a connection that is under way the time to be counted."""
        time.sleep(0.3)

    def _accept(self) -> None:
        self._count(self._accept_one)

    def _accept_one(self) -> None:
        self._tcp.accept()[0].close()

    def _receive(self) -> None:
        self._count(lambda: self._udp.recv(2048))

    def _count(self, take: Callable[[], object]) -> None:
        while True:
            try:
                take()
            except TimeoutError:
                continue
            except OSError:
                return
            self.hits += 1

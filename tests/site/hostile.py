"""What hostile pages do to reach what they must not, and a site that serves such pages."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VECTORS = {
    "image": "<img src='http://{host}/'>",
    "image by redirect": "<img src='{site}/redirect?to=http://{host}/'>",
    "frame": "<iframe src='http://{host}/'></iframe>",
    "frame by redirect": "<iframe src='{site}/redirect?to=http://{host}/'></iframe>",
    "object": "<object data='http://{host}/'></object>",
    "style sheet": "<link rel=stylesheet href='http://{host}/'>",
    "font": "<style>@font-face {{ font-family: x; src: url(http://{host}/) }} b {{ font-family: x }}</style><b>x</b>",
    "script": "<script src='http://{host}/'></script>",
    "prefetch": "<link rel=prefetch href='http://{host}/'><link rel=preload as=fetch href='http://{host}/'>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=http://{host}/'>",
    "location": "<script>location = 'http://{host}/'</script>",
    "form": "<form action='http://{host}/' method=post></form><script>document.forms[0].submit()</script>",
    "popup": "<script>open('http://{host}/')</script>",
    "fetch": "<script>fetch('http://{host}/', {{ mode: 'no-cors' }})</script>",
    "beacon": "<script>navigator.sendBeacon('http://{host}/', 'x')</script>",
    "XMLHttpRequest": "<script>const x = new XMLHttpRequest; x.open('GET', 'http://{host}/'); x.send()</script>",
    "EventSource": "<script>new EventSource('http://{host}/')</script>",
    "WebSocket": "<script>new WebSocket('ws://{host}/')</script>",
    "worker": (
        "<script>new Worker(URL.createObjectURL(new Blob([`fetch('http://{host}/', {{mode:'no-cors'}})`])))</script>"
    ),
    "speculation rules": (
        '<script type=speculationrules>{{"prefetch": [{{"source": "list", "urls": ["http://{host}/"]}}]}}</script>'
    ),
    "WebRTC": (
        "<script>const p = new RTCPeerConnection({{ iceServers: [{{ urls: 'stun:{host}' }},"
        " {{ urls: 'turn:{host}?transport=tcp', username: 'a', credential: 'b' }}] }});"
        "p.createDataChannel('x'); p.createOffer().then(o => p.setLocalDescription(o))</script>"
    ),
    "video": "<video src='http://{host}/' autoplay muted></video>",
    "ping": "<a href='#' ping='http://{host}/'>x</a><script>document.links[0].click()</script>",
}  # fmt: skip
"""HTML by the kind of request; `{host}` is whom it must not reach, `{site}` the base of where `/redirect` is."""

MORE_VECTORS = {
    "preconnect": "<link rel=preconnect href='http://{host}/'><link rel=dns-prefetch href='http://{host}/'>",
    "module preload": "<link rel=modulepreload href='http://{host}/'>",
    "preload of a picture": "<link rel=preload as=image href='http://{host}/'>",
    "prerender": (
        '<script type=speculationrules>{{"prerender": [{{"source": "list", "urls": ["http://{host}/"]}}]}}</script>'
    ),
    "icon": "<link rel=icon href='http://{host}/'>",
    "source set": "<img srcset='http://{host}/ 1x'><picture><source srcset='http://{host}/'><img></picture>",
    "picture in SVG": "<svg><image href='http://{host}/'/><use href='http://{host}/#a'/></svg>",
    "picture of an input": "<input type=image src='http://{host}/'>",
    "embed": "<embed src='http://{host}/'>",
    "audio": "<audio src='http://{host}/' autoplay></audio>",
    "poster": "<video poster='http://{host}/'></video>",
    "background": "<div style='background:url(http://{host}/);height:9px'>x</div>",
    "style import": "<style>@import url(http://{host}/);</style>",
    "module": "<script type=module>import('http://{host}/')</script>",
    "frame's own document": "<iframe srcdoc=\"<img src='http://{host}/'>\"></iframe>",
    "sandboxed frame": "<iframe sandbox=allow-scripts src='http://{host}/'></iframe>",
    "frame of a script": "<iframe src=\"javascript:'<img src=http://{host}/>'\"></iframe>",
    "shared worker": (
        "<script>const b = new Blob([`fetch('http://{host}/', {{mode:'no-cors'}})`]);"
        " new SharedWorker(URL.createObjectURL(b))</script>"
    ),
    "worker by redirect": "<script>fetch('{site}/redirect?to=http://{host}/', {{mode:'no-cors'}})</script>",
    "service worker": "<script>navigator.serviceWorker.register('{site}/service-worker?to=http://{host}/')</script>",
    "WebTransport": "<script>new WebTransport('https://{host}/')</script>",
    "post": "<script>fetch('http://{host}/', {{mode:'no-cors', method:'POST', body:'x', keepalive:true}})</script>",
}
"""Those that a page of all of them has besides."""

LEAVING = ("meta refresh", "location", "form")
"""Vectors that leave the page; a page of all of them has them in frames."""

SPELLINGS = (
    "127.0.0.2", "2130706434", "0x7f000002", "0x7f.0.0.2", "0x7f.2", "0177.0.0.2", "017700000002", "127.2", "127.0.2",
    "127.0.0.2.", "127.0.0.002", "%31%32%37.0.0.2", "127。0。0。2", "①②⑦.0.0.②", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]",
    "0.0.0.0", "0", "0x0", "0.0.0.0.", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "[::127.0.0.2]",
    "[::ffff:0:127.0.0.2]", "[64:ff9b::7f00:2]", "[64:ff9b:1::7f00:2]", "[2002:7f00:2::1]",
    "[2001:0:7f00:2::80ff:fffd]", "user@127.0.0.2", "127.0.0.1:80@127.0.0.2", "localhost%2F@127.0.0.2",
)  # fmt: skip
"""Of this machine's addresses, but for 127.0.0.1, which the tests' deployment may reach."""

NEVER_REACHED = (
    "169.254.169.254", "2852039166", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "169.254.170.2",
    "[fd00:ec2::254]", "10.0.0.1", "[fe80::1]", "224.0.0.1", "255.255.255.255",
)  # fmt: skip
"""Addresses where no test can listen: metadata, carriers, private networks, groups."""

NO_PAGES = (
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "data:text/html,<img src=http://{host}/>",
    "view-source:http://{host}/",
    "view-source:file:///etc/passwd",
    "chrome://version",
    "devtools://devtools/bundled/inspector.html",
    "blob:http://{host}/0f5d3a",
    "filesystem:http://{host}/temporary/a",
    "about:blank",
    "javascript:location='http://{host}/'",
    "ftp://{host}/",
    "ws://{host}/",
    "gopher://{host}/",
    "//{host}/",
    "http://",
    "http://127.0.0.1\r\nHost: {host}/",
    "http://127.0.0.1\t@{host}/",
    "http://{host}:99999/",
)
"""What is no address of a page, or is not to be opened as one."""


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", name).lower()


@dataclass
class HostileSite:
    """A running site on 127.0.0.1.

    `/redirect?to=URL` answers 302 and `/redirect/303?to=URL` the status in its path, `/service-worker?to=URL` a service
    worker that fetches it; `/robots.txt` and others as `pages` say: status, headers, body.
    """

    port: int
    pages: dict[str, tuple[int, Mapping[str, str], str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Paths, with their queries."""
    heard: list[str] = field(default_factory=list)
    """Lines of headers."""

    @property
    def base(self) -> str:
        """Without a closing slash."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """The address of a page."""
        return self.base + path

    def redirect(self, to: str, status: int = 302) -> str:
        """The address of a redirect."""
        return self.url(f"/redirect/{status}?to={to}")

    def vector(self, name: str, host: str) -> str:
        """The source of a page with one vector."""
        target = host if name == "WebRTC" else f"{host}/{_slug(name)}"
        return (VECTORS | MORE_VECTORS)[name].format(host=target, site=self.base)

    def add(self, path: str, body: str = "", status: int = 200, **headers: str) -> str:
        """Serve a page; returns its address."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Type": "text/html; charset=utf-8", **given}, body)
        return self.url(path)

    def add_every_vector(self, path: str, *hosts: str, spelled: Iterable[str] = ()) -> str:
        """Serve a page with every vector to each of the hosts, and frames and pictures of those `spelled`."""
        parts = ["<!doctype html><title>hostile</title><body><p>hostile</p>"]
        for number, host in enumerate(hosts):
            for name in (*VECTORS, *MORE_VECTORS):
                source = self.vector(name, host)
                if name in LEAVING:
                    frame = self.add(f"{path}-{number}-{_slug(name)}", f"<!doctype html>{source}")
                    source = f"<iframe src='{frame}'></iframe>"
                parts.append(source)
        parts += [f"<iframe src='http://{host}/'></iframe><img src='http://{host}/'>" for host in spelled]
        links = ", ".join(f"<http://{host}/link-header>; rel=preload; as=image" for host in hosts)
        return self.add(path, "".join(parts), Link=links)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: HostileSite

    def do_GET(self) -> None:
        site = self.site
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        site.asked.append(self.path)
        site.heard.extend(f"{name}: {value}".lower() for name, value in self.headers.items())
        path, _, target = self.path.partition("?to=")
        if path.startswith("/redirect"):
            status = path.removeprefix("/redirect").strip("/") or "302"
            return self.answer(int(status), {"Location": target}, "")
        if path == "/service-worker":
            script = f"fetch('{target}', {{mode: 'no-cors'}}); oninstall = () => fetch('{target}', {{mode: 'no-cors'}})"
            return self.answer(200, {"Content-Type": "text/javascript"}, script)
        return self.answer(*site.pages.get(self.path, (404, {}, "")))

    do_POST = do_HEAD = do_GET  # noqa: N815 - the names http.server looks for

    def answer(self, status: int, headers: Mapping[str, str], body: str) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def handle_one_request(self) -> None:
        with contextlib.suppress(OSError, ValueError):
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
def serving_hostile() -> Iterator[HostileSite]:
    """Serve on a free port for the length of the block."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    site = HostileSite(server.server_port)
    handler.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

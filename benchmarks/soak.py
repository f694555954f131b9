"""An hour's captures in one go, on a stack of their own: what it holds must not grow with their number.

Every kind of capture that a day brings takes its turn: pictures of each format, full pages, documents, pages that fail.
First, incompressible pictures fill the bounded cache of pictures that `api` keeps in memory. A line is then fitted
to what the stack holds in the second half of the captures; what it gains there is judged.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from benchmarks.usage import Usage, usage
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

SAMPLES = 40
WARM_UP = 0.5
"""Of the captures: until then caches fill, allocators settle and the browsers' first turns pass."""


FILLERS = 70
"""Pictures of 3 MB; `services.picture_cache` holds 64 MB."""

NOISE = b"""<body style="margin:0"><canvas id="c" width="1280" height="800"></canvas><script>
const x = c.getContext("2d"), i = x.createImageData(1280, 800), d = new Uint32Array(i.data.buffer)
for (let n = 0; n < d.length; n++) d[n] = Math.random() * 2 ** 32 | 0xff000000
x.putImageData(i, 0, 0)</script>"""
"""A picture that no format makes smaller."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much something may gain over the judged captures: this share of its median, and so much besides."""

    name: str
    of: Callable[[Usage], float]
    share: float
    besides: float


LIMITS = (
    Limit("snap's memory, MiB", lambda seen: seen.snap, 0.05, 5),
    Limit("other functions', MiB", lambda seen: seen.others, 0.05, 5),
    Limit("node's memory, MiB", lambda seen: seen.node, 0.10, 10),
    # A browser is replaced after 200 captures: its memory is a sawtooth.
    Limit("Chromium's memory, MiB", lambda seen: seen.chromium, 0.15, 20),
    Limit("processes", lambda seen: seen.processes, 0.05, 1),
    Limit("open files", lambda seen: seen.files, 0.05, 10),
    Limit("temporary MiB", lambda seen: seen.tmp, 0.10, 10),
    Limit("temporary entries", lambda seen: seen.tmp_entries, 0.10, 10),
)

KINDS: tuple[tuple[str, dict[str, str], int], ...] = (
    ("page.html", {"image_format": "jpeg"}, 200),
    ("page.html", {"image_format": "png"}, 200),
    ("page.html", {"image_format": "webp", "fullpage": "true"}, 200),
    ("page.html", {"image_format": "jpeg", "thumb_width": "200"}, 200),
    ("page.html", {"image_format": "png", "no_ads": "true", "no_cookie_banners": "true"}, 200),
    ("page.html", {"html_only": "true"}, 200),
    ("page.html", {"image_format": "jpeg", "selectors": "h1"}, 200),
    ("reset", {"image_format": "jpeg"}, 400),
)
"""A page, the options, and the status to be answered; 0 is any."""


class _Site(SimpleHTTPRequestHandler):
    """The benchmark's page under any query; `/reset` cuts the connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/reset"):
            self.close_connection = True
            self.connection.close()
            return
        if not self.path.startswith("/noise"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(NOISE)))
        self.end_headers()
        self.wfile.write(NOISE)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def capture(client: httpx.Client, base: str, turn: int) -> str:
    """Take the capture with this number; returns what went wrong, or nothing."""
    page, options, expected = KINDS[turn % len(KINDS)]
    query = {"url": f"{base}/{page}?n={turn}", "wait": "0", "ttl": "0", **options}
    answer = client.get("/snap", params=query)
    if expected in (0, answer.status_code):
        return ""
    return f"{page} {options}: {answer.status_code} {answer.text[:150]}"


def fill(client: httpx.Client, base: str) -> None:
    """Have every process of `api` keep as much in memory as it may: three times what two caches hold."""
    for turn in range(FILLERS):
        answer = client.get("/snap", params={"url": f"{base}/noise?n={turn}", "wait": "0", "image_format": "png"})
        assert answer.status_code == 200, answer.text


def soak(
    stack: Stack, client: httpx.Client, base: str, captures: int, at_once: int
) -> tuple[list[Usage], Counter[str]]:
    """Take all captures; returns what the stack held on the way, and what went wrong."""
    seen: list[Usage] = []
    wrong: Counter[str] = Counter()
    started = time.monotonic()
    with ThreadPoolExecutor(at_once) as threads:
        for begin in range(0, captures, max(1, captures // SAMPLES)):
            turns = range(begin, min(captures, begin + max(1, captures // SAMPLES)))
            wrong.update(filter(None, threads.map(partial(capture, client, base), turns)))
            seen.append(usage(stack, turns.stop))
            print(f"{_row(seen[-1])}  {turns.stop / (time.monotonic() - started):5.1f}/s", flush=True)
    return seen, wrong


def judge(seen: Sequence[Usage]) -> list[str]:
    """Print what each thing gained beside what it may; returns the names of those that grew too much."""
    judged = [each for each in seen if each.captures > seen[-1].captures * WARM_UP]
    grown = []
    print(f"\n{'':<24}{'median':>10}{'gained':>10}{'allowed':>10}")
    for limit in LIMITS:
        values = [limit.of(each) for each in judged]
        slope = statistics.linear_regression([each.captures for each in judged], values).slope
        gained = slope * (judged[-1].captures - judged[0].captures)
        allowed = statistics.median(values) * limit.share + limit.besides
        print(f"{limit.name:<24}{statistics.median(values):>10.1f}{gained:>+10.1f}{allowed:>10.1f}")
        if gained > allowed:
            grown.append(limit.name)
    return grown


def _row(seen: Usage) -> str:
    return (
        f"{seen.captures:>8}{seen.snap:>7.1f}{seen.others:>8.1f}{seen.node:>8.1f}{seen.chromium:>10.1f}{seen.emulator:>10.1f}"
        f"{seen.processes:>7}{seen.files:>7}{seen.tmp:>8.1f}{seen.tmp_entries:>8}"
    )


def main() -> int:
    """Start a stack, soak it, and say whether it stayed as it was; exit status 1 when it did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=2)
    given = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site, directory=str(Path(__file__).parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder, Stack(Layout(Path(folder)), free_ports(), [host]) as stack:
        stack.deploy()
        headers = {"Authorization": f"Bearer {stack.key}"}
        with httpx.Client(base_url=stack.url, headers=headers, timeout=120) as client:
            print("captures   snap  others    node  chromium  emulator  procs  files  tmp MiB entries")
            fill(client, f"http://{host}")
            seen, wrong = soak(stack, client, f"http://{host}", given.captures, given.at_once)
    server.shutdown()
    grown = judge(seen)
    for text, times in wrong.most_common(10):
        print(f"{times} times: {text}")
    print(f"{sum(wrong.values())} of {given.captures} captures went wrong; grown: {', '.join(grown) or 'nothing'}")
    return int(bool(grown or wrong))


if __name__ == "__main__":
    raise SystemExit(main())

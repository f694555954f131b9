"""What a picture over HTTP costs beside bare Playwright, and a cached one beside a plain GET of its object.

`make bench` runs it on a stack of its own. Every figure is a median of alternating runs; only the ratios mean anything
beyond this machine.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from pagelapse.adapters.browser.chromium import LAUNCH_ARGS
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

FRESH_LIMIT = 0.95
CACHED_LIMIT = 4.0
PAUSE_S = 0.15
"""Between turns, so that nobody pays for what another one does after its answer."""


@dataclass(frozen=True)
class Case:
    """One kind of picture, in PagePixels' parameters and in Playwright's."""

    name: str
    snap: dict[str, Any]
    screenshot: dict[str, Any]


CASES = (
    Case("jpeg 1280x800", {"image_format": "jpeg", "quality": 80}, {"type": "jpeg", "quality": 80}),
    Case("png 1280x800", {"image_format": "png"}, {"type": "png"}),
    Case(
        "jpeg full page",
        {"image_format": "jpeg", "quality": 80, "fullpage": "true"},
        {"type": "jpeg", "quality": 80, "full_page": True},
    ),
)


def bare(browser: Browser, url: str, screenshot: dict[str, Any]) -> bytes:
    """The same picture by Playwright alone: a fresh context, the load event, a screenshot."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(url)
    body = page.screenshot(**screenshot)
    context.close()
    return body


def snap(client: httpx.Client, url: str, options: dict[str, Any], **more: object) -> httpx.Response:
    """The same picture over HTTP."""
    query: dict[str, Any] = {"url": url, "wait": 0, "page_width": 1280, "page_height": 800, **options, **more}
    answer = client.get("/snap", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def alternate(runs: int, *works: Callable[[], object]) -> list[float]:
    """Median seconds of each, after one warm-up of each, taking turns."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range(runs + 1):
        for taken, work in zip(times, works, strict=True):
            time.sleep(PAUSE_S)
            started = time.perf_counter()
            work()
            if turn:
                taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in times]


def fresh_ratios(client: httpx.Client, url: str, chromium: Path, runs: int) -> list[float]:
    """Print, and return, seconds over HTTP by seconds of bare Playwright with its default flags."""
    ratios = []
    with sync_playwright() as playwright:
        plain = playwright.chromium.launch(executable_path=chromium)
        same = playwright.chromium.launch(executable_path=chromium, args=LAUNCH_ARGS)
        for case in CASES:
            over_http, default, tuned = alternate(
                runs,
                partial(snap, client, url, case.snap, ttl=0),
                partial(bare, plain, url, case.screenshot),
                partial(bare, same, url, case.screenshot),
            )
            ratios.append(over_http / default)
            print(f"{case.name:<16}{_line(over_http, default)}   with our flags{_line(over_http, tuned)}")
        plain.close()
        same.close()
    return ratios


def _line(ours: float, theirs: float) -> str:
    return f"  {ours * 1000:6.1f} ms by {theirs * 1000:6.1f} ms = {ours / theirs:.2f}"


def cached_ratio(client: httpx.Client, url: str, runs: int) -> float:
    """Print, and return, seconds of a cached snap by seconds of a plain GET of the same object."""
    link = snap(client, url, {**CASES[0].snap, "json": "true"}).json()["screenshot"]["direct_link"]
    with httpx.Client() as direct:
        works = partial(snap, client, url, CASES[0].snap), lambda: direct.get(link).raise_for_status()
        cached, plain = alternate(runs, *works)
    print(f"{'cached':<16}{_line(cached, plain)}")
    return cached / plain


def main() -> int:
    """Start a stack, measure, and say whether the limits hold; exit status 1 when one does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(Path(__file__).parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder, Stack(Layout(Path(folder)), free_ports(), [host]) as stack:
        stack.deploy()
        headers = {"Authorization": f"Bearer {stack.key}"}
        with httpx.Client(base_url=stack.url, headers=headers, timeout=60) as client:
            url = f"http://{host}/page.html"
            ratios = fresh_ratios(client, url, stack.layout.chromium, runs)
            cached = cached_ratio(client, url, runs)
    server.shutdown()
    print(f"fresh: at most {FRESH_LIMIT}, worst {max(ratios):.2f}; cached: at most {CACHED_LIMIT}, {cached:.2f}")
    return int(max(ratios) > FRESH_LIMIT or cached > CACHED_LIMIT)


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    raise SystemExit(main())

"""What blocking costs on a page with 200 sub-resources, as ratios to the same capture without it.

`python -m benchmarks.blocking` runs the capture in this process, with the lists that `make test` installs. The rows
take turns, and each ratio is the median of the ratios within one turn, so that a busy machine disturbs both alike.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import threading
import time
from collections.abc import Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from types import MappingProxyType
from typing import Any

from PIL import Image

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.filters import FilterLists
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.pipeline import capture
from pagelapse.local.layout import Layout

RESOURCES = 200
BLOCKED = 100
NETWORK: Mapping[str, Any] = MappingProxyType({"block_ads": True, "block_trackers": True})
ROWS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "ads and trackers": ("/own", NETWORK),
    f"the same, with {BLOCKED} more from blocked hosts": ("/ads", NETWORK),
    "cookie banner, where there is none": ("/own", {"cookie_banners": "reject"}),
    "widgets": ("/own", {"hide_widgets": True}),
    "all of it": ("/own", {**NETWORK, "cookie_banners": "reject", "hide_widgets": True}),
}


def page(blocked: int) -> bytes:
    """A page of many small pictures, some of them from advertisers."""
    own = "".join(f"<div class='card c{n}' id=card-{n}><img src=/{n}.png></div>" for n in range(RESOURCES))
    ads = "".join(f"<img src=http://ad{n}.adnxs.com/{n}.gif>" for n in range(blocked))
    return f"<!doctype html><style>div{{display:inline-block}}</style>{own}{ads}".encode()


def picture() -> bytes:
    """A small PNG."""
    out = BytesIO()
    Image.new("RGB", (40, 40), "#336699").save(out, "PNG")
    return out.getvalue()


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages = MappingProxyType({"/own": page(0), "/ads": page(BLOCKED)})
    png = picture()

    def do_GET(self) -> None:
        body = self.pages.get(self.path, self.png)
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path in self.pages else "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


async def seconds(browser: Chromium, url: str, options: Mapping[str, Any]) -> float:
    """How long a capture takes whose look is the last one's, as captures of one customer are."""
    started = time.perf_counter()
    taken = await capture(browser, CaptureOptions(url=url, delay_ms=0, type="jpeg", **options), budget_s=60)
    spent = time.perf_counter() - started
    assert not taken.shortfalls, taken.shortfalls
    await browser.settle()
    return spent


async def measure(base: str, runs: int) -> None:
    """Print one line a row."""
    layout = Layout()
    browser = Chromium(layout.chromium, Allowance((base.removeprefix("http://"),)), filters=FilterLists(layout.filters))
    one = partial(seconds, browser)
    plain: list[float] = []
    ratios: dict[str, list[float]] = {name: [] for name in ROWS}
    for turn in range(runs + 1):
        without = await one(f"{base}/own", {})
        plain += [without] if turn else []
        for name, (path, options) in ROWS.items():
            spent = await one(base + path, options)
            ratios[name] += [spent / without] if turn else []
    await browser.close()
    print(f"{RESOURCES} sub-resources, nothing blocked: {statistics.median(plain) * 1000:.0f} ms")
    for name, found in ratios.items():
        print(f"{name:<44} {statistics.median(found):.2f}  ({min(found):.2f} to {max(found):.2f})")


def main() -> int:
    """Measure on a site of this process's own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asyncio.run(measure(f"http://127.0.0.1:{server.server_port}", parser.parse_args().runs))
    server.shutdown()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

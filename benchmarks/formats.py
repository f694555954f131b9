"""What each way to a picture's format costs, at equal quality: the table that `pagelapse.capture.shot` was chosen by.

`python -m benchmarks.formats` takes turns over the candidates on one open page, for three kinds of page at two
heights. `ms` is the least of all turns, since whatever else the machine does only adds to it; `dB` is the picture's
PSNR against the lossless one. Ratios are to the first candidate of the format.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PIL import Image, ImageChops, ImageFilter, ImageStat

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.ports import Box, Page, ShotType
from pagelapse.local.layout import Layout

WIDTH = 1280
HEIGHTS = (800, 6_400)
LIMIT_S = 60.0
QUALITY = 80


def photograph() -> bytes:
    """A JPEG with what photographs have: large soft shapes, edges, and grain."""
    dice = random.Random(38)  # noqa: S311 - the same picture every time
    image = Image.new("RGB", (WIDTH, 800))
    for scale, weight in ((8, 1.0), (40, 0.5), (200, 0.3)):
        small = Image.frombytes("RGB", (scale, scale), dice.randbytes(scale * scale * 3))
        image = Image.blend(image, small.resize(image.size, Image.Resampling.BICUBIC), weight)
    grain = Image.effect_noise(image.size, 12).filter(ImageFilter.GaussianBlur(0.6)).convert("RGB")
    out = BytesIO()
    ImageChops.add(image, grain, scale=1, offset=-128).save(out, "JPEG", quality=90)
    return out.getvalue()


PHOTO_PAGE = b"<!doctype html><style>body{margin:0}img{display:block}</style>" + b"<img src=/photo.jpg>" * 8
GRADIENT_PAGE = (
    "<!doctype html><style>body{margin:0}div{height:800px;font:20px sans-serif}</style>"
    + "".join(
        f"<div style='background:linear-gradient({37 * n}deg,hsl({45 * n} 80% 60%),hsl({45 * n + 90} 80% 40%))'>"
        f"<h1>Section {n}</h1></div>"
        for n in range(8)
    )
).encode()


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files = MappingProxyType(
        {
            "/photos": ("text/html", PHOTO_PAGE),
            "/gradients": ("text/html", GRADIENT_PAGE),
            "/text": ("text/html", Path(__file__).with_name("page.html").read_bytes()),
            "/photo.jpg": ("image/jpeg", photograph()),
        }
    )

    def do_GET(self) -> None:
        media_type, body = self.files.get(self.path, ("text/plain", b""))
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


Shoot = Callable[..., Awaitable[bytes]]


async def direct(shoot: Shoot, image_type: ShotType, *, fast: bool = False) -> bytes:
    """Chromium's own encoder."""
    quality = None if image_type == "png" else QUALITY
    return await shoot(image_type, quality=quality, fast=fast)


async def again(shoot: Shoot, image_type: str, **how: Any) -> bytes:
    """A fast PNG, encoded again by Pillow."""
    with Image.open(BytesIO(await shoot("png", quality=None, fast=True))) as image:
        out = BytesIO()
        image.convert("RGB").save(out, image_type.upper(), **how)
    return out.getvalue()


CANDIDATES: dict[str, dict[str, Callable[[Shoot], Awaitable[bytes]]]] = {
    "png": {
        "Chromium": partial(direct, image_type="png"),
        "Chromium, for speed": partial(direct, image_type="png", fast=True),
        "Pillow, level 1": partial(again, image_type="png", compress_level=1),
        "Pillow, level 6": partial(again, image_type="png", compress_level=6),
    },
    "jpeg": {
        "Chromium": partial(direct, image_type="jpeg"),
        "Pillow": partial(again, image_type="jpeg", quality=QUALITY),
    },
    "webp": {
        "Chromium": partial(direct, image_type="webp"),
        "Pillow, method 0": partial(again, image_type="webp", quality=QUALITY, method=0),
        "Pillow, method 2": partial(again, image_type="webp", quality=QUALITY, method=2),
        "Pillow, method 4": partial(again, image_type="webp", quality=QUALITY, method=4),
    },
    "avif": {
        f"Pillow, speed {speed}, quality {quality}, {sampling}": partial(
            again, image_type="avif", quality=quality, speed=speed, subsampling=sampling
        )
        for speed, quality, sampling in (
            *((8, 60, "4:4:4"), (8, 60, "4:2:0"), (8, 70, "4:4:4")),
            *((6, 60, "4:4:4"), (9, 60, "4:4:4"), (10, 60, "4:4:4")),
        )
    },
}


@dataclass
class Row:
    """What a candidate came to."""

    seconds: list[float] = field(default_factory=list)
    size: int = 0
    decibels: float = 0


def decibels(body: bytes, reference: Image.Image) -> float:
    """PSNR; infinite for what is equal."""
    with Image.open(BytesIO(body)) as image:
        squares = ImageStat.Stat(ImageChops.difference(image.convert("RGB"), reference)).sum2
    mean = sum(squares) / (3 * reference.width * reference.height)
    return math.inf if mean == 0 else 10 * math.log10(255**2 / mean)


async def measure(page: Page, height: int, runs: int) -> dict[str, dict[str, Row]]:
    """Every candidate on the open page, in turns after one for warming up."""
    clip = None if height == HEIGHTS[0] else Box(0, 0, WIDTH, height)
    shoot = partial(page.shoot, clip=clip, beyond=clip is not None, timeout_s=LIMIT_S)
    with Image.open(BytesIO(await shoot("png", quality=None, fast=True))) as image:
        reference = image.convert("RGB")
    rows = {image_type: {name: Row() for name in works} for image_type, works in CANDIDATES.items()}
    for turn in range(runs + 1):
        for image_type, works in CANDIDATES.items():
            for name, work in works.items():
                row, started = rows[image_type][name], time.perf_counter()
                body = await work(shoot)
                if turn:
                    row.seconds.append(time.perf_counter() - started)
                else:
                    row.size, row.decibels = len(body), decibels(body, reference)
    return rows


def report(title: str, rows: dict[str, dict[str, Row]]) -> None:
    """Print one page's table."""
    print(f"\n{title:<45}      ms  ratio        bytes  ratio     dB")
    for image_type, candidates in rows.items():
        first = next(iter(candidates.values()))
        for name, row in candidates.items():
            taken, beside = min(row.seconds), min(first.seconds)
            print(
                f"{image_type:<5} {name:<39} {taken * 1000:7.1f}  {taken / beside:5.2f}"
                f"  {row.size:11,}  {row.size / first.size:5.2f}  {row.decibels:5.1f}"
            )


async def run(port: int, runs: int) -> None:
    """All pages at all heights."""
    browser = Chromium(Layout().chromium, Allowance((f"127.0.0.1:{port}",)))
    try:
        for name in ("photos", "gradients", "text"):
            options = CaptureOptions(url=f"http://127.0.0.1:{port}/{name}", viewport={"width": WIDTH, "height": 800})
            async with browser.page(options, timeout_s=LIMIT_S) as page:
                await page.open(str(options.url), referer=None, timeout_s=LIMIT_S)
                await page.wait_for_load("load", timeout_s=LIMIT_S)
                for height in HEIGHTS:
                    rows = await measure(page, height, runs if height == HEIGHTS[0] else max(1, runs // 5))
                    report(f"{name}, {WIDTH}x{height}", rows)
    finally:
        await browser.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=15, help="turns at the lower height; a fifth of them at the other")
    runs = parser.parse_args().runs
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asyncio.run(run(server.server_port, runs))
    server.shutdown()


if __name__ == "__main__":
    main()

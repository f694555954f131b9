"""What each way to a picture's format costs, at equal quality: the table that `pagelapse.capture.shot` was chosen by.

`python -m benchmarks.formats` takes turns over the candidates on one open page, for three kinds of page, at the
window's height and at 10,000 px. `ms` is the least of all turns, since whatever else the machine does only adds to it;
`dB` is the picture's PSNR against the lossless one, and a thumbnail's against the one that Pillow makes of the
lossless picture without any short cut. Ratios are to the first candidate of the format, which is the one that
Pagelapse uses.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import math
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from http.server import ThreadingHTTPServer
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageStat

from benchmarks.pages import WIDTH, Pages
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.browser.page import ChromiumPage
from pagelapse.capture.images import encode
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.ports import Box, Page, ShotType
from pagelapse.local.layout import Layout

HEIGHTS = (800, 10_000)
THUMBNAIL_WIDTH = 320
LIMIT_S = 60.0
QUALITY = 80


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


def small(body: bytes, *, draft: bool = False, gap: float | None = None) -> bytes:
    """A thumbnail of a picture, as a PNG that loses nothing."""
    with Image.open(BytesIO(body)) as image:
        size = THUMBNAIL_WIDTH, round(image.height * THUMBNAIL_WIDTH / image.width)
        if draft:
            image.draft("RGB", size)
        made = image.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=gap)
    return encode(made, "png", None)


THUMBNAILS: dict[str, dict[str, Callable[[bytes], bytes]]] = {
    "jpeg": {
        "draft, Lanczos": partial(small, draft=True),
        "Lanczos": small,
        "Lanczos, reducing gap 2": partial(small, gap=2.0),
        "Lanczos, reducing gap 3": partial(small, gap=3.0),
    },
    "png": {
        "Lanczos": small,
        "Lanczos, reducing gap 2": partial(small, gap=2.0),
        "Lanczos, reducing gap 3": partial(small, gap=3.0),
    },
}

PRINTS: dict[str, dict[str, Any]] = {
    "Chromium": {},
    "Chromium, untagged": {"generateTaggedPDF": False},
    "Chromium, as a stream": {"transferMode": "ReturnAsStream"},
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


async def measure_thumbnails(page: Page, height: int, runs: int) -> dict[str, dict[str, Row]]:
    """Every way to a thumbnail of the open page's picture, which is taken beforehand."""
    clip = Box(0, 0, WIDTH, height)
    shoot = partial(page.shoot, clip=clip, beyond=True, fast=False, timeout_s=LIMIT_S)
    bodies = {"jpeg": await shoot("jpeg", quality=QUALITY), "png": await shoot("png", quality=None)}
    with Image.open(BytesIO(small(bodies["png"]))) as image:
        reference = image.convert("RGB")
    tables = {}
    for image_type, ways in THUMBNAILS.items():
        rows = {name: Row() for name in ways}
        for _ in range(runs):
            for name, way in ways.items():
                started = time.perf_counter()
                made = way(bodies[image_type])
                rows[name].seconds.append(time.perf_counter() - started)
                rows[name].size, rows[name].decibels = len(made), decibels(made, reference)
        tables[f"of {image_type}"] = rows
    return tables


async def measure_prints(page: ChromiumPage, runs: int) -> dict[str, dict[str, Row]]:
    """Every way to a PDF of the open page, on A4."""
    rows = {name: Row() for name in PRINTS}
    for turn in range(runs + 1):
        for name, way in PRINTS.items():
            started = time.perf_counter()
            body = await printed(page, way)
            if turn:
                rows[name].seconds.append(time.perf_counter() - started)
            rows[name].size, rows[name].decibels = len(body), math.nan
    return {"pdf": rows}


async def printed(page: ChromiumPage, way: dict[str, Any]) -> bytes:
    """A PDF by the call that `ChromiumPage.print_pdf` makes, with more parameters."""
    cdp = page._cdp
    answer = await cdp.send(
        "Page.printToPDF", {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69, **way}
    )
    if "stream" not in answer:
        return base64.b64decode(answer["data"])
    body, ended = b"", False
    while not ended:
        part = await cdp.send("IO.read", {"handle": answer["stream"]})
        body += base64.b64decode(part["data"]) if part.get("base64Encoded") else part["data"].encode()
        ended = part["eof"]
    return body


def report(title: str, rows: dict[str, dict[str, Row]]) -> None:
    """Print one page's table."""
    print(f"\n{title:<48}      ms  ratio        bytes  ratio     dB")
    for image_type, candidates in rows.items():
        first = next(iter(candidates.values()))
        for name, row in candidates.items():
            taken, beside = min(row.seconds), min(first.seconds)
            print(
                f"{image_type:<8} {name:<39} {taken * 1000:7.1f}  {taken / beside:5.2f}"
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
                    report(f"{name}, thumbnail", await measure_thumbnails(page, height, runs))
                report(f"{name}, printed", await measure_prints(page, max(2, runs // 3)))
    finally:
        await browser.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=15, help="turns at the lower height; a fifth of them at the other")
    runs = parser.parse_args().runs
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asyncio.run(run(server.server_port, runs))
    server.shutdown()


if __name__ == "__main__":
    main()

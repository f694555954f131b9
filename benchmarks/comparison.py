"""What comparing two pictures costs, and what is called changed: ours beside pixelmatch and a naive difference.

`python -m benchmarks.comparison` takes turns over the candidates on the same decoded pictures. `ms` is the least of all
turns of processor time, since whatever else the machine does only adds to it; decoding is told by itself, as it is the
same for all. Ratios are to ours. `changed` is the share of the pixels that a candidate calls changed: where everything
lies 0.3 px further right nothing has, and below a banner of 90 rows only those rows have. pixelmatch and NumPy are no
dependencies of ours: candidates that can't be imported are left out.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFont

from pagelapse.comparison.compare import compare
from pagelapse.comparison.model import Settings
from pagelapse.comparison.pictures import decode

WIDTH = 1280
HEIGHTS = (800, 10_000)
BANNER = 90
MOST_ROWS = 2_000
"""That pixelmatch is given: it takes minutes for a long page on which much has moved."""

Candidate = Callable[[Image.Image, Image.Image], float]
"""Compares two pictures; returns the share of changed pixels."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, and what they are an example of."""

    name: str
    before: bytes
    after: bytes


def page(height: int, *, banner: int = 0, shift: float = 0, price: str = "18.00", seed: int = 1) -> bytes:
    """A PNG of a page of text and boxes.

    Args:
        height: Rows, without the banner.
        banner: Rows that come in below the header.
        shift: Pixels that everything lies further right, interpolated.
        price: A text in the header.
        seed: Of everything else.
    """
    dice, font = random.Random(seed), ImageFont.load_default(16)  # noqa: S311 - the same pictures every time
    image = Image.new("RGB", (WIDTH, height + banner), "white")
    draw = ImageDraw.Draw(image)
    draw.text((20, 20), f"Price: {price}", fill="black", font=font)
    if banner:
        draw.rectangle((0, 60, WIDTH, 59 + banner), fill="#ffee88")
    y = 80 + banner
    while y < image.height - 20:
        words = ("".join(dice.choices("abcdefghijkl", k=dice.randint(2, 9))) for _ in range(dice.randint(3, 16)))
        draw.text((20, y), " ".join(words), fill="black", font=font)
        y += 24
        if dice.random() < 0.1:
            draw.rectangle((40, y, 900, y + 80), fill=f"#{dice.randint(0, 0xFFFFFF):06x}")
            y += 100
    if shift:
        moved = (1, 0, -shift, 0, 1, 0)
        image = image.transform(image.size, Image.Transform.AFFINE, moved, Image.Resampling.BICUBIC, fillcolor="white")
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def pairs(height: int) -> list[Pair]:
    """The pictures of one height."""
    plain = page(height)
    return [
        Pair("the same", plain, page(height)),
        Pair("a price", plain, page(height, price="19.00")),
        Pair("text by 0.3 px", plain, page(height, shift=0.3)),
        Pair("a banner", plain, page(height, banner=BANNER)),
        Pair("another page", plain, page(height, seed=2)),
    ]


def ours(before: Image.Image, after: Image.Image) -> float:
    """`pagelapse.comparison`."""
    from pagelapse.comparison.pictures import Decoded

    first, second = (Decoded(image, image.width, image.height) for image in (before, after))
    return compare(first, second, Settings()).difference.ratio


def naive(before: Image.Image, after: Image.Image) -> float:
    """Each pixel beside the one in its place, with Pillow alone."""
    first, second = _of_one_size(before, after)
    difference = ImageChops.difference(first, second).convert("L").point([0] * 26 + [255] * 230)
    return difference.histogram()[255] / (first.width * first.height)


def with_numpy(before: Image.Image, after: Image.Image) -> float:
    """The same with NumPy."""
    import numpy as np  # type: ignore[import-not-found,unused-ignore]

    first, second = (np.asarray(image, dtype="int16") for image in _of_one_size(before, after))
    return float((abs(first - second).max(axis=2) > 25).mean())


def with_pixelmatch(before: Image.Image, after: Image.Image) -> float:
    """pixelmatch in Python, which tells smoothed edges too."""
    from pixelmatch.contrib.PIL import pixelmatch  # type: ignore[import-not-found,unused-ignore]

    first, second = _of_one_size(before, after)
    return float(pixelmatch(first, second)) / (first.width * first.height)


CANDIDATES: dict[str, tuple[Candidate, str | None]] = {
    "ours": (ours, None),
    "Pillow, in place": (naive, None),
    "NumPy, in place": (with_numpy, "numpy"),
    "pixelmatch": (with_pixelmatch, "pixelmatch"),
}
"""Each with what must be installed."""


def _of_one_size(before: Image.Image, after: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Both as high as the higher one, on white: what else is there to do without looking for moved rows?"""
    height = max(before.height, after.height)
    if before.height == after.height:
        return before, after
    canvases = [Image.new("RGB", (WIDTH, height), "white") for _ in range(2)]
    for canvas, image in zip(canvases, (before, after), strict=True):
        canvas.paste(image)
    return canvases[0], canvases[1]


def measure(pair: Pair, turns: int) -> dict[str, tuple[float, float]]:
    """Milliseconds and share of changed pixels of each candidate."""
    before, after = (decode(body).image for body in (pair.before, pair.after))
    found: dict[str, tuple[float, float]] = {}
    for turn in range(turns):
        for name, (candidate, needed) in CANDIDATES.items():
            slow = name == "pixelmatch" and (turn > 0 or before.height > MOST_ROWS)
            if slow or (needed and find_spec(needed) is None):
                continue
            started = time.process_time()
            share = candidate(before, after)
            took = (time.process_time() - started) * 1000
            found[name] = min(took, found.get(name, (took, share))[0]), share
    return found


def main() -> None:
    """Print a table for each height."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    for height in HEIGHTS:
        made = pairs(height)
        started = time.process_time()
        decode(made[0].before)
        print(f"\n{WIDTH}x{height}, decoding one: {(time.process_time() - started) * 1000:.0f} ms\n")
        print(f"{'':<16}{'':<18}{'ms':>8}{'ratio':>8}{'changed':>10}")
        for pair in made:
            found = measure(pair, turns)
            for name, (took, share) in found.items():
                row = f"{took:>8.0f}{took / found['ours'][0]:>8.1f}{share:>10.4%}"
                print(f"{pair.name if name == 'ours' else '':<16}{name:<18}{row}")
    print(f"\nmost memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

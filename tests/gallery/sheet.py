"""Pictures every page of the gallery, and all of them on one sheet with what is wrong: `make gallery`."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from tests.gallery.all import GALLERY
from tests.gallery.case import Case
from tests.site.server import Site, serving

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.pipeline import capture
from pagelapse.errors import CaptureError

COLUMNS, WIDTH, HEIGHT, CAPTION = 9, 200, 300, 46
"""Of the sheet and of each picture on it, px."""

RIGHT, WRONG = "#1a7f37", "#cf222e"


@dataclass(frozen=True)
class Taken:
    """A case's picture, and what is wrong with it."""

    case: Case
    picture: bytes
    wrong: Sequence[str]
    shortfalls: Sequence[str]
    seconds: float

    @property
    def title(self) -> str:
        """Its name, also as a file's."""
        return (self.case.name + self.case.query).replace("?", "-").replace("=", "-")


async def take(chromium: Chromium, site: Site, case: Case) -> Taken:
    """Picture one page as anybody would who leaves the waiting to us."""
    options = CaptureOptions.model_validate({"url": site.url(case.path), **case.asked()})
    started = time.monotonic()
    try:
        taken = await capture(chromium, options, budget_s=12 if case.restless else 25)
    except CaptureError as error:
        return Taken(case, b"", [error.message], [], time.monotonic() - started)
    finally:
        await chromium.settle()
    return Taken(case, taken.file.body, case.wrong(taken.file.body), taken.shortfalls, time.monotonic() - started)


def sheet(all_taken: Sequence[Taken]) -> Image.Image:
    """All pictures, small, framed in green or red, with their names."""
    lines = -(-len(all_taken) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * (WIDTH + 12) + 12, lines * (HEIGHT + CAPTION + 12) + 12), "#f0f0f0")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(13)
    for i, taken in enumerate(all_taken):
        left, top = 12 + i % COLUMNS * (WIDTH + 12), 12 + i // COLUMNS * (HEIGHT + CAPTION + 12)
        color = WRONG if taken.wrong else RIGHT
        draw.text((left, top), taken.title, fill=color, font=font)
        verdict = taken.wrong[0][:34] if taken.wrong else f"right, {taken.seconds:.1f} s"
        draw.text((left, top + 18), verdict, fill="#444444", font=font)
        _paste(whole, taken.picture, left, top + CAPTION)
        draw.rectangle(
            (left - 2, top + CAPTION - 2, left + WIDTH + 1, top + CAPTION + HEIGHT + 1), outline=color, width=2
        )
    return whole


def _paste(whole: Image.Image, picture: bytes, left: int, top: int) -> None:
    if not picture:
        return
    from io import BytesIO

    with Image.open(BytesIO(picture)) as opened:
        small = opened.convert("RGB")
    small.thumbnail((WIDTH, HEIGHT))
    whole.paste(small, (left, top))


async def take_all(executable: Path, cases: Sequence[Case]) -> list[Taken]:
    """Picture the cases, one after the other in one warm browser."""
    with serving() as site:
        chromium = Chromium(executable, Allowance((f"127.0.0.1:{site.port}", f"localhost:{site.port}")))
        try:
            return [await take(chromium, site, case) for case in cases]
        finally:
            await chromium.close()


def main() -> int:
    """Write `.local/gallery/*.png` and `.local/gallery.png`; exit status 1 when a picture is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path(".local"))
    parser.add_argument("names", nargs="*", help="of the pages; all when none is given")
    given = parser.parse_args()
    cases = [case for case in GALLERY if not given.names or case.name in given.names]
    all_taken = asyncio.run(take_all(sorted(Path(".local/chromium").glob("*/chromium"))[-1], cases))
    folder = given.to / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    for taken in all_taken:
        (folder / f"{taken.title}.png").write_bytes(taken.picture)
        said = "; ".join([*taken.wrong[:3], *taken.shortfalls]) or "right"
        print(f"{taken.title:<22}{taken.seconds:6.2f} s  {said}")
    sheet(all_taken).save(given.to / "gallery.png")
    failed = sum(bool(taken.wrong) for taken in all_taken)
    print(f"{len(all_taken) - failed} of {len(all_taken)} are right: {given.to / 'gallery.png'}")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())

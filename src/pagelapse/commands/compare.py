"""`pagelapse compare`: what differs between two pictures, or two pages, without a deployment."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pagelapse.capture.jobs import Area

if TYPE_CHECKING:
    from pagelapse.comparison.compare import Found
    from pagelapse.comparison.model import Difference, Settings
    from pagelapse.comparison.pictures import Decoded

DIFFERENT = 3
"""The exit status for two pictures that differ: 1 is a failure, 2 argparse's."""

_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser("compare", help="tell what differs between two pictures or pages", description=__doc__)
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("before", metavar="A", help="a picture's file, or a page, http or https")
    add("after", metavar="B", help="the later one")
    add("-o", "--output", metavar="FILE", type=Path, help="where a picture of what differs goes: .png, .jpg or .webp")
    add("--json", action="store_true", help="print everything as JSON")
    add("--tolerance", type=float, default=0.1, metavar="0-1", help="of a colour's range, that counts as equal (0.1)")
    add("--exact-edges", action="store_true", help="smoothed edges that differ count too")
    add("--min-ratio", type=float, default=0, metavar="0-1", help="share of the pixels that may differ (0)")
    add("--ignore", action="append", default=[], metavar="X,Y,W,H", help="a part not to be looked at; repeatable")
    add("--ignore-selector", action="append", default=[], metavar="CSS", help="elements of pages; repeatable")
    add("--width", type=int, default=1280, help="of the window, CSS px (1280)")
    add("--height", type=int, default=800, help="of the window, CSS px (800)")
    add("--full-page", action="store_true", help="the whole documents, not only the window")
    add("--wait", type=int, metavar="MS", help="a fixed wait after loading; default: until the page is quiet")
    add("--timeout", type=float, default=30, metavar="S", help="seconds for each page (30)")
    add("--allow-host", action="append", default=[], metavar="HOST[:PORT]", help="a private host or network to allow")


def run(arguments: argparse.Namespace) -> int:
    """Compare, print what was found, and write its picture; exit status 3 when they differ.

    Raises:
        ValueError: When an option makes no sense, or a file is no picture.
        OSError: When a file can't be read or written.
        CaptureError: When a page can't be captured.
    """
    from pagelapse.comparison.compare import compare

    image_type = _TYPES.get(arguments.output.suffix.lower()) if arguments.output else "png"
    if image_type is None:
        raise ValueError(f"--output: {arguments.output.name} must end in {', '.join(_TYPES)}")
    settings = _settings(arguments)
    (before, not_before), (after, not_after) = (
        _picture(text, arguments) for text in (arguments.before, arguments.after)
    )
    found = compare(before, after, settings, not_before, not_after)
    if arguments.output:
        _write(found, arguments.output, image_type)
    print(json.dumps(found.difference.model_dump(), indent=2) if arguments.json else _told(found.difference))
    return DIFFERENT if found.difference.changed else 0


def _settings(arguments: argparse.Namespace) -> Settings:
    from pagelapse.comparison.model import Settings

    return Settings(
        tolerance=arguments.tolerance,
        anti_aliasing=not arguments.exact_edges,
        min_ratio=arguments.min_ratio,
        ignore=tuple(_area(text) for text in arguments.ignore),
    )


def _area(text: str) -> Area:
    try:
        x, y, width, height = map(int, text.split(","))
        return Area(x=x, y=y, width=width, height=height)
    except ValueError:
        raise ValueError(f"--ignore: {text!r} is not X,Y,W,H in px") from None


def _picture(text: str, arguments: argparse.Namespace) -> tuple[Decoded, tuple[Area, ...]]:
    """A file's pixels, or those of a page that is captured now, with the places of what is ignored."""
    from pagelapse.comparison.pictures import decode

    if "://" not in text:
        try:
            return decode(Path(text).read_bytes()), ()
        except ValueError:
            raise ValueError(f"{text} is no JPEG, PNG, WebP or AVIF picture") from None
    import asyncio

    from pagelapse.capture.options import CaptureOptions
    from pagelapse.commands.snap import take

    options = CaptureOptions.model_validate(
        {
            "url": text,
            "viewport": {"width": arguments.width, "height": arguments.height},
            "full_page": arguments.full_page,
            "delay_ms": arguments.wait,
            "ignored": arguments.ignore_selector,
            "deterministic": True,
        }
    )
    taken = asyncio.run(take(options, arguments))
    for shortfall in taken.shortfalls:
        print(f"pagelapse: {text}: {shortfall}", file=sys.stderr)
    return decode(taken.file.body), taken.ignored


def _write(found: Found, output: Path, image_type: str) -> None:
    from pagelapse.capture.images import encode

    output.write_bytes(encode(found.drawing(), image_type, None))  # type: ignore[arg-type]  # one of `_TYPES`


def _told(found: Difference) -> str:
    """What was found, for people: a line for all, and one per region."""
    if not found.pixels:
        return "no difference"
    verdict = "" if found.changed else ", below --min-ratio"
    lines = [f"{found.ratio:.4%} differs: {found.pixels:,} of {found.compared:,} pixels{verdict}"]
    for region in found.regions:
        where = f"{region.width}x{region.height} at {region.x},{region.y}"
        if region.kind == "removed":
            where = f"{region.before_height} rows from {region.before_y} on"
        elif region.kind == "inserted":
            where = f"{region.height} rows from {region.y} on"
        lines.append(f"  {region.kind}: {where}")
    if found.more_regions:
        lines.append(f"  and {found.more_regions} more")
    return "\n".join(lines)

"""`pagelapse snap`: a picture taken in this process, with no AWS and no emulator."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pagelapse.capture.options import CaptureOptions

if TYPE_CHECKING:
    from pagelapse.capture.result import Capture

_TYPES = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp", ".avif": "avif"}
_OUTPUTS = {".html": "html", ".htm": "html", ".pdf": "pdf", ".txt": "text", ".md": "markdown"}
_LOCAL_CHROMIUM = ".local/chromium/*/chromium"
_LOCAL_FILTERS = Path(".local/filters")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser("snap", help="take a picture of a page", description=__doc__)
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("url", metavar="URL", nargs="?", help="the page, http or https")
    add(
        "-o",
        "--output",
        metavar="FILE",
        required=True,
        help="where the picture goes; .pdf prints the page, .html, .txt and .md save what it says; - writes to stdout",
    )
    add("--html", metavar="FILE", type=Path, help="picture this document instead of a page")
    add("--width", type=int, default=1280, help="of the window, CSS px (1280)")
    add("--height", type=int, default=800, help="of the window, CSS px (800)")
    add("--scale", type=float, default=1, help="device px per CSS px (1)")
    add("--full-page", action="store_true", help="the whole document, not only the window")
    add("--selector", metavar="CSS", help="this element only")
    add("--hover", action="store_true", help="put the pointer over --selector first")
    add("--type", choices=("jpeg", "png", "webp", "avif"), help="default: by the file's ending, else png")
    add("--quality", type=int, metavar="1-100", help="of JPEG, WebP and AVIF")
    add("--deterministic", action="store_true", help="the same page gives the same picture, for comparing")
    add("--wait", type=int, metavar="MS", help="a fixed wait after loading; default: until the page is quiet")
    add("--wait-for", metavar="CSS", help="wait until this element is visible")
    add("--css", help="style sheet to add")
    add("--js", help="script to run")
    add("--no-js", action="store_true", help="switch the page's scripts off")
    add("--block-third-party-scripts", action="store_true", help="drop scripts from other sites")
    add("--block-ads", action="store_true", help="reach no advertisers and hide the places of ads")
    add("--block-trackers", action="store_true", help="reach no hosts that only watch visitors")
    add("--cookie-banners", choices=("keep", "reject", "accept", "hide"), default="keep", help="default: keep")
    add("--hide-widgets", action="store_true", help="no chat windows, newsletter pop-ups and app banners")
    add("--header", action="append", default=[], metavar="NAME:VALUE", help="sent to the page's own origin; repeatable")
    add("--cookie", action="append", default=[], metavar="NAME=VALUE", help="for the page's own host; repeatable")
    add("--user-agent")
    add("--language", metavar="LANGUAGES", help="the Accept-Language header, such as de-DE,de;q=0.9")
    add("--timezone", metavar="ZONE", help="such as Europe/Berlin")
    add("--geolocation", metavar="LAT,LON[,M]", help="degrees, and the accuracy in metres")
    add("--timeout", type=float, default=30, metavar="S", help="seconds for everything (30)")
    add("--allow-host", action="append", default=[], metavar="HOST[:PORT]", help="a private host or network to allow")


def run(arguments: argparse.Namespace) -> int:
    """Take the picture and write it; says on standard error what was still missing, if anything."""
    taken = asyncio.run(take(options_from(arguments), arguments))
    if arguments.output == "-":
        sys.stdout.buffer.write(taken.file.body)
    else:
        Path(arguments.output).write_bytes(taken.file.body)
    for shortfall in taken.shortfalls:
        print(f"pagelapse: {shortfall}", file=sys.stderr)
    return 0


async def take(options: CaptureOptions, arguments: argparse.Namespace) -> Capture:
    """Take one capture in this process, within `arguments.timeout` seconds; `arguments.allow_host` opens hosts."""
    from pagelapse.capture.pipeline import capture
    from pagelapse.observability import logger
    from pagelapse.settings import capture_settings
    from pagelapse.snapping import browser_from

    logger.setLevel("CRITICAL")
    settings = capture_settings()
    changes: dict[str, Any] = {"allow_hosts": (*settings.allow_hosts, *arguments.allow_host)}
    if "chromium" not in settings.model_fields_set:
        changes["chromium"] = _local_chromium()
    if "filters" not in settings.model_fields_set:
        changes["filters"] = _local_filters()
    browser = browser_from(settings.model_copy(update=changes))
    try:
        return await capture(browser, options, budget_s=arguments.timeout)
    finally:
        await browser.close()


def _local_chromium() -> Path:
    found = sorted(Path.cwd().glob(_LOCAL_CHROMIUM))
    return found[-1] if found else Path("/opt/chromium")


def _local_filters() -> Path:
    return _LOCAL_FILTERS if _LOCAL_FILTERS.is_dir() else Path("/opt/filters")


def options_from(arguments: argparse.Namespace) -> CaptureOptions:
    """The capture that the arguments describe.

    Raises:
        pydantic.ValidationError: For a value out of range.
        ValueError: For a header, cookie or position in the wrong form; the message names the option.
    """
    ending = Path(arguments.output).suffix.lower()
    given = {
        "url": arguments.url,
        "html": arguments.html.read_text(encoding="utf-8") if arguments.html else None,
        "output": _OUTPUTS.get(ending, "image"),
        "viewport": {"width": arguments.width, "height": arguments.height},
        "device_scale_factor": arguments.scale,
        "full_page": arguments.full_page,
        "selector": arguments.selector,
        "hover": arguments.hover,
        "type": arguments.type or _TYPES.get(ending, "png"),
        "quality": arguments.quality,
        "deterministic": arguments.deterministic,
        "delay_ms": arguments.wait,
        "wait_for_selector": arguments.wait_for,
        "style": arguments.css,
        "script": arguments.js,
        "java_script_enabled": not arguments.no_js,
        "block_third_party_scripts": arguments.block_third_party_scripts,
        "block_ads": arguments.block_ads,
        "block_trackers": arguments.block_trackers,
        "cookie_banners": arguments.cookie_banners,
        "hide_widgets": arguments.hide_widgets,
        "extra_http_headers": [_pair(text, ":", "--header") for text in arguments.header],
        "cookies": [_pair(text, "=", "--cookie") for text in arguments.cookie],
        "user_agent": arguments.user_agent,
        "accept_language": arguments.language,
        "timezone_id": arguments.timezone,
        "geolocation": _position(arguments.geolocation),
    }
    return CaptureOptions.model_validate(given)


def _pair(text: str, separator: str, option: str) -> dict[str, str]:
    name, found, value = text.partition(separator)
    if not found:
        raise ValueError(f"{option}: {text!r} has no {separator!r}")
    return {"name": name.strip(), "value": value.strip()}


def _position(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) not in (2, 3):
        raise ValueError("--geolocation: give LAT,LON or LAT,LON,ACCURACY")
    return dict(zip(("latitude", "longitude", "accuracy"), parts, strict=False))

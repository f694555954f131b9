"""Captures while /tmp is full. A program: `tests.capture.test_faults` runs it where /tmp is small and its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.pipeline import capture
from pagelapse.errors import CaptureError

BUDGET_S = 25.0


async def _outcome(browser: Chromium) -> str:
    options = CaptureOptions(html="<body style='background:red'>red", delay_ms=0)
    try:
        taken = await capture(browser, options, budget_s=BUDGET_S)
    except CaptureError as error:
        return error.code
    finally:
        await browser.settle()
    return "picture" if taken.file.body.startswith(b"\x89PNG") else "no picture"


def _fill(ballast: Path) -> None:
    """Write until nothing fits any more, not even an empty folder."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def _run(executable: Path) -> dict[str, object]:
    folder = Path(tempfile.gettempdir())
    ballast, browser = folder / "ballast", Chromium(executable, Allowance())
    _fill(ballast)
    said = {"full from the start": await _outcome(browser)}
    ballast.unlink()
    said["room again"] = await _outcome(browser)
    _fill(ballast)
    said["full under a warm browser"] = await _outcome(browser)
    ballast.unlink()
    said["room once more"] = await _outcome(browser)
    await browser.close()
    return {**said, "left": _names(folder)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(Path(sys.argv[1])))), flush=True)
    os._exit(0)

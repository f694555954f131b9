"""Pagelapse's own capture, as the `snap` function runs it, egress guard and all.

With `quiet` as argument it waits until the page is quiet, as it does by default, instead of for the load event alone.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.peers.drivers.serve import serve
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium
from pagelapse.capture.options import CaptureOptions, Viewport
from pagelapse.capture.pipeline import capture


async def main() -> None:
    """Serve."""
    site = urlsplit(os.environ["PEERS_SITE"]).netloc
    browser = Chromium(Path(os.environ["PEERS_CHROMIUM"]), Allowance((site,)))
    delay_ms = None if "quiet" in sys.argv else 0

    async def take(request: dict[str, Any]) -> bytes:
        options = CaptureOptions(
            url=request["url"],
            type=request["type"],
            quality=request["quality"],
            full_page=request["full"],
            viewport=Viewport(width=request["width"], height=request["height"]),
            delay_ms=delay_ms,
        )
        return (await capture(browser, options, budget_s=60)).file.body

    try:
        await serve(take)
    finally:
        await browser.close()


asyncio.run(main())

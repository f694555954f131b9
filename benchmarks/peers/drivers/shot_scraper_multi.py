"""shot-scraper, by the functions behind its `multi` command: one browser and one context for all pictures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from shot_scraper.cli import _browser_context, take_shot  # type: ignore[import-not-found]


def main() -> None:
    """Serve, one at a time: shot-scraper is synchronous."""
    with sync_playwright() as playwright:
        context, _ = _browser_context(playwright, None)
        print("ready", flush=True)
        for line in sys.stdin:
            request, error = json.loads(line), None
            shot = {
                "url": request["url"],
                "width": request["width"],
                "quality": request["quality"],
                "format": request["type"],
            }
            if not request["full"]:
                shot["height"] = request["height"]
            try:
                Path(request["out"]).write_bytes(take_shot(context, shot, return_bytes=True, silent=True))
            except Exception as failure:  # noqa: BLE001 - whatever it fails with is its result
                error = f"{type(failure).__name__}: {failure}"[:300]
            print(json.dumps({"id": request["id"], "error": error}), flush=True)


main()

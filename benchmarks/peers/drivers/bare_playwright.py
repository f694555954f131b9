"""A script on Playwright: one browser with Playwright's own flags, a fresh context for each picture."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from playwright.async_api import async_playwright

from benchmarks.peers.drivers.serve import serve


async def main() -> None:
    """Serve."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=os.environ["PEERS_CHROMIUM"])

        async def take(request: dict[str, Any]) -> bytes:
            context = await browser.new_context(viewport={"width": request["width"], "height": request["height"]})
            page = await context.new_page()
            await page.goto(request["url"])
            quality = {} if request["quality"] is None else {"quality": request["quality"]}
            body = await page.screenshot(type=request["type"], full_page=request["full"], **quality)
            await context.close()
            return body

        await serve(take)


asyncio.run(main())

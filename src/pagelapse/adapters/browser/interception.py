"""Requests that are changed or dropped on their way, and only those: everything else goes unhindered.

Playwright's own interception pauses every request and turns the HTTP cache off, so the caller's headers go in through
Chromium's `Fetch` domain for one origin only; the rest is paid for by the captures that ask for it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, CDPSession, Route
from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.sites import same_site
from pagelapse.capture.options import CaptureOptions, Header


async def intercept(context: BrowserContext, cdp: CDPSession, options: CaptureOptions) -> None:
    """Put in place what `options` ask for, before the page's first request."""
    if options.extra_http_headers and options.url:
        await _add_headers(cdp, options.url, options.extra_http_headers)
    if options.block_third_party_scripts:
        await _block_third_party_scripts(context, options.url)


async def _add_headers(cdp: CDPSession, url: str, headers: tuple[Header, ...]) -> None:
    """Send `headers` to the origin of `url`; each hop of a redirect is judged anew, so they don't travel further."""
    running: set[asyncio.Task[None]] = set()

    def on_paused(event: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(_continue(cdp, event, headers))
        running.add(task)
        task.add_done_callback(running.discard)

    cdp.on("Fetch.requestPaused", on_paused)
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    await cdp.send("Fetch.enable", {"patterns": [{"urlPattern": f"{origin}/*"}]})


async def _continue(cdp: CDPSession, event: dict[str, Any], headers: tuple[Header, ...]) -> None:
    replaced = {header.name.lower() for header in headers}
    kept = {name: value for name, value in event["request"]["headers"].items() if name.lower() not in replaced}
    merged = [{"name": name, "value": value} for name, value in kept.items()]
    merged += [{"name": header.name, "value": header.value} for header in headers]
    with suppress(PlaywrightError):
        await cdp.send("Fetch.continueRequest", {"requestId": event["requestId"], "headers": merged})


async def _block_third_party_scripts(context: BrowserContext, url: str | None) -> None:
    async def decide(route: Route) -> None:
        foreign = route.request.resource_type == "script" and not (url and same_site(route.request.url, url))
        with suppress(PlaywrightError):
            await (route.abort("blockedbyclient") if foreign else route.continue_())

    await context.route("**/*", decide)

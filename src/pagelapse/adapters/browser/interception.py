"""Requests that are changed or dropped on their way, and only those: everything else goes unhindered.

Playwright's own interception pauses every request and turns the HTTP cache off, so what can be told by origin goes in
through `own_origin`; the rest is paid for by the captures that ask for it.
"""

from __future__ import annotations

from contextlib import suppress

from playwright.async_api import BrowserContext, CDPSession, Route
from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.browser.own_origin import OwnOrigin, is_asked_for
from pagelapse.adapters.sites import same_site
from pagelapse.capture.options import CaptureOptions


async def intercept(context: BrowserContext, cdp: CDPSession, options: CaptureOptions) -> None:
    """Put in place what `options` ask for, before the page's first request."""
    if options.url and is_asked_for(options):
        await OwnOrigin(cdp, options, options.url).begin()
    if options.block_third_party_scripts:
        await _block_third_party_scripts(context, options.url)


async def _block_third_party_scripts(context: BrowserContext, url: str | None) -> None:
    async def decide(route: Route) -> None:
        foreign = route.request.resource_type == "script" and not (url and same_site(route.request.url, url))
        with suppress(PlaywrightError):
            await (route.abort("blockedbyclient") if foreign else route.continue_())

    await context.route("**/*", decide)

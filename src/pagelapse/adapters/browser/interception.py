"""Scripts that are dropped on their way.

Playwright's interception pauses every request and turns the HTTP cache off, so what can be told by origin goes in
through `own_origin`; this is paid for by the captures that ask for it.
"""

from __future__ import annotations

from contextlib import suppress

from playwright.async_api import BrowserContext, Route
from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.sites import same_site


async def block_third_party_scripts(context: BrowserContext, url: str | None) -> None:
    """Let none of the context's pages load scripts from other registrable domains than that of `url`."""

    async def decide(route: Route) -> None:
        foreign = route.request.resource_type == "script" and not (url and same_site(route.request.url, url))
        with suppress(PlaywrightError):
            await (route.abort("blockedbyclient") if foreign else route.continue_())

    await context.route("**/*", decide)

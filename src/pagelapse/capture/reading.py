"""The last step of a page that is read and not looked at: its text, or Markdown."""

from __future__ import annotations

import asyncio

from pagelapse.capture.result import File, document
from pagelapse.capture.steps import Shooting
from pagelapse.errors import CaptureTimeout

READ_LIMIT_S = 30.0

MAX_SOURCE = 500_000
"""Characters of a page's bare HTML that are made Markdown of; each 100,000 take about a second."""


async def read_text(s: Shooting) -> File:
    """The page's text as the browser shows it.

    Raises:
        CaptureTimeout: The page can't be read within the capture's time.
    """
    try:
        text = await s.page.text(timeout_s=s.budget.allow(READ_LIMIT_S, reserve_s=0))
    except TimeoutError:
        raise CaptureTimeout("the page kept itself too busy to be read", option="url") from None
    return document("text", text)


async def read_markdown(s: Shooting) -> File:
    """The page as Markdown; its text, which is Markdown too, where it is too long or nested too deep.

    Raises:
        CaptureTimeout: The page can't be read within the capture's time.
    """
    try:
        bare = await s.page.bare_html(timeout_s=s.budget.allow(READ_LIMIT_S, reserve_s=1))
        if len(bare) <= MAX_SOURCE:
            async with asyncio.timeout(s.budget.allow(READ_LIMIT_S, reserve_s=1)):
                return document("markdown", await asyncio.to_thread(to_markdown, bare))
        reason = "too long"
    except TimeoutError:
        reason = "too large to be read in time"
    except RecursionError:
        reason = "nested too deep"
    s.progress.shortfalls.append(f"the page is {reason} for Markdown, and this is its text")
    return document("markdown", (await read_text(s)).body.decode())


def to_markdown(html: str) -> str:
    """HTML as Markdown, with headings in number signs.

    Raises:
        RecursionError: When it is nested deeper than about 300 elements.
    """
    from markdownify import markdownify  # a tenth of a second that pictures need not wait for

    markdown: str = markdownify(html, heading_style="ATX", bullets="-")
    return markdown.strip() + "\n"

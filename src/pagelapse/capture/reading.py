"""The last step of a page that is read and not looked at: its text, or Markdown."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from pagelapse.capture.result import File, document
from pagelapse.capture.steps import Shooting
from pagelapse.errors import CaptureTimeout

READ_LIMIT_S = 30.0
MARKDOWN_LIMIT_S = 15.0

MAX_SOURCE = 500_000
"""Characters of a page's bare HTML that are made Markdown of; each 100,000 take about a second."""

_LONG_GAP = re.compile(r"[ \t\r\n]{100,}")
"""Markdownify's own patterns take quadratic time for one."""


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
            limit_s = s.budget.allow(MARKDOWN_LIMIT_S, reserve_s=1)
            return document("markdown", await asyncio.to_thread(to_markdown, bare, limit_s=limit_s))
        reason = "too long"
    except TimeoutError:
        reason = "too large to be read in time"
    except RecursionError:
        reason = "nested too deep"
    s.progress.shortfalls.append(f"the page is {reason} for Markdown, and this is its text")
    return document("markdown", (await read_text(s)).body.decode())


def to_markdown(html: str, *, limit_s: float) -> str:
    """HTML as Markdown, with headings in number signs.

    Raises:
        TimeoutError: When it takes longer than `limit_s` seconds; numbering a list of thousands does.
        RecursionError: When it is nested deeper than about 300 elements.
    """
    from markdownify import MarkdownConverter  # a tenth of a second that pictures need not wait for

    end = time.monotonic() + limit_s

    class Bounded(MarkdownConverter):
        def process_tag(self, node: Any, parent_tags: Any = None) -> str:
            if time.monotonic() > end:
                raise TimeoutError
            return str(super().process_tag(node, parent_tags))  # type: ignore[misc]  # not in its stub

    markdown = Bounded(heading_style="ATX", bullets="-").convert(_LONG_GAP.sub(" ", html))
    return str(markdown).strip() + "\n"

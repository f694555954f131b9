"""One way to take a picture: a literal list of steps, tried again in a fresh browser when the first one is lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from pagelapse.capture import steps
from pagelapse.capture.acting import run_actions, run_last_scripts
from pagelapse.capture.beside import keep_text, note_ignored
from pagelapse.capture.blank import take_visible_picture
from pagelapse.capture.budget import SHOT_RESERVE_S, Budget
from pagelapse.capture.options import CaptureOptions, Output
from pagelapse.capture.ports import Browser, BrowserGoneError
from pagelapse.capture.printing import print_page
from pagelapse.capture.reading import read_markdown, read_text
from pagelapse.capture.result import Capture, File, document
from pagelapse.errors import BrowserLost

STEPS = (
    steps.open_page,
    steps.render_html,
    steps.wait_for_load,
    steps.dismiss_cookie_banner,
    steps.hide_blocked,
    steps.add_style,
    steps.hide,
    steps.run_script,
    run_actions,
    steps.wait_for_selector,
    steps.wait_delay,
    steps.wait_for_fonts,
    steps.reveal,
    steps.dismiss_cookie_banner,
    steps.hide_blocked,
    run_last_scripts,
    steps.hide,
    steps.arrange,
    steps.hover,
    steps.list_inventory,
)

logger = logging.getLogger(__name__)

ATTEMPTS = 2
RETRY_NEEDS_S = 3.0
"""Seconds that must be left for a second attempt to make sense: launch, open, load and shoot a quick page."""


async def capture(browser: Browser, options: CaptureOptions, *, budget_s: float) -> Capture:
    """Take one picture, or read one document.

    Args:
        browser: Where to open the page.
        options: What to capture.
        budget_s: Seconds from now until the result must be there.

    Raises:
        CaptureError: One of its subclasses; the message is for the caller.
    """
    budget = Budget(budget_s)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _attempt(browser, options, budget, last=attempt == ATTEMPTS)
        except BrowserGoneError as gone:
            logger.warning("browser lost", extra={"attempt": attempt, "reason": str(gone)})
            await browser.replace()
            if attempt == ATTEMPTS or budget.remaining() < RETRY_NEEDS_S:
                raise BrowserLost("the page crashed the browser or made it hang", option="url") from gone
    raise AssertionError("unreachable")


async def _attempt(browser: Browser, options: CaptureOptions, budget: Budget, *, last: bool) -> Capture:
    reserve_s = SHOT_RESERVE_S / 2 if last else SHOT_RESERVE_S
    async with browser.page(options, timeout_s=budget.allow(10, reserve_s=reserve_s)) as page:
        shooting = steps.Shooting(page, options, budget, steps.Progress(), last)
        for step in STEPS:
            await step(shooting)
        taken_at_ms = time.time_ns() // 1_000_000
        file = await _FILES[options.output](shooting)
        ignored = await note_ignored(shooting)
        source = await _kept_source(shooting)
        text = await keep_text(shooting)
        target, timings = page.target() or shooting.progress.target, page.timings()
    progress = shooting.progress
    shortfalls, observations = tuple(progress.shortfalls), tuple(progress.observations)
    return Capture(
        file, target, taken_at_ms, shortfalls, observations, timings, progress.inventory, source, text, ignored
    )


async def _kept_source(s: steps.Shooting) -> File | None:
    """The document's source beside the picture; a page too busy to give it still has its picture."""
    if not s.options.keep_source or s.options.output == "html":
        return None
    try:
        return await _source(s)
    except TimeoutError:
        s.progress.shortfalls.append("the document's source could not be read")
        return None


async def _source(s: steps.Shooting) -> File:
    source = await s.page.content(timeout_s=s.budget.allow(30, reserve_s=0))
    return document("html", source)


_FILES: dict[Output, Callable[[steps.Shooting], Awaitable[File]]] = {
    "image": take_visible_picture,
    "html": _source,
    "pdf": print_page,
    "text": read_text,
    "markdown": read_markdown,
}

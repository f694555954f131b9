"""The capture's steps, each returning early when it isn't asked for. Their order is in `pipeline`."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field

from pagelapse.capture.budget import MINIMUM_STEP_S, SHOT_RESERVE_S, Budget
from pagelapse.capture.jobs import Inventory, Observation, Target
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.ports import Box, Page
from pagelapse.errors import CaptureTimeout, ElementNotFound

OPEN_RESERVE_S = 8.0
"""Seconds kept back while the first byte is awaited: enough to try again in a fresh browser if this one hangs."""

LOAD_LIMIT_S = 15.0
WAIT_FOR_LIMIT_S = 15.0
SCRIPT_LIMIT_S = 10.0
REVEAL_LIMIT_S = 6.0
MAX_REVEALS = 3
QUIET_LIMIT_S = 3.0
FONTS_LIMIT_S = 3.0
ELEMENT_LIMIT_S = 5.0
STYLE_LIMIT_S = 2.0
ARRANGE_LIMIT_S = 1.0
INVENTORY_LIMIT_S = 3.0
BANNER_LIMIT_S = 8.0
BLOCKED_LIMIT_S = 2.0

_UNPAINTED = ("html", "text", "markdown")


@dataclass(slots=True)
class Progress:
    """What a capture has learned so far."""

    target: Target = field(default_factory=Target)
    shortfalls: list[str] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    inventory: Inventory | None = None
    pictured: Box | None = None
    """What the picture shows of the document; `None` is what the window shows."""


@dataclass(frozen=True, slots=True)
class Shooting:
    """What every step works on."""

    page: Page
    options: CaptureOptions
    budget: Budget
    progress: Progress
    last_attempt: bool = False


async def _best_effort(s: Shooting, work: Awaitable[None], shortfall: str) -> None:
    """Do what the picture can be taken without; running out of time is told, not raised."""
    try:
        await work
    except TimeoutError:
        s.progress.shortfalls.append(shortfall)


async def open_page(s: Shooting) -> None:
    """Go to the page; without a document there is nothing to picture, so this step's time-out is final."""
    if s.options.url is None:
        return
    timeout_s = s.budget.allow(30, reserve_s=SHOT_RESERVE_S / 2 if s.last_attempt else OPEN_RESERVE_S)
    try:
        s.progress.target = await s.page.open(s.options.url, referer=s.options.referer, timeout_s=timeout_s)
    except TimeoutError:
        raise CaptureTimeout(f"the page did not begin to answer within {timeout_s:.0f} s", option="url") from None


async def render_html(s: Shooting) -> None:
    """Show the caller's own document."""
    if s.options.html is None:
        return
    await _best_effort(
        s,
        s.page.render(s.options.html, until=s.options.wait_until, timeout_s=s.budget.allow(LOAD_LIMIT_S)),
        "the document's resources had not all loaded",
    )


async def wait_for_load(s: Shooting) -> None:
    """Wait for the load event, or another; a page that never loads is pictured as far as it came."""
    if s.options.url is None:
        return
    loaded = s.page.wait_for_load(s.options.wait_until, timeout_s=s.budget.allow(LOAD_LIMIT_S))
    await _best_effort(s, loaded, "the page had not finished loading")


async def dismiss_cookie_banner(s: Shooting) -> None:
    """Get the cookie banner out of the way. Done again before the picture, for one that comes late."""
    if s.options.cookie_banners == "keep":
        return
    dismissed = s.page.dismiss_cookie_banner(timeout_s=s.budget.allow(BANNER_LIMIT_S))
    await _best_effort(s, dismissed, "the cookie banner had not gone")


async def hide_blocked(s: Shooting) -> None:
    """Hide what the filter lists name and what blocking leaves empty; again before the picture, like `hide`."""
    o = s.options
    if not (o.block_ads or o.block_trackers or o.hide_widgets or o.cookie_banners != "keep"):
        return
    hidden = s.page.hide_blocked(timeout_s=s.budget.allow(BLOCKED_LIMIT_S))
    await _best_effort(s, hidden, "what is blocked could not all be hidden")


async def add_style(s: Shooting) -> None:
    """Add the caller's CSS."""
    if s.options.style is None:
        return
    await _best_effort(
        s, s.page.add_style(s.options.style, timeout_s=s.budget.allow(STYLE_LIMIT_S)), "the style could not be added"
    )


async def hide(s: Shooting) -> None:
    """Hide the caller's elements. Done again before the picture, since actions may have led to another document."""
    if not s.options.hide:
        return
    await _best_effort(
        s, s.page.hide(s.options.hide, timeout_s=s.budget.allow(STYLE_LIMIT_S)), "the elements could not be hidden"
    )


async def run_script(s: Shooting) -> None:
    """Run the caller's JavaScript; one that never ends costs its own share of the time only."""
    if s.options.script is None:
        return
    await _best_effort(
        s, s.page.run_script(s.options.script, timeout_s=s.budget.allow(SCRIPT_LIMIT_S)), "the script had not ended"
    )


async def wait_for_selector(s: Shooting) -> None:
    """Wait for the caller's element; the picture is taken without it when it does not come."""
    if s.options.wait_for_selector is None:
        return
    visible = s.page.wait_for_selector(s.options.wait_for_selector, timeout_s=s.budget.allow(WAIT_FOR_LIMIT_S))
    await _best_effort(s, visible, "the awaited element had not appeared")


async def reveal(s: Shooting) -> None:
    """Scroll through a page that is pictured whole, or when the caller wants it, so that lazy parts load.

    What that brings is waited for, whatever the caller's own wait; and if the page is longer then, it goes on, but not
    for ever: some pages have no end.
    """
    if not (_whole(s) or s.options.output == "pdf" or s.options.scroll) or not s.options.java_script_enabled:
        return
    for _ in range(MAX_REVEALS):
        try:
            changed = await s.page.reveal(whole=_whole(s), timeout_s=s.budget.allow(REVEAL_LIMIT_S))
        except TimeoutError:
            _fall_short(s, "the page had not been scrolled to its end")
            return
        if not changed:
            return
        await quiet(s)


def _whole(s: Shooting) -> bool:
    return s.options.full_page and s.options.output in ("image", "pdf") and s.options.selector is None


async def arrange(s: Shooting) -> None:
    """Put what is fixed to the lower edge of the screen at the page's end; it would cover the middle."""
    if not _whole(s) or not s.options.java_script_enabled:
        return
    try:
        await s.page.arrange(timeout_s=s.budget.allow(ARRANGE_LIMIT_S))
    except TimeoutError:
        return  # a page too busy for it is pictured as it is


async def wait_delay(s: Shooting) -> None:
    """Wait as long as the caller says, or until the page is quiet when they leave it to us."""
    if s.options.delay_ms is None:
        await quiet(s)
        return
    wanted_s = s.options.delay_ms / 1000
    if wanted_s == 0:
        return
    granted_s = min(wanted_s, s.budget.allow(wanted_s))
    await s.page.delay(granted_s)
    if granted_s < wanted_s:
        s.progress.shortfalls.append(f"the wait was cut from {wanted_s:.1f} s to {granted_s:.1f} s")


async def quiet(s: Shooting) -> None:
    """Wait until the page is painted and quiet, when it has scripts that could disturb it."""
    if not s.options.java_script_enabled:
        return
    try:
        if not await s.page.wait_until_quiet(timeout_s=s.budget.allow(QUIET_LIMIT_S)):
            _fall_short(s, "the fonts had not loaded")
    except TimeoutError:
        _fall_short(s, "the page was still changing")


def _fall_short(s: Shooting, shortfall: str) -> None:
    """Tell it once, however often it was waited for."""
    if shortfall not in s.progress.shortfalls:
        s.progress.shortfalls.append(shortfall)


async def wait_for_fonts(s: Shooting) -> None:
    """Wait for fonts; without scripts the page can't be asked for them."""
    if s.options.output in _UNPAINTED or not s.options.java_script_enabled or s.options.delay_ms is None:
        return
    timeout_s = s.budget.allow(FONTS_LIMIT_S)
    try:
        await s.page.wait_for_fonts(timeout_s=timeout_s)
    except TimeoutError:
        if (
            timeout_s > MINIMUM_STEP_S
        ):  # else the time was up before, which is told already, and nobody knows of the fonts
            _fall_short(s, "the fonts had not loaded")


async def hover(s: Shooting) -> None:
    """Put the pointer over the element to be pictured."""
    if not s.options.hover or s.options.selector is None or s.options.output != "image":
        return
    try:
        await s.page.hover(s.options.selector, timeout_s=s.budget.allow(ELEMENT_LIMIT_S))
    except TimeoutError:
        raise ElementNotFound("nothing on the page that matches it can be hovered over", option="selector") from None


async def list_inventory(s: Shooting) -> None:
    """List what the page embeds; one that is too busy to be asked embeds nothing that anybody knows of."""
    if not s.options.inventory:
        return
    try:
        s.progress.inventory = await s.page.inventory(timeout_s=s.budget.allow(INVENTORY_LIMIT_S))
    except TimeoutError:
        s.progress.inventory = Inventory()

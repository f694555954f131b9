"""What the capture needs of a browser. `adapters.browser` provides it; another engine would provide the same."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from pagelapse.capture.actions import Action
from pagelapse.capture.jobs import Inventory, Target, Timings
from pagelapse.capture.options import CaptureOptions, LoadState

ShotType = Literal["jpeg", "png", "webp"]
"""What Chromium itself encodes."""


class BrowserGoneError(Exception):
    """The browser or the page's renderer crashed, was killed, or stopped answering; a fresh one may do better."""


class ActionImpossibleError(Exception):
    """An action can't be done on the page as it is; the message says why, in the caller's words."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the page in CSS px, from the document's top left corner."""

    x: float
    y: float
    width: float
    height: float
    zoom: float = 1
    """Screen px per CSS px before the scale factor: below 1 where a phone shows a page that is wider than it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page is printed on, inches."""

    width_in: float
    height_in: float
    margin_in: float
    as_on_screen: bool
    """In the page's style for screens, not in that for paper."""


class Page(Protocol):
    """One page in a context of its own.

    Every method ends within its `timeout_s` (seconds) with `TimeoutError`, and with `BrowserGoneError` as soon as the
    browser is lost. Selectors are CSS.
    """

    async def open(self, url: str, *, referer: str | None, timeout_s: float) -> Target:
        """Go to `url` until its document has begun to arrive.

        Raises:
            CaptureError: One of its subclasses, when no document comes.
        """
        ...

    async def render(self, html: str, *, until: LoadState, timeout_s: float) -> None:
        """Show `html` as the document, up to an event of its loading."""
        ...

    async def wait_for_load(self, until: LoadState, *, timeout_s: float) -> None:
        """Wait for an event of the page's loading."""
        ...

    async def wait_for_selector(self, selector: str, *, timeout_s: float) -> None:
        """Wait until an element that matches is visible.

        Raises:
            ElementNotFound: When `selector` isn't CSS.
        """
        ...

    async def wait_for_fonts(self, *, timeout_s: float) -> None:
        """Lay the document out and wait for the fonts that it needs."""
        ...

    async def wait_until_quiet(self, *, timeout_s: float) -> bool:
        """Wait for fonts, the images on screen and a pause in the network's and the document's changes.

        Returns:
            Whether all fonts are there; the wait for one that never comes ends when the browser shows another.
        """
        ...

    async def reveal(self, *, whole: bool, timeout_s: float) -> bool:
        """Scroll through the document, so that what loads or appears on scrolling does, and back to the top.

        Args:
            whole: All of it will be pictured: what scrolls inside it, or exists only while it is on the screen, is
                shown by a window that is high enough.

        Returns:
            Whether that has changed the document or made it ask for something.
        """
        ...

    async def arrange(self, *, timeout_s: float) -> None:
        """Put what stays at the window's lower edge at the document's, once, for a picture of all of it."""
        ...

    async def wait_until_visible(self, *, patience_s: float, timeout_s: float) -> bool:
        """Whether the window shows more than colours: now, or within `patience_s` if scripts may bring it."""
        ...

    async def delay(self, seconds: float) -> None:
        """Let the page live for a while."""
        ...

    async def add_style(self, css: str, *, timeout_s: float) -> None:
        """Add a style sheet to the document."""
        ...

    async def hide(self, selectors: Sequence[str], *, timeout_s: float) -> None:
        """Take all elements that match out of the document's layout, also those that come later."""
        ...

    async def dismiss_cookie_banner(self, *, timeout_s: float) -> None:
        """Opt out, agree or hide, as the page's options say; nothing happens where no banner is seen."""
        ...

    async def hide_blocked(self, *, timeout_s: float) -> None:
        """Take out of the layout what the filter lists name, and what is empty since its host was blocked."""
        ...

    async def run_script(self, source: str, *, timeout_s: float) -> None:
        """Run a script in the document; a promise it ends with is awaited, an exception it throws is the page's own."""
        ...

    async def hold_still(self, *, timeout_s: float) -> None:
        """End all that moves and wait until that is painted, with the document's fonts."""
        ...

    async def hover(self, selector: str, *, timeout_s: float) -> None:
        """Put the pointer over an element."""
        ...

    async def act(self, action: Action, *, timeout_s: float) -> str | None:
        """Do one action other than `Wait`.

        Returns:
            The text that an `Observe` found, as the page shows it.

        Raises:
            ActionImpossibleError: When it can't be done; `TimeoutError` is left to scripts and styles.
        """
        ...

    async def settle(self, *, timeout_s: float) -> None:
        """Wait for the load event of the page that the last action is leading to, if it is leading to one.

        Raises:
            ActionImpossibleError: When that page can't be opened.
        """
        ...

    def target(self) -> Target | None:
        """The last document that actions have led to; `None` while there is none but the first."""
        ...

    def timings(self) -> Timings:
        """When the first document got how far."""
        ...

    async def inventory(self, *, timeout_s: float) -> Inventory:
        """What the document embeds; empty when it can't be asked."""
        ...

    async def box(self, selector: str, *, timeout_s: float) -> Box:
        """Bring an element into view and measure it."""
        ...

    async def boxes(self, selectors: Sequence[str], *, timeout_s: float) -> list[Box]:
        """Measure all elements that match, at most `jobs.MAX_AREAS`, where they are; what isn't CSS matches nothing."""
        ...

    async def document_box(self, *, timeout_s: float) -> Box:
        """The whole document."""
        ...

    async def viewport_box(self, *, timeout_s: float) -> Box:
        """The part of the document that the window shows."""
        ...

    async def shoot(
        self,
        image_type: ShotType,
        *,
        quality: int | None,
        clip: Box | None,
        beyond: bool,
        fast: bool,
        timeout_s: float,
    ) -> bytes:
        """Encode the viewport at one pixel per CSS px, or `clip` at its zoom and the page's scale factor.

        Args:
            beyond: `clip` may lie outside of what the window shows. Chromium then forgets the touch screen.
            fast: Trade the size of a PNG for time, for pictures that are decoded again at once.
        """
        ...

    async def print_pdf(self, sheet: Sheet, *, timeout_s: float) -> bytes:
        """Print the document with its backgrounds, as PDF."""
        ...

    async def content(self, *, timeout_s: float) -> str:
        """The rendered document's source."""
        ...

    async def text(self, *, timeout_s: float) -> str:
        """What can be read of the document, in the browser's lines."""
        ...

    async def bare_html(self, *, timeout_s: float) -> str:
        """The document's shown elements without scripts and looks, its links and images with absolute URLs."""
        ...


class Browser(Protocol):
    """A warm browser that hands out fresh pages."""

    def page(self, options: CaptureOptions, *, timeout_s: float) -> AbstractAsyncContextManager[Page]:
        """A page set up as `options` say, in a fresh context that is thrown away afterwards.

        Raises:
            BrowserGoneError: When no browser can be had within `timeout_s`.
        """
        ...

    async def replace(self) -> None:
        """Get rid of the browser, dead or hung; the next page starts another."""
        ...

"""What a capture needs of a tab and of a DevTools session, whoever drives them: Playwright, or `light`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

Milestone = Literal["load", "domcontentloaded", "networkidle"]


class Session(Protocol):
    """A DevTools session with one target, as Playwright's `CDPSession` is.

    What it raises is `playwright.async_api.Error`.
    """

    async def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Chromium's answer to one call."""
        ...

    def on(self, event: Any, f: Any) -> None:
        """Call `f` with each event of a name."""
        ...


class Answer(Protocol):
    """What a server answered to the request for a document; see `playwright.async_api.Response`."""

    @property
    def status(self) -> int:
        """HTTP's."""
        ...

    @property
    def headers(self) -> dict[str, str]:
        """By lower-case names."""
        ...


class Tab(Protocol):
    """The part of `playwright.async_api.Page` that every capture needs; times in milliseconds."""

    @property
    def url(self) -> str:
        """Of the document shown."""
        ...

    @property
    def viewport_size(self) -> Any:
        """The window's "width" and "height", CSS px; `None` when nobody has set it."""
        ...

    def on(self, event: Any, f: Callable[[Any], Any]) -> None:
        """Call `f` with the tab at each "crash", "domcontentloaded" or "load"."""
        ...

    async def goto(
        self, url: str, *, timeout: float, wait_until: Literal["commit"], referer: str | None
    ) -> Answer | None:
        """Go to `url` until its document has begun to arrive."""
        ...

    async def wait_for_load_state(self, state: Milestone, *, timeout: float) -> None:
        """Until the document has come so far."""
        ...

    async def wait_for_url(self, url: str, *, wait_until: Literal["commit"], timeout: float) -> None:
        """Until the document at `url` has begun to arrive."""
        ...


class Context(Protocol):
    """What a tab lives in."""

    async def close(self) -> None:
        """Throw it away, with its tabs."""
        ...

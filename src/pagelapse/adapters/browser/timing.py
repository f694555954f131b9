"""When a page got how far, by the events that Playwright tells of anyway."""

from __future__ import annotations

import time

from pagelapse.adapters.browser.tabs import Tab
from pagelapse.capture.jobs import Timings


class Timetable:
    """The first document's milestones after `start`.

    The blank document's own, which may be told late, don't count.
    """

    def __init__(self, page: Tab) -> None:
        self._page = page
        self._started_at_ms: int | None = None
        self._content_at_ms: int | None = None
        self._loaded_at_ms: int | None = None
        self._blank_counts = False

    def start(self, *, blank: bool) -> None:
        """A document is asked for now; `blank` when it is written into the blank page instead of coming by URL."""
        self._started_at_ms = _now_ms()
        self._blank_counts = blank
        self._page.on("domcontentloaded", self._on_content)
        self._page.on("load", self._on_loaded)

    def timings(self) -> Timings:
        """What has come so far."""
        return Timings(
            started_at_ms=self._started_at_ms, content_at_ms=self._content_at_ms, loaded_at_ms=self._loaded_at_ms
        )

    def _on_content(self, page: Tab) -> None:
        if self._content_at_ms is None and self._counts(page):
            self._content_at_ms = _now_ms()

    def _on_loaded(self, page: Tab) -> None:
        if self._loaded_at_ms is None and self._counts(page):
            self._loaded_at_ms = _now_ms()

    def _counts(self, page: Tab) -> bool:
        return self._blank_counts or page.url != "about:blank"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""The blank page that is made ready for the next capture."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from pagelapse.adapters.browser.emulation import look_of
from pagelapse.adapters.browser.navigation import first_line
from pagelapse.adapters.browser.page import ChromiumPage
from pagelapse.adapters.browser.tabs import Context
from pagelapse.adapters.guard import Guard
from pagelapse.capture.options import CaptureOptions

logger = logging.getLogger(__name__)

ANSWER_S = 0.1
"""Seconds after a capture in which its picture is stored and its answer travels. A page's process would take one of two
cores from both, so it starts after them; a capture that comes sooner opens a page of its own."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A blank page with what it hangs on."""

    context: Context
    guard: Guard
    page: ChromiumPage


class SparePage:
    """At most one page, begun once two captures in a row look alike.

    Its task has no time limit of its own: Lambda may freeze it for hours between two invocations.

    Args:
        make: Opens a page.
        discard: Gets the task of a page that nobody wants any more.
    """

    def __init__(
        self,
        make: Callable[[CaptureOptions], Coroutine[Any, Any, Opened]],
        discard: Callable[[asyncio.Task[Opened]], None],
    ) -> None:
        self._make = make
        self._discard = discard
        self._last_look = ""
        self._planned: asyncio.TimerHandle | None = None
        self._look = ""
        self._task: asyncio.Task[Opened] | None = None

    def take(self, options: CaptureOptions) -> asyncio.Task[Opened] | None:
        """The page that looks as `options` say, if it has been begun; one of another look is discarded."""
        self._forget_plan()
        if self._task is not None and self._look == look_of(options):
            task, self._task = self._task, None
            return task
        self.drop()
        return None

    def plan(self, options: CaptureOptions) -> None:
        """Make the next page soon, if it is likely to look as the last ones did."""
        look = look_of(options)
        self._forget_plan()
        if look == self._last_look and self._task is None:
            self._planned = asyncio.get_running_loop().call_later(ANSWER_S, self._begin, options)
        self._last_look = look

    def drop(self) -> None:
        """Have no page, and make none."""
        self._forget_plan()
        task, self._task = self._task, None
        if task is not None:
            self._discard(task)

    def _begin(self, options: CaptureOptions) -> None:
        self._planned = None
        self._look = look_of(options)
        self._task = asyncio.get_running_loop().create_task(self._make(options))
        self._task.add_done_callback(_retrieve)

    def _forget_plan(self) -> None:
        if self._planned is not None:
            self._planned.cancel()
            self._planned = None


def _retrieve(task: asyncio.Task[Opened]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.info("no spare page", extra={"reason": first_line(task.exception() or Exception())})

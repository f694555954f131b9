"""A capture's time, split over its steps so that there is always enough left to take the picture."""

from __future__ import annotations

import time

SHOT_RESERVE_S = 5.0
"""Seconds kept back for the picture itself: a full page of 30,000 px takes about 1.2 s, on a slow machine thrice."""

MINIMUM_STEP_S = 0.05
"""Seconds a step gets however late it is, so that what is ready already still counts."""


class Budget:
    """A deadline on the monotonic clock.

    Args:
        total_s: Seconds from now until the capture must be over.
    """

    def __init__(self, total_s: float) -> None:
        self._ends = time.monotonic() + total_s

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())

    def allow(self, wanted_s: float, *, reserve_s: float = SHOT_RESERVE_S) -> float:
        """Seconds a step may take: what it wants, or what is left after the reserve for the steps behind it."""
        return max(MINIMUM_STEP_S, min(wanted_s, self.remaining() - reserve_s))

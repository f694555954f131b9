"""How far a long work has come, on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys

_BAR = 30
_LINES = 10


class Progress:
    """Tells of a work of so many parts.

    Args:
        total: Parts.
        what: They are, in the plural.
    """

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what = max(1, total), what
        self._live = sys.stderr.isatty()
        self._told = 0

    def show(self, done: int) -> None:
        """So many parts are done."""
        if self._live:
            filled = _BAR * done // self._total
            bar = "█" * filled + "░" * (_BAR - filled)
            end = "\n" if done >= self._total else ""
            print(f"\r\x1b[K{bar} {done}/{self._total} {self._what}", end=end, file=sys.stderr, flush=True)
        elif done * _LINES // self._total > self._told:
            self._told = done * _LINES // self._total
            print(f"{done} of {self._total} {self._what}", file=sys.stderr)

"""How much the fuzzers try, and how long each attempt may take."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hypothesis import HealthCheck, Phase, settings

TIMES = int(os.environ.get("PAGELAPSE_FUZZ", "0"))
"""`make fuzz` sets it: so many times the examples, other ones at each run."""

LONGEST_CPU_S = 20
"""Of processor time, so that a busy machine makes nothing fail; what takes so long would have hung."""


def bounded(examples: int) -> settings:
    """So many examples, the same at each run of `make test`; new ones, and more of them, with `make fuzz`."""
    return settings(
        max_examples=examples * (TIMES or 1),
        derandomize=not TIMES,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def without_hanging() -> Iterator[None]:
    """Fail when the block takes too much processor time."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"took more than {LONGEST_CPU_S} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_CPU_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

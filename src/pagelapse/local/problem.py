"""What can't go on, told to the person at the keyboard."""

from __future__ import annotations

import sys


class Problem(Exception):
    """Something only the operator can change. The message is one sentence that says what to do."""


def tell(step: str) -> None:
    """Print what is being done, at once, also into a pipe."""
    print(f"==> {step}", flush=True)


def give_up(problem: Problem) -> int:
    """Print the problem and return the exit status that goes with it."""
    print(f"pagelapse: {problem}", file=sys.stderr, flush=True)
    return 1

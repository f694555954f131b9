"""`make stop` and `make reset`: they work on any stack that runs or has run, with the standard library alone."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys

from pagelapse.local import processes
from pagelapse.local.layout import Layout
from pagelapse.local.problem import Problem, give_up, tell

_STOP_WITHIN_S = 30


def mark_running(layout: Layout) -> None:
    """Write down that this process supervises the stack."""
    layout.running.write_text(f"{os.getpid()} {processes.started_at(os.getpid())}")


def stop(layout: Layout) -> None:
    """End the running stack, if there is one, and whatever is left of an earlier one.

    Raises:
        Problem: When it does not end.
    """
    pid = _running(layout)
    if pid is None and not processes.belonging_to(layout.tmp):
        tell("Nothing is running")
        return
    tell("Stopping")
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        if processes.wait_gone([pid], timeout_s=_STOP_WITHIN_S):
            raise Problem(f"Process {pid} does not end: end it with `kill -9 {pid}` and run `make stop` again.")
    processes.end_all(layout.tmp)
    layout.running.unlink(missing_ok=True)


def _running(layout: Layout) -> int | None:
    if not layout.running.is_file():
        return None
    pid, _, started = layout.running.read_text().partition(" ")
    return int(pid) if started and processes.started_at(int(pid)) == started else None


def reset(layout: Layout) -> None:
    """Stop, and forget accounts, keys and pictures; the environments and Chromium stay.

    Raises:
        Problem: When the running stack does not end.
    """
    stop(layout)
    tell("Removing the data")
    for folder in (layout.services, layout.objects, layout.tmp):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (layout.env, layout.api_id, layout.log):
        file.unlink(missing_ok=True)


def main() -> int:
    """Stop or reset; returns the exit status."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=["stop", "reset"])
    try:
        {"stop": stop, "reset": reset}[parser.parse_args().what](Layout())
    except Problem as problem:
        return give_up(problem)
    return 0


if __name__ == "__main__":
    sys.exit(main())

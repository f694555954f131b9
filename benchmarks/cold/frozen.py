"""Runs the `snap` function's handler on the jobs in $JOBS, and waits after each until it has been frozen and thawed."""

from __future__ import annotations

import json
import os
import time

import handler  # type: ignore[import-not-found]
from invoking import CONTEXT, told, waited_for  # type: ignore[import-not-found]

FROZEN_S = 0.5
"""A pause between two looks at the clock that nothing but freezing makes."""

PATIENCE_S = 30


def wait_for_thaw() -> None:
    """Return right after a freeze, as the next invocation comes; without any, after `PATIENCE_S`."""
    begun = last = time.monotonic()
    while last - begun < PATIENCE_S:
        time.sleep(0.002)
        before, last = last, time.monotonic()
        if last - before > FROZEN_S:
            return


for event in json.loads(os.environ["JOBS"]):
    report = handler.handler(waited_for(event), CONTEXT)
    print("RESULT", json.dumps(told(event, report)), flush=True)
    wait_for_thaw()
os._exit(0)

"""The `schedule` function: claims and queues what is due, every minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pagelapse.metrics import count_done
from pagelapse.observability import logger
from pagelapse.services import due_work

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_MARGIN_S = 5.0
"""Seconds kept for ending, out of the function's limit; what is left is the next tick's."""


def handle(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Do what is due; returns how often each thing was done.

    Raises:
        RuntimeError: When something failed, after everything else was done: it raises the function's alarm.
    """
    started = time.time()
    done = due_work().run(until=started + context.get_remaining_time_in_millis() / 1000 - _MARGIN_S)
    logger.info("tick", extra={"done": dict(done), "duration_ms": round((time.time() - started) * 1000)})
    count_done("DueWork", done)
    if done["failed"] or done["unread"]:
        raise RuntimeError(f"{done['failed']} things failed and {done['unread']} shards were not read.")
    return dict(done)

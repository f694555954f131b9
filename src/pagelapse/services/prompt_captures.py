"""Captures that are kept and may be waited for: orders that need no queue while a browser is free (docs/adr)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from pydantic import JsonValue, ValidationError

from pagelapse.accounts import Caller
from pagelapse.capture.jobs import CaptureJob, CaptureReport, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import CaptureError, CaptureTimeout
from pagelapse.observability import logger
from pagelapse.services.orders import Orders, Placed
from pagelapse.services.ports import SnapRunner

_SHORTEST_WAIT_S = 2.0
_REPLY_GRACE_S = 1.0


class Recorder(Protocol):
    """Records what became of orders."""

    def record(self, report: CaptureReport) -> bool | None:
        """See `services.order_recording.OrderRecorder.record`."""
        ...


class PromptCaptures:
    """Places orders and waits for them.

    Args:
        orders: The captures' records.
        recorder: Records what became of them.
        runner: Takes captures at once.
        most_wait_s: Seconds that a request may take.
    """

    def __init__(self, orders: Orders, recorder: Recorder, runner: SnapRunner, *, most_wait_s: float) -> None:
        self._orders = orders
        self._recorder = recorder
        self._runner = runner
        self._most_wait_s = most_wait_s

    def capture(
        self,
        caller: Caller,
        options: CaptureOptions,
        wishes: Mapping[str, JsonValue],
        *,
        max_age_s: int,
        wait_s: float,
        thumbnail: ThumbnailSize | None = None,
        webhook: str | None = None,
    ) -> Placed:
        """A capture as far as it has come within `wait_s` seconds; what takes longer goes on.

        Raises:
            UsageLimitExceeded, ServiceBusy, InvalidOption, ConnectorNotFound: As `Orders.place`.
        """
        until = time.time() + min(wait_s, self._most_wait_s)
        prompt = wait_s >= _SHORTEST_WAIT_S and options.connector is None
        # What only a new order brings: one that was asked for otherwise is not the caller's.
        own: dict[str, JsonValue] = {"thumbnail": thumbnail.label() if thumbnail else None, "webhook": webhook}
        placed = self._orders.place(
            caller,
            options,
            {**wishes, **own},
            alike=tuple(own),
            max_age_s=max_age_s,
            thumbnail=thumbnail,
            webhook=webhook,
            start=self._at_once(until) if prompt else None,
        )
        order = self._orders.get(caller.account.account_id, placed.order.number) if prompt else placed.order
        return Placed(self._orders.wait(order, until=until), placed.found)

    def _at_once(self, until: float) -> Callable[[CaptureJob], None]:
        """Takes a capture now; it waits for its turn in the queue when no browser is free."""

        def start(job: CaptureJob) -> None:
            waited_for = job.model_copy(update={"answer_by": until, "announce": False})
            try:
                reply = self._runner.run(waited_for, wait_s=until - time.time() + _REPLY_GRACE_S)
                self._recorder.record(CaptureReport.model_validate_json(reply))
            except CaptureTimeout:
                return
            except (CaptureError, ValidationError) as error:
                logger.warning("left to the queue", extra={"job_id": job.job_id, "why": type(error).__name__})
                self._orders.queue(job)

        return start

"""Queued captures: those that name a connector go to its queue, the others to `snap`'s."""

from __future__ import annotations

from pagelapse.capture.jobs import CaptureJob
from pagelapse.services.monitor_ports import Outbox


class RoutedOutbox:
    """Sends capture jobs to the queue of whoever does them; nobody else needs to know.

    Args:
        captures: `snap`'s queue.
        connectors: The connectors' queue.
    """

    def __init__(self, captures: Outbox, connectors: Outbox) -> None:
        self._captures = captures
        self._connectors = connectors

    def send(self, body: str) -> None:
        """Send one job, as JSON; raises like the queue."""
        queue = self._connectors if _names_a_connector(body) else self._captures
        queue.send(body)


def _names_a_connector(body: str) -> bool:
    # Most jobs don't, and reading one may mean reading 3 MB of HTML.
    return '"connector":"' in body and CaptureJob.model_validate_json(body).options.connector is not None

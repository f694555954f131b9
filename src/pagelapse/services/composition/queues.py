"""Where captures and webhooks wait."""

from __future__ import annotations

from functools import cache

from pagelapse.adapters.queues import Queue
from pagelapse.services.composition.connecting import connectors
from pagelapse.services.composition.snaps import locations
from pagelapse.services.configurations import Queues
from pagelapse.services.routing import RoutedOutbox
from pagelapse.settings import ServiceSettings, service_settings


def queues(settings: ServiceSettings) -> Queues:
    """The queues of captures, through agents or not, and of deletions."""
    captures = RoutedOutbox(Queue(settings.capture_queue_url), Queue(settings.connector_queue_url))
    return Queues(captures, Queue(settings.sweep_queue_url), locations(), connectors())


@cache
def notices() -> Queue:
    """Where webhooks wait for `notify`; raises like `services`."""
    return Queue(service_settings().notify_queue_url)

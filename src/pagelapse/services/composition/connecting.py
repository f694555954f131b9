"""Connectors' agents, their connections and captures."""

from __future__ import annotations

from functools import cache

from pagelapse.adapters.connections_api import ConnectionsApi
from pagelapse.adapters.connector_store import ConnectorTable
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.queues import Queue
from pagelapse.services.connector_queue import QueuedCaptures
from pagelapse.services.connector_reports import Reports
from pagelapse.services.connectors import Connectors
from pagelapse.services.dispatch import Dispatcher
from pagelapse.services.sessions import Sessions
from pagelapse.settings import ServiceSettings, service_settings


@cache
def connectors() -> Connectors:
    """The ways into private networks; raises like `services`."""
    settings = service_settings()
    return Connectors(ConnectorTable(settings.table_name), ConnectionsApi(settings.connections_url))


@cache
def sessions() -> Sessions:
    """The agents' connections; raises like `services`."""
    settings = service_settings()
    store, sockets = ConnectorTable(settings.table_name), ConnectionsApi(settings.connections_url)
    return Sessions(connectors(), store, sockets, _reports(settings))


@cache
def queued_captures() -> QueuedCaptures:
    """The queued captures through agents; raises like `services`."""
    settings = service_settings()
    return QueuedCaptures(ConnectorTable(settings.table_name), dispatcher(settings), _reports(settings))


@cache
def connector_queue() -> Queue:
    """Where those wait; raises like `services`."""
    return Queue(service_settings().connector_queue_url)


def dispatcher(settings: ServiceSettings) -> Dispatcher:
    """What gives agents their captures."""
    sockets = ConnectionsApi(settings.connections_url)
    return Dispatcher(ConnectorTable(settings.table_name), sockets, Bucket(settings.bucket_name))


def _reports(settings: ServiceSettings) -> Reports:
    bucket, results = Bucket(settings.bucket_name), Queue(settings.result_queue_url)
    return Reports(ConnectorTable(settings.table_name), bucket, results)

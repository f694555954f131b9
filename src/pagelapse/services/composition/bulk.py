"""Bulk jobs."""

from __future__ import annotations

from functools import cache

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.bulk_store import BulkTable
from pagelapse.adapters.http import HttpClient
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.queues import Queue
from pagelapse.services.bulk import BulkJobs
from pagelapse.services.bulk_ports import CaptureQueues
from pagelapse.services.bulk_recording import BulkRecorder
from pagelapse.services.bulk_work import BulkKeeper, BulkWorker
from pagelapse.services.composition.connecting import connectors
from pagelapse.services.sitemaps import Sitemaps
from pagelapse.settings import ServiceSettings, service_settings


@cache
def bulk_jobs() -> BulkJobs:
    """The bulk jobs; raises like `services`."""
    settings = service_settings()
    return BulkJobs(
        BulkTable(settings.table_name),
        Sitemaps(HttpClient(Allowance(settings.allow_hosts, settings.forbidden_endpoints))),
        Queue(settings.bulk_queue_url),
        Bucket(settings.bucket_name),
        connectors=connectors(),
        max_pages=settings.bulk_max_pages,
    )


@cache
def bulk_recorder() -> BulkRecorder:
    """What records the pages of bulk jobs; raises like `services`."""
    settings = service_settings()
    return BulkRecorder(BulkTable(settings.table_name), Queue(settings.bulk_queue_url))


@cache
def bulk_worker() -> BulkWorker:
    """What queues and packs bulk jobs; raises like `services`."""
    settings = service_settings()
    bucket = Bucket(settings.bucket_name)
    return BulkWorker(BulkTable(settings.table_name), bulk_recorder(), _capture_queues(settings), bucket)


@cache
def bulk_keeper() -> BulkKeeper:
    """What looks after bulk jobs; raises like `services`."""
    settings = service_settings()
    tasks = Queue(settings.bulk_queue_url)
    return BulkKeeper(BulkTable(settings.table_name), _capture_queues(settings), tasks)


def _capture_queues(settings: ServiceSettings) -> CaptureQueues:
    return CaptureQueues(Queue(settings.capture_queue_url), Queue(settings.connector_queue_url))

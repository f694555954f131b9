"""The composition root: builds the application's services from its settings, once per process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.bedrock import Bedrock
from pagelapse.adapters.bulk_store import BulkTable
from pagelapse.adapters.capture_store import CaptureTable
from pagelapse.adapters.chat_completions import ChatCompletions
from pagelapse.adapters.comparison_store import ComparisonTable
from pagelapse.adapters.configuration_store import ConfigurationTable
from pagelapse.adapters.connections_api import ConnectionsApi
from pagelapse.adapters.connector_store import ConnectorTable
from pagelapse.adapters.definition_store import DefinitionTable
from pagelapse.adapters.deletion_store import DeletionTable
from pagelapse.adapters.due_index import DueTable
from pagelapse.adapters.foreign_buckets import ForeignBuckets
from pagelapse.adapters.http import HttpClient
from pagelapse.adapters.idempotency_store import IdempotencyTable
from pagelapse.adapters.job_analysis import JobAnalysisTable
from pagelapse.adapters.job_store import JobTable
from pagelapse.adapters.listing_store import ListingTable
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.order_store import OrderTable
from pagelapse.adapters.queues import Queue
from pagelapse.adapters.rate_window_store import RateWindowTable
from pagelapse.adapters.secrets import Secret
from pagelapse.adapters.snap_function import SnapFunction
from pagelapse.adapters.usage_store import UsageTable
from pagelapse.services.analysis import Analyses, ImageModel
from pagelapse.services.bulk import BulkJobs
from pagelapse.services.bulk_ports import CaptureQueues
from pagelapse.services.bulk_recording import BulkRecorder
from pagelapse.services.bulk_work import BulkKeeper, BulkWorker
from pagelapse.services.comparisons import Comparisons
from pagelapse.services.configurations import Configurations, Queues
from pagelapse.services.connector_queue import QueuedCaptures
from pagelapse.services.connector_reports import Reports
from pagelapse.services.connector_runs import ConnectorRunner, RoutedRunner
from pagelapse.services.connectors import Connectors
from pagelapse.services.definitions import Definitions
from pagelapse.services.dispatch import Dispatcher
from pagelapse.services.due_work import DueWork
from pagelapse.services.exports import Exports
from pagelapse.services.idempotency import Idempotency
from pagelapse.services.job_analysis import JobAnalyst
from pagelapse.services.job_recording import JobRecorder
from pagelapse.services.locations import Locations, parse_pool
from pagelapse.services.order_notices import OrderNotices
from pagelapse.services.order_pictures import OrderPictures
from pagelapse.services.order_recording import OrderRecorder
from pagelapse.services.orders import Orders
from pagelapse.services.prompt_captures import PromptCaptures
from pagelapse.services.rate_windows import RateWindows
from pagelapse.services.routing import RoutedOutbox
from pagelapse.services.self_service import SelfService
from pagelapse.services.sessions import Sessions
from pagelapse.services.sitemaps import Sitemaps
from pagelapse.services.snaps import Snaps
from pagelapse.services.sweeping import Sweeper
from pagelapse.settings import ServiceSettings, service_settings

if TYPE_CHECKING:
    from pagelapse.services.comparing import Comparer


@dataclass(frozen=True, slots=True)
class Services:
    """What the dialects work with."""

    accounts: Accounts
    snaps: Snaps


@cache
def services() -> Services:
    """The `api` function's services.

    Raises:
        pydantic.ValidationError: When a required setting is missing; the message names it.
    """
    settings = service_settings()
    snaps = Snaps(
        captures(),
        RoutedRunner(SnapFunction(settings.snap_function), _connector_runner(settings)),
        Bucket(settings.bucket_name),
        pictures_url=settings.pictures_url,
        wait_s=settings.wait_seconds,
        locations=locations(),
        connectors=connectors(),
    )
    return Services(accounts(), snaps)


@cache
def locations() -> Locations:
    """The pool of real locations; raises like `services`, and `ValueError` when the pool is malformed."""
    settings = service_settings()
    monthly_bytes = settings.location_monthly_bytes
    text = settings.locations.get_secret_value()
    if text or not settings.locations_secret_arn:
        return Locations(parse_pool(text), monthly_bytes=monthly_bytes)
    secret = Secret(settings.locations_secret_arn)
    return Locations(parse_pool(secret()), monthly_bytes=monthly_bytes, current=secret)


@cache
def analyses() -> Analyses:
    """The AI analysis, whose model is chosen by the settings; raises like `services`."""
    settings = service_settings()
    return Analyses(
        _image_model(settings),
        UsageTable(settings.table_name),
        HttpClient(Allowance(settings.allow_hosts, settings.forbidden_endpoints)),
        Bucket(settings.bucket_name),
        pictures_url=settings.pictures_url,
        limit=settings.ai_monthly_limit,
        wait_s=settings.wait_seconds,
        memory=captures(),
    )


def _image_model(settings: ServiceSettings) -> ImageModel | None:
    if settings.ai_provider == "openai":
        key: str | Secret = settings.ai_key.get_secret_value()
        if not key and settings.ai_key_secret_arn:
            key = Secret(settings.ai_key_secret_arn)
        return ChatCompletions(settings.ai_url, settings.ai_model, key)
    return Bedrock(settings.ai_model) if settings.ai_provider == "bedrock" else None


@cache
def exports() -> Exports:
    """What copies pictures into callers' own buckets; raises like `services`."""
    settings = service_settings()
    return Exports(Bucket(settings.bucket_name), ForeignBuckets(settings.export_role_arn))


@cache
def accounts() -> Accounts:
    """The accounts, for which only the table's name must be set; raises like `services`."""
    table_name = service_settings().table_name
    return Accounts(AccountTable(table_name), RateWindowTable(table_name))


@cache
def rate_windows() -> RateWindows:
    """Limits of requests per endpoint; raises like `services`."""
    settings = service_settings()
    return RateWindows(RateWindowTable(settings.table_name), factor=settings.rate_factor)


@cache
def self_service() -> SelfService:
    """What accounts may do for themselves; raises like `services`."""
    settings = service_settings()
    return SelfService(AccountTable(settings.table_name), registration=settings.open_registration)


@cache
def captures() -> CaptureTable:
    """The captures' records, for which only the table's name must be set; raises like `services`."""
    return CaptureTable(service_settings().table_name, picture_days=service_settings().picture_days)


@cache
def configurations() -> Configurations:
    """The stored configurations; raises like `services`."""
    settings = service_settings()
    return Configurations(
        ConfigurationTable(settings.table_name),
        _jobs(settings),
        ListingTable(settings.table_name),
        _queues(settings),
        pictures_url=settings.pictures_url,
        public_url=settings.public_url,
    )


@cache
def job_recorder() -> JobRecorder:
    """What records the configurations' captures; raises like `services`."""
    settings = service_settings()
    notices, sweeps = Queue(settings.notify_queue_url), Queue(settings.sweep_queue_url)
    analyses_wanted = Queue(settings.analysis_queue_url)
    compare = Queue(settings.compare_queue_url)
    return JobRecorder(
        ConfigurationTable(settings.table_name), _jobs(settings), notices, sweeps, analyses_wanted, compare
    )


@cache
def job_analyst() -> JobAnalyst:
    """What has configurations' pictures analysed; raises like `services`."""
    settings = service_settings()
    table = JobAnalysisTable(settings.table_name)
    return JobAnalyst(table, analyses(), Queue(settings.analysis_queue_url), limit=settings.ai_monthly_limit)


@cache
def due_work() -> DueWork:
    """The minute tick; raises like `services`."""
    settings = service_settings()
    return DueWork(
        DueTable(settings.table_name),
        ConfigurationTable(settings.table_name),
        _jobs(settings),
        AccountTable(settings.table_name),
        _queues(settings),
        orders(),
        bulk=bulk_keeper(),
        captures=captures(),
    )


@cache
def notices() -> Queue:
    """Where webhooks wait for `notify`; raises like `services`."""
    return Queue(service_settings().notify_queue_url)


@cache
def sweeper() -> Sweeper:
    """What removes deleted pictures; raises like `services`."""
    settings = service_settings()
    return Sweeper(
        ConfigurationTable(settings.table_name),
        DeletionTable(settings.table_name),
        Bucket(settings.bucket_name),
        Queue(settings.sweep_queue_url),
    )


@cache
def orders() -> Orders:
    """The captures ordered for later; raises like `services`."""
    settings = service_settings()
    return Orders(_order_table(settings), _queues(settings), tell=order_notices().tell)


@cache
def order_pictures() -> OrderPictures:
    """The pictures of orders; raises like `services`."""
    settings = service_settings()
    return OrderPictures(
        _order_table(settings),
        SnapFunction(settings.snap_function),
        Bucket(settings.bucket_name),
        Queue(settings.sweep_queue_url),
        pictures_url=settings.pictures_url,
        public_url=settings.public_url,
    )


@cache
def order_recorder() -> OrderRecorder:
    """What records the orders' captures; raises like `services`."""
    settings = service_settings()
    return OrderRecorder(
        _order_table(settings),
        AccountTable(settings.table_name),
        exports(),
        order_notices().tell,
    )


@cache
def order_notices() -> OrderNotices:
    """What tells the orders' webhooks; raises like `services`."""
    settings = service_settings()
    return OrderNotices(notices(), lambda file: f"{settings.pictures_url}/{file.key}")


@cache
def prompt_captures() -> PromptCaptures:
    """Captures that are kept and that somebody may wait for; raises like `services`."""
    settings = service_settings()
    return PromptCaptures(
        orders(), order_recorder(), SnapFunction(settings.snap_function), most_wait_s=settings.wait_seconds
    )


@cache
def idempotency() -> Idempotency:
    """What makes repeated requests harmless; raises like `services`."""
    return Idempotency(IdempotencyTable(service_settings().table_name))


@cache
def definitions() -> Definitions:
    """What accounts define for themselves; raises like `services`."""
    return Definitions(DefinitionTable(service_settings().table_name))


@cache
def http_client() -> HttpClient:
    """Fetches what callers name, under the egress rule; raises like `services`."""
    settings = service_settings()
    return HttpClient(Allowance(settings.allow_hosts, settings.forbidden_endpoints))


def _order_table(settings: ServiceSettings) -> OrderTable:
    return OrderTable(settings.table_name, picture_days=settings.picture_days)


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
    return QueuedCaptures(ConnectorTable(settings.table_name), _dispatcher(settings), _reports(settings))


@cache
def connector_queue() -> Queue:
    """Where those wait; raises like `services`."""
    return Queue(service_settings().connector_queue_url)


def _connector_runner(settings: ServiceSettings) -> ConnectorRunner:
    store, sockets = ConnectorTable(settings.table_name), ConnectionsApi(settings.connections_url)
    return ConnectorRunner(connectors(), _dispatcher(settings), store, sockets)


def _dispatcher(settings: ServiceSettings) -> Dispatcher:
    sockets = ConnectionsApi(settings.connections_url)
    return Dispatcher(ConnectorTable(settings.table_name), sockets, Bucket(settings.bucket_name))


def _reports(settings: ServiceSettings) -> Reports:
    bucket, results = Bucket(settings.bucket_name), Queue(settings.result_queue_url)
    return Reports(ConnectorTable(settings.table_name), bucket, results)


@cache
def comparisons() -> Comparisons:
    """What is known of changes between pictures, and comparisons on demand; raises like `services`."""
    settings = service_settings()
    return Comparisons(
        configurations(),
        ListingTable(settings.table_name),
        _comparison_table(settings),
        SnapFunction(settings.snap_function),
        Bucket(settings.bucket_name),
        pictures_url=settings.pictures_url,
    )


@cache
def comparer() -> Comparer:
    """What compares configurations' pictures; raises like `services`."""
    from pagelapse.services.comparing import Comparer  # only the `compare` function has the code for pictures

    settings = service_settings()
    return Comparer(
        _comparison_table(settings),
        ConfigurationTable(settings.table_name),
        Bucket(settings.bucket_name),
        Queue(settings.notify_queue_url),
        pictures_url=settings.pictures_url,
    )


def _comparison_table(settings: ServiceSettings) -> ComparisonTable:
    return ComparisonTable(settings.table_name, picture_days=settings.picture_days)


def _jobs(settings: ServiceSettings) -> JobTable:
    return JobTable(settings.table_name, picture_days=settings.picture_days)


def _queues(settings: ServiceSettings) -> Queues:
    captures = RoutedOutbox(Queue(settings.capture_queue_url), Queue(settings.connector_queue_url))
    return Queues(captures, Queue(settings.sweep_queue_url), locations(), connectors())

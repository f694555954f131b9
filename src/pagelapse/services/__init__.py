"""The composition root: builds the application's services from its settings, once per process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.bedrock import Bedrock
from pagelapse.adapters.capture_store import CaptureTable
from pagelapse.adapters.chat_completions import ChatCompletions
from pagelapse.adapters.configuration_store import ConfigurationTable
from pagelapse.adapters.deletion_store import DeletionTable
from pagelapse.adapters.due_index import DueTable
from pagelapse.adapters.foreign_buckets import ForeignBuckets
from pagelapse.adapters.http import HttpClient
from pagelapse.adapters.job_analysis import JobAnalysisTable
from pagelapse.adapters.job_store import JobTable
from pagelapse.adapters.listing_store import ListingTable
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.queues import Queue
from pagelapse.adapters.rate_window_store import RateWindowTable
from pagelapse.adapters.secrets import Secret
from pagelapse.adapters.snap_function import SnapFunction
from pagelapse.adapters.usage_store import UsageTable
from pagelapse.services.analysis import Analyses, ImageModel
from pagelapse.services.configurations import Configurations, Queues
from pagelapse.services.due_work import DueWork
from pagelapse.services.exports import Exports
from pagelapse.services.job_analysis import JobAnalyst
from pagelapse.services.job_recording import JobRecorder
from pagelapse.services.locations import Locations, parse_pool
from pagelapse.services.rate_windows import RateWindows
from pagelapse.services.self_service import SelfService
from pagelapse.services.snaps import Snaps
from pagelapse.services.sweeping import Sweeper
from pagelapse.settings import ServiceSettings, service_settings


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
        SnapFunction(settings.snap_function),
        Bucket(settings.bucket_name),
        pictures_url=settings.pictures_url,
        wait_s=settings.wait_seconds,
        locations=locations(),
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
    return JobRecorder(ConfigurationTable(settings.table_name), _jobs(settings), notices, sweeps, analyses_wanted)


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


def _jobs(settings: ServiceSettings) -> JobTable:
    return JobTable(settings.table_name, picture_days=settings.picture_days)


def _queues(settings: ServiceSettings) -> Queues:
    return Queues(Queue(settings.capture_queue_url), Queue(settings.sweep_queue_url), locations())

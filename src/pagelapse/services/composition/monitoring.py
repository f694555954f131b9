"""Stored configurations, their schedules, comparisons and deletion."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.comparison_store import ComparisonTable
from pagelapse.adapters.configuration_store import ConfigurationTable
from pagelapse.adapters.deletion_store import DeletionTable
from pagelapse.adapters.due_index import DueTable
from pagelapse.adapters.job_analysis import JobAnalysisTable
from pagelapse.adapters.job_store import JobTable
from pagelapse.adapters.listing_store import ListingTable
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.queues import Queue
from pagelapse.adapters.snap_function import SnapFunction
from pagelapse.services.comparisons import Comparisons
from pagelapse.services.composition.bulk import bulk_keeper
from pagelapse.services.composition.ordering import orders
from pagelapse.services.composition.queues import queues
from pagelapse.services.composition.snaps import analyses, captures
from pagelapse.services.configurations import Configurations
from pagelapse.services.due_work import DueWork
from pagelapse.services.job_analysis import JobAnalyst
from pagelapse.services.job_recording import JobRecorder
from pagelapse.services.sweeping import Sweeper
from pagelapse.settings import ServiceSettings, service_settings

if TYPE_CHECKING:
    from pagelapse.services.comparing import Comparer


@cache
def configurations() -> Configurations:
    """The stored configurations; raises like `services`."""
    settings = service_settings()
    return Configurations(
        ConfigurationTable(settings.table_name),
        _jobs(settings),
        ListingTable(settings.table_name),
        queues(settings),
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
        queues(settings),
        orders(),
        bulk=bulk_keeper(),
        captures=captures(),
    )


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

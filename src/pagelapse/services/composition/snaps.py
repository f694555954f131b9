"""Captures that somebody waits for, and what they need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pagelapse.accounts import Accounts
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.bedrock import Bedrock
from pagelapse.adapters.capture_store import CaptureTable
from pagelapse.adapters.chat_completions import ChatCompletions
from pagelapse.adapters.connections_api import ConnectionsApi
from pagelapse.adapters.connector_store import ConnectorTable
from pagelapse.adapters.foreign_buckets import ForeignBuckets
from pagelapse.adapters.http import HttpClient
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.secrets import Secret
from pagelapse.adapters.snap_function import SnapFunction
from pagelapse.adapters.usage_store import UsageTable
from pagelapse.services.analysis import Analyses, ImageModel
from pagelapse.services.composition.accounts import accounts
from pagelapse.services.composition.connecting import connectors, dispatcher
from pagelapse.services.connector_runs import ConnectorRunner, RoutedRunner
from pagelapse.services.exports import Exports
from pagelapse.services.locations import Locations, parse_pool
from pagelapse.services.snaps import Snaps
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
def captures() -> CaptureTable:
    """The captures' records, for which only the table's name must be set; raises like `services`."""
    return CaptureTable(service_settings().table_name, picture_days=service_settings().picture_days)


@cache
def http_client() -> HttpClient:
    """Fetches what callers name, under the egress rule; raises like `services`."""
    settings = service_settings()
    return HttpClient(Allowance(settings.allow_hosts, settings.forbidden_endpoints))


def _connector_runner(settings: ServiceSettings) -> ConnectorRunner:
    store, sockets = ConnectorTable(settings.table_name), ConnectionsApi(settings.connections_url)
    return ConnectorRunner(connectors(), dispatcher(settings), store, sockets)

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
from pagelapse.adapters.http import HttpClient
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.secrets import read_secret
from pagelapse.adapters.snap_function import SnapFunction
from pagelapse.adapters.usage_store import UsageTable
from pagelapse.services.analysis import Analyses, ImageModel
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
        SnapFunction(settings.snap_function),
        Bucket(settings.bucket_name),
        pictures_url=settings.pictures_url,
        wait_s=settings.wait_seconds,
    )
    return Services(accounts(), snaps)


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
    )


def _image_model(settings: ServiceSettings) -> ImageModel | None:
    if settings.ai_provider == "openai":
        key = settings.ai_key.get_secret_value()
        if not key and settings.ai_key_secret_arn:
            key = read_secret(settings.ai_key_secret_arn)
        return ChatCompletions(settings.ai_url, settings.ai_model, key)
    return Bedrock(settings.ai_model) if settings.ai_provider == "bedrock" else None


@cache
def accounts() -> Accounts:
    """The accounts, for which only the table's name must be set; raises like `services`."""
    return Accounts(AccountTable(service_settings().table_name))


@cache
def captures() -> CaptureTable:
    """The captures' records, for which only the table's name must be set; raises like `services`."""
    return CaptureTable(service_settings().table_name)

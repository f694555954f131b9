"""The composition root: builds the application's services from its settings, once per process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.capture_store import CaptureTable
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.snap_function import SnapFunction
from pagelapse.services.snaps import Snaps
from pagelapse.settings import service_settings


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
def accounts() -> Accounts:
    """The accounts, for which only the table's name must be set; raises like `services`."""
    return Accounts(AccountTable(service_settings().table_name))


@cache
def captures() -> CaptureTable:
    """The captures' records, for which only the table's name must be set; raises like `services`."""
    return CaptureTable(service_settings().table_name)

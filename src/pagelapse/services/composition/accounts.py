"""Accounts, and what they may do and define."""

from __future__ import annotations

from functools import cache

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.definition_store import DefinitionTable
from pagelapse.adapters.idempotency_store import IdempotencyTable
from pagelapse.adapters.rate_window_store import RateWindowTable
from pagelapse.adapters.sign_in_store import SignInTable
from pagelapse.adapters.usage_store import UsageTable
from pagelapse.services.definitions import Definitions
from pagelapse.services.idempotency import Idempotency
from pagelapse.services.rate_windows import RateWindows
from pagelapse.services.self_service import SelfService
from pagelapse.services.sign_in import SignIns
from pagelapse.settings import service_settings


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
def sign_ins() -> SignIns:
    """The browsers that people are signed in with; raises like `services`."""
    return SignIns(SignInTable(service_settings().table_name), accounts(), rate_windows())


@cache
def usage_table() -> UsageTable:
    """What accounts used, day by day; raises like `services`."""
    return UsageTable(service_settings().table_name)


@cache
def idempotency() -> Idempotency:
    """What makes repeated requests harmless; raises like `services`."""
    return Idempotency(IdempotencyTable(service_settings().table_name))


@cache
def definitions() -> Definitions:
    """What accounts define for themselves; raises like `services`."""
    return Definitions(DefinitionTable(service_settings().table_name))

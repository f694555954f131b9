from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import pytest

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.stack import Stack

BASE = "/pagelapse/v1"
Json = dict[str, Any]
_T = TypeVar("_T")


@dataclass
class Api:
    """The deployed API of our own, as one account's client."""

    http: httpx.Client
    account: NewAccount
    accounts: Accounts

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.http.get(f"{BASE}{path}", params=parameters)

    def post(self, path: str, body: Json, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(f"{BASE}{path}", json=body, headers=named)

    def ended(self, path: str) -> Json:
        """The resource once it is done or has failed."""

        def look() -> Json | None:
            now: Json = self.get(path).raise_for_status().json()
            return now if now["status"] in ("done", "failed") else None

        return until(look)

    def used(self) -> int:
        """This month's counted captures."""
        return self.accounts.identify(self.account.private_key).usage


def until(found: Callable[[], _T | None], within_s: float = 90) -> _T:
    """What `found` returns once it is something."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="session")
def native_accounts(stack: Stack) -> Iterator[Accounts]:
    """The deployed accounts, as the operator's command line reaches them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def api(stack: Stack, native_accounts: Accounts) -> Iterator[Api]:
    """The API, for a new account."""
    account = native_accounts.create_account(f"native {time.time()}")
    headers = {"Authorization": f"Bearer {account.private_key}"}
    with httpx.Client(base_url=stack.url, timeout=60, headers=headers) as http:
        yield Api(http, account, native_accounts)

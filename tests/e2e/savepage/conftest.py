from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.stack import Stack
from pagelapse.records import Limits


@dataclass
class Api:
    """The deployed SavePage API, as one account's client."""

    http: httpx.Client
    accounts: Accounts
    account: NewAccount

    def get(self, url: str, *, headers: dict[str, str] | None = None, **parameters: object) -> httpx.Response:
        """`GET /v1/` with the private key."""
        given: dict[str, Any] = {"key": self.account.private_key, "q": url, **parameters}
        return self.http.get("/v1/", params=given, headers=headers or {})

    def post(self, url: str, **parameters: object) -> httpx.Response:
        """The same as a form, as `curl --data` sends it."""
        return self.http.post("/v1/", data={"key": self.account.private_key, "q": url, **parameters})

    def change(self, limits: Limits) -> None:
        """What the operator's `pagelapse account limits` does."""
        self.accounts.change_limits(self.account.account.account_id, limits)

    def used(self) -> int:
        """This month's counted captures."""
        return self.accounts.identify(self.account.private_key).usage


@pytest.fixture(scope="session")
def accounts(stack: Stack) -> Iterator[Accounts]:
    """The deployed accounts, as the operator's command line reaches them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def api(stack: Stack, accounts: Accounts) -> Iterator[Api]:
    """The API, for a new account."""
    with httpx.Client(base_url=stack.url, timeout=40) as http:
        yield Api(http, accounts, accounts.create_account(f"test {time.time()}"))

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

KEYS = {"status", "message", "screenshotImage", "screenshot", "url", "width", "height"}


@dataclass
class Api:
    """The deployed GetScreenshot API, as one account's client."""

    http: httpx.Client
    accounts: Accounts
    account: NewAccount

    def get(self, url: str, **parameters: object) -> httpx.Response:
        """`GET /v1/get-screenshot` with the private key, and without the vendor's default wait."""
        given: dict[str, Any] = {"apikey": self.account.private_key, "url": url, "timewait": 0, **parameters}
        return self.http.get("/v1/get-screenshot", params=given)

    def answer(self, url: str, **parameters: object) -> dict[str, Any]:
        """The same, which must work."""
        response = self.get(url, **parameters)
        assert response.status_code == 200, response.text[:500]
        answer: dict[str, Any] = response.json()
        return answer

    def picture(self, url: str, **parameters: object) -> bytes:
        """The picture that the answer links to, fetched as anybody can."""
        fetched = httpx.get(self.answer(url, **parameters)["screenshotImage"], timeout=30)
        assert fetched.status_code == 200
        return fetched.content

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

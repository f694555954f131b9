from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.stack import Stack

PATH = "/api/v1/screenshot"
CREDITS = 100


@dataclass
class Api:
    """The deployed Pixcap API, as one account's client; its key goes in the header, as the vendor recommends."""

    http: httpx.Client
    account: NewAccount

    @property
    def key(self) -> dict[str, str]:
        """The header with the key."""
        return {"X-API-Key": self.account.private_key}

    def get(self, url: str, **parameters: object) -> httpx.Response:
        """`GET /screenshot`."""
        given: dict[str, Any] = {"url": url, **parameters}
        return self.http.get(PATH, params=given, headers=self.key)

    def picture(self, url: str, **parameters: object) -> bytes:
        """The same, which must work."""
        response = self.get(url, **parameters)
        assert response.status_code == 200, response.text[:500]
        return response.content

    def post(self, url: str, **parameters: object) -> httpx.Response:
        """`POST /screenshot` with JSON."""
        return self.http.post(PATH, json={"url": url, **parameters}, headers=self.key)

    def credits(self, url: str) -> int:
        """What a capture of the page leaves."""
        return int(self.get(url).raise_for_status().headers["X-Credits-Remaining"])


def until(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="session")
def pixcap_accounts(stack: Stack) -> Iterator[Accounts]:
    """The deployed accounts, as the operator's command line reaches them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def api_with(stack: Stack, pixcap_accounts: Accounts) -> Iterator[Callable[[int], Api]]:
    """The API, for new accounts with so many credits."""
    with httpx.Client(base_url=stack.url, timeout=40) as http:

        def make(screenshots: int) -> Api:
            return Api(http, pixcap_accounts.create_account(f"pixcap {time.time()}", screenshot_limit=screenshots))

        yield make


@pytest.fixture
def api(api_with: Callable[[int], Api]) -> Api:
    """The API, for a new account with 100 credits."""
    return api_with(CREDITS)

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

_T = TypeVar("_T")
Json = dict[str, Any]


@dataclass
class Api:
    """The deployed Browshot API, as one account's client."""

    http: httpx.Client
    accounts: Accounts
    account: NewAccount

    def get(self, path: str, **parameters: object) -> httpx.Response:
        """GET with the key."""
        given: dict[str, Any] = {"key": self.account.private_key, **parameters}
        return self.http.get(path, params=given)

    def json(self, path: str, **parameters: object) -> Json:
        """The JSON of a valid request."""
        response = self.get(f"/api/v1/{path}", **parameters)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def create(self, url: str, **parameters: object) -> Json:
        """`screenshot/create` without the vendor's default delay, unless asked for."""
        return self.json("screenshot/create", url=url, **{"delay": 0, **parameters})

    def ended(self, number: str, **parameters: object) -> Json:
        """The details of a screenshot that is not in progress any more."""

        def answer() -> Json | None:
            got = self.json("screenshot/info", id=number, **parameters)
            return None if got["status"] in ("in_queue", "processing") else got

        return until(answer)

    def taken(self, url: str, **parameters: object) -> Json:
        """The details of a new screenshot, which must have worked."""
        info = self.ended(self.create(url, **parameters)["id"])
        assert info["status"] == "finished", info
        return info

    def used(self) -> int:
        """This month's counted captures."""
        return self.accounts.identify(self.account.private_key).usage


def until(found: Callable[[], _T | None], *, within_s: float = 90) -> _T:
    """What `found` returns once it is not `None`."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = found()
        if value is not None:
            return value
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


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
    with httpx.Client(base_url=stack.url, timeout=60) as http:
        yield Api(http, accounts, accounts.create_account(f"browshot {time.time()}"))


@pytest.fixture(scope="session")
def shared_account(accounts: Accounts) -> NewAccount:
    """One account for the tests that share a screenshot."""
    return accounts.create_account("browshot")

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


@dataclass
class Api:
    """The deployed PagePixels API, as one account's client."""

    http: httpx.Client
    accounts: Accounts
    account: NewAccount

    def snap(self, url: str, **parameters: object) -> httpx.Response:
        """`GET /snap` without the vendor's default wait, unless asked for."""
        return self.get("/snap", url=url, **parameters)

    def picture(self, url: str, **parameters: object) -> bytes:
        """The same as PNG, which must work."""
        response = self.snap(url, **{"image_format": "png", **parameters})
        assert response.status_code == 200, response.text[:500]
        return response.content

    def html(self, content: str, **parameters: object) -> httpx.Response:
        """`GET /snap_html`, likewise."""
        return self.get("/snap_html", html_content=content, **parameters)

    def get(self, path: str, **parameters: object) -> httpx.Response:
        """GET with the private key, and without the vendor's default wait."""
        given: dict[str, Any] = {"access_token": self.account.private_key, "wait": 0, **parameters}
        return self.http.get(path, params=given)

    def post(self, path: str, body: dict[str, object], **arguments: Any) -> httpx.Response:
        """POST of a JSON body with the key in the header, as the vendor's clients do."""
        headers = {"Authorization": f"Bearer {self.account.private_key}"}
        return self.http.post(path, json={"wait": 0, **body}, headers=headers, **arguments)

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

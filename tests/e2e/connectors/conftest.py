from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.e2e.connectors.agents import AgentProcess, agent, wait_until
from tests.site.server import Site, serving

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.connector_store import ConnectorTable
from pagelapse.local.stack import Stack

CONNECTORS = "/api/v1/connectors"


@dataclass
class Office:
    """An account with a connector, and where its agents run."""

    stack: Stack
    http: httpx.Client
    account: NewAccount
    connector_id: str
    token: str
    chromium: Path
    logs: Path

    def agent(self, name: str, token: str | None = None, **environment: str) -> AbstractContextManager[AgentProcess]:
        """An agent; its log is called `name`."""
        url = self.stack.connector_url
        return agent(url, token or self.token, self.chromium, self.logs / f"{name}.log", **environment)

    def get(self, url: str, **parameters: object) -> httpx.Response:
        """`GET /screenshot` through the connector."""
        given: dict[str, Any] = {"url": url, "connector_id": self.connector_id, **parameters}
        return self.http.get("/api/v1/screenshot", params=given)

    def pagepixels(self, path: str, **body: object) -> httpx.Response:
        """POST to PagePixels' API with the same account."""
        return self.http.post(path, json=body, headers={"Authorization": f"Bearer {self.account.private_key}"})

    def screenshot(self, job_id: str) -> bytes:
        """The picture of a configuration's job, once it is there."""
        headers = {"Authorization": f"Bearer {self.account.private_key}"}
        deadline = time.monotonic() + 90
        while (answer := self.http.get(f"/jobs/{job_id}", headers=headers)).status_code != 200:
            assert answer.json()["error_code"] == "screenshot_capturing_in_progress", answer.text
            assert time.monotonic() < deadline
            time.sleep(0.5)
        return httpx.get(answer.json()["screenshot"]["direct_link"]).content

    def status(self) -> str:
        """Online or offline, as the list says."""
        (found,) = self.http.get(CONNECTORS).json()["data"]["connectors"]
        return str(found["status"])

    def wait_for(self, status: str) -> None:
        """Wait until it is online, or offline; by the table, since the API counts requests."""
        table = ConnectorTable(self.stack.outputs["TableName"])

        def is_so() -> bool:
            found = table.find(self.account.account.account_id, self.connector_id)
            online = found is not None and found.is_online(time.time())
            return online is (status == "online")

        wait_until(is_so, f"the connector does not become {status}")

    def used(self) -> int:
        """This month's counted captures."""
        accounts = Accounts(AccountTable(self.stack.outputs["TableName"]))
        return accounts.identify(self.account.private_key).usage


@pytest.fixture(scope="session")
def deployed_accounts(stack: Stack) -> Iterator[Accounts]:
    """The deployed accounts, as the operator's command line reaches them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture(scope="module")
def intranet() -> Iterator[Site]:
    """A web server on an address that the deployment refuses to capture."""
    with serving("127.0.0.2") as site:
        yield site


@pytest.fixture(scope="module")
def office(
    stack: Stack, deployed_accounts: Accounts, chromium_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """A new account with a connector whose agent does not run yet."""
    account = deployed_accounts.create_account(f"office {time.time()}")
    with httpx.Client(base_url=stack.url, timeout=60, headers={"X-API-Key": account.private_key}) as http:
        made = http.post(CONNECTORS, json={"name": "Office Network"}).raise_for_status().json()["data"]
        logs = tmp_path_factory.mktemp("agents")
        yield Office(stack, http, account, made["id"], made["token"], chromium_path, logs)

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from tests.e2e.pagepixels.conftest import Api

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.stack import Stack


@pytest.fixture
def accounts(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """The deployed accounts, as the operator's command line reaches them."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    return Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def api(stack: Stack, accounts: Accounts) -> Iterator[Api]:
    """PagePixels' API, for a new account."""
    with httpx.Client(base_url=stack.url, timeout=40) as http:
        yield Api(http, accounts, accounts.create_account(f"oncall {time.time()}"))


class Logs:
    """What the deployed functions have logged."""

    def __init__(self, stack: Stack) -> None:
        self._client = boto3.client("logs", **stack.client_options)

    def lines(self, correlation_id: str) -> dict[str, list[dict[str, Any]]]:
        """The lines of JSON that carry an id, by function."""
        groups = [group["logGroupName"] for group in self._client.describe_log_groups()["logGroups"]]
        found = {_function(group): self._matching(group, correlation_id) for group in groups}
        return {function: lines for function, lines in found.items() if lines}

    def _matching(self, group: str, correlation_id: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("filter_log_events").paginate(logGroupName=group)
        texts = [event["message"].strip() for page in pages for event in page["events"]]
        lines = [json.loads(text) for text in texts if text.startswith("{") and correlation_id in text]
        return [line for line in lines if line.get("correlation_id") == correlation_id]


def _function(group: str) -> str:
    return group.rpartition("/")[2].removesuffix("Log").lower()


@pytest.fixture
def logs(stack: Stack) -> Logs:
    """The stack's logs."""
    return Logs(stack)

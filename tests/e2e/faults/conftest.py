from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import boto3
import httpx
import pytest
from tests.e2e.trust.conftest import VENDORS
from tests.e2e.workers import Worker
from tests.faults.ledger import FAULT, fault_row
from tests.faults.proxy import FaultProxy, Rule

from pagelapse.local import processes
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

T = TypeVar("T")
FUNCTIONS = ("analyse", "api", "bulk", "connector", "notify", "results", "schedule", "snap", "sweep")
SOON_S = 6
"""After which a message comes again that a killed worker had: longer than a batch takes on a busy machine."""


@dataclass
class Broken:
    """A stack whose functions reach AWS through the proxy, as one new account's client."""

    stack: Stack
    proxy: FaultProxy
    http: httpx.Client
    key: str
    workers: dict[str, Worker] = field(default_factory=dict)

    @property
    def account_id(self) -> str:
        """The key's text holds it."""
        return self.key.split("_")[1]

    def capture(self, vendor: str, page: str, **parameters: str) -> httpx.Response:
        """One request of a vendor's for a page."""
        return VENDORS[vendor].capture(self.http, self.key, page, **parameters)

    def used(self) -> int:
        """This month's counted captures."""
        answer = self.http.get("/v1/usage", params={"apikey": self.key}).raise_for_status()
        return int(answer.json()["usedQuota"])

    def order(self, page: str, **parameters: object) -> int:
        """The number of a new order of Browshot's."""
        given: dict[str, Any] = {"key": self.key, "url": page, "delay": 0, **parameters}
        return int(self.http.get("/api/v1/screenshot/create", params=given).raise_for_status().json()["id"])

    def info(self, number: int) -> dict[str, Any]:
        """What is known of an order."""
        answer = self.http.get("/api/v1/screenshot/info", params={"key": self.key, "id": number}).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def ended(self, number: int) -> dict[str, Any]:
        """The same, once it isn't in progress any more."""
        return until(lambda: found if (found := self.info(number))["status"] in ("finished", "error") else None)

    def worker(self, queue: str) -> Worker:
        """What works off a queue, by its output's name."""
        return self.workers.setdefault(queue, Worker(self.stack, self.stack.outputs[queue]))

    def idle(self, *queues: str) -> None:
        """Wait until these queues hold nothing, not even what is under way."""
        for queue in queues:
            until(lambda queue=queue: True if self.worker(queue).unfinished() == 0 else None)  # type: ignore[misc]

    def items(self, prefix: str) -> list[dict[str, Any]]:
        """The account's items of a kind, as DynamoDB has them."""
        table = boto3.client("dynamodb", **self.stack.client_options)
        found = table.scan(TableName=self.stack.outputs["TableName"])["Items"]
        start = f"{prefix}#{self.account_id}"
        return [item for item in found if item["pk"]["S"] == start or item["pk"]["S"].startswith(start + "#")]

    @contextlib.contextmanager
    def breaking(self, rule: Rule) -> Iterator[Rule]:
        """For the length of the block, hold to a rule for this account; something must have come of it."""
        mine = replace(rule, account_id=self.account_id)
        with self.proxy.breaking(mine):
            yield mine
        assert mine.hits > 0, "nothing was broken"

    def make_due(self, prefix: str) -> None:
        """Let the account's items of a kind be overdue, and have them seen to by a minute's tick."""
        table = boto3.client("dynamodb", **self.stack.client_options)
        for item in self.items(prefix):
            if "due_at" in item:
                table.update_item(
                    TableName=self.stack.outputs["TableName"],
                    Key={"pk": item["pk"], "sk": item["sk"]},
                    UpdateExpression="SET due_at = :past, lease_until = :past",
                    ExpressionAttributeValues={":past": {"N": "1"}},
                )
        self.tick()

    def tick(self) -> None:
        """Have the minute's tick; it may be killed by a rule."""
        functions = boto3.client("lambda", **self.stack.client_options)
        functions.invoke(FunctionName=self.stack.outputs["ScheduleFunctionName"], Payload=b"{}")

    def kill(self, name: str) -> int:
        """Kill the stack's processes of this executable: `chromium`, or `node`, which is Playwright's driver."""
        return _kill(pid for pid in processes.belonging_to(self.stack.layout.tmp) if _executable(pid) == name)

    def restart_api(self) -> None:
        """Have new processes answer, which have nothing in their memory."""
        self.kill_function("api")
        until(lambda: True if self.http.get("/nowhere").status_code == 404 else None)

    def kill_function(self, function: str) -> int:
        """Kill the processes of a function, by its short name."""
        return _kill(_processes(self.stack, function))


def _processes(stack: Stack, function: str) -> list[int]:
    name = f"AWS_LAMBDA_FUNCTION_NAME=pagelapse-{function.title()}Function".encode()
    place = f"TMPDIR={stack.layout.tmp}".encode()
    return [
        int(entry.parent.name)
        for entry in Path("/proc").glob("[0-9]*/environ")
        if place in (found := _read(entry).split(b"\0")) and any(each.startswith(name) for each in found)
    ]


def _kill(pids: Iterable[int]) -> int:
    number = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            number += 1
    return number


def _read(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return b""


def _executable(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/exe").readlink().name
    return ""


def until(found: Callable[[], T | None], *, within_s: float = 300) -> T:
    """What `found` returns once it is not `None`."""
    deadline = time.monotonic() + within_s
    while (value := found()) is None:
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return value


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """A stack of its own behind the proxy; no process of it may outlive it."""
    layout, ports, proxy = Layout(state=tmp_path_factory.mktemp("faulty")), free_ports(), FaultProxy(list(FUNCTIONS))
    proxy.upstream = ("127.0.0.1", ports.aws)
    variables = {name: {"AWS_ENDPOINT_URL": proxy.url(name)} for name in FUNCTIONS}
    try:
        with Stack(
            layout, ports, ("127.0.0.1",), {"RateLimitFactor": "1000"}, enforce_iam=True, variables=variables
        ) as stack:
            stack.deploy()
            yield Faulty(stack, proxy)
        assert [processes.command(pid) for pid in processes.belonging_to(layout.tmp)] == []
    finally:
        proxy.close()


class Faulty:
    """Makes accounts of the broken stack."""

    def __init__(self, stack: Stack, proxy: FaultProxy) -> None:
        self.stack, self.proxy = stack, proxy
        self._numbers = itertools.count()

    @contextlib.contextmanager
    def account(self) -> Iterator[Broken]:
        """The stack, as a new account's client."""
        with httpx.Client(base_url=self.stack.url, timeout=60) as http:
            given = {"email": f"faults{next(self._numbers)}@example.com"}
            made = http.post("/api/v1/register", json=given).raise_for_status()
            yield Broken(self.stack, self.proxy, http, made.json()["data"]["api_key"])

    def restart(self) -> None:
        """End everything at once, and start it again with what was stored."""
        self.stack.stop()
        self.stack.start()

    def browsers(self) -> list[int]:
        """The browsers' own processes, without their renderers and other children."""
        pids = [pid for pid in processes.belonging_to(self.stack.layout.tmp) if _executable(pid) == "chromium"]
        return [pid for pid in pids if b"--type=" not in _read(Path(f"/proc/{pid}/cmdline"))]

    def snaps(self) -> int:
        """How many processes of `snap` there are."""
        return len(_processes(self.stack, "snap"))


@pytest.fixture
def broken(faulty: Faulty) -> Iterator[Broken]:
    """The stack, for a new account."""
    with faulty.account() as account:
        yield account


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Notes a row of the table; to be called once everything that it says has been asserted."""
    return lambda *given, **columns: record_property(FAULT, fault_row(*given, **columns))

"""Claims due configurations on the emulated DynamoDB, with ticks that overlap, and counts what it costs.

`python -m benchmarks.schedule_claims [how many] [ticks at once]`: rates are the emulator's, reads and writes are ours.
The emulator walks the whole table for each query, so its rate falls with the number; 100,000 make it time out. DynamoDB
Local does not: start it (its npm package is `amplify-dynamodb-simulator`) and give its address with `--endpoint`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import boto3

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.configuration_store import ConfigurationTable
from pagelapse.adapters.due_index import DueTable
from pagelapse.adapters.job_store import JobTable
from pagelapse.adapters.monitor_items import ConfigurationItem, due_shard
from pagelapse.adapters.order_store import OrderTable
from pagelapse.adapters.table import Item, connect
from pagelapse.capture.jobs import ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.local import template as templates
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack
from pagelapse.monitoring.configurations import Plan, new_configuration_id
from pagelapse.monitoring.schedules import Schedule
from pagelapse.services.configurations import Queues
from pagelapse.services.due_work import DueWork
from pagelapse.services.orders import Orders

_FILLERS = 8


class _Counted:
    """A queue that only counts."""

    def __init__(self) -> None:
        self.jobs: Counter[str] = Counter()
        self._lock = Lock()

    def send(self, body: str) -> None:
        """Count the configuration's job."""
        with self._lock:
            self.jobs[body[:70]] += 1


def fill(account_id: str, count: int) -> None:
    """Store due configurations."""
    schedule = Schedule(every=10, interval="minutes", anchor=0)
    options = CaptureOptions(url="https://example.com/")
    plan = Plan(config={"url": options.url}, options=options, thumbnail=ThumbnailSize(width=320), schedule=schedule)
    due_at = int(time.time()) - 60

    def some(number: int) -> None:
        with Item.batch_write() as batch:
            for _ in range(number):
                item = ConfigurationItem.at(account_id, new_configuration_id())
                item.plan, item.revision, item.last_job_id, item.busy_until = plan.model_dump_json(), 0, "", 0
                item.due_shard, item.due_at = due_shard(item.sk), due_at
                batch.save(item)

    with ThreadPoolExecutor(_FILLERS) as threads:
        list(threads.map(some, [count // _FILLERS] * (_FILLERS - 1) + [count - count // _FILLERS * (_FILLERS - 1)]))


def counted_calls() -> Counter[str]:
    """Counts each call to DynamoDB from now on, and the items of the batches."""
    connection, calls, lock = Item._get_connection().connection, Counter[str](), Lock()
    send = connection.dispatch

    def counting(operation: str, arguments: Any, *rest: Any, **more: Any) -> Any:
        with lock:
            calls[operation] += 1
            if operation == "BatchGetItem":
                calls["items read"] += sum(len(asked["Keys"]) for asked in arguments["RequestItems"].values())
            if operation == "TransactWriteItems":
                calls["items written"] += len(arguments["TransactItems"])
        return send(operation, arguments, *rest, **more)

    connection.dispatch = counting  # type: ignore[assignment, method-assign]
    return calls


def measure(table: str, count: int, ticks: int) -> None:
    """Claim everything, and print how fast and at what cost."""
    connect(table)
    new = Accounts(AccountTable(table)).create_account("benchmark")
    started = time.perf_counter()
    fill(new.account.account_id, count)
    print(f"stored {count} due configurations in {time.perf_counter() - started:.1f} s")
    calls, queue = counted_calls(), _Counted()
    jobs = JobTable(table, picture_days=1)
    queues = Queues(queue, queue)
    orders = Orders(OrderTable(table, picture_days=1), queues)
    work = DueWork(DueTable(table), ConfigurationTable(table), jobs, AccountTable(table), queues, orders)
    started = time.perf_counter()
    with ThreadPoolExecutor(ticks) as threads:
        done = sum(threads.map(lambda _: work.run(until=time.time() + 86_400), range(ticks)), Counter[str]())
    seconds = time.perf_counter() - started
    print(f"{ticks} overlapping ticks: {dict(done)} in {seconds:.1f} s, {done['claimed'] / seconds:.0f} claims/s")
    print(f"queued {queue.jobs.total()} jobs, {len(queue.jobs)} different ones")
    print("calls per claim: " + ", ".join(f"{name} {number / count:.3f}" for name, number in sorted(calls.items())))


def _silence(stack: Stack) -> None:
    """The stack's own minute tick must not claim what is measured."""
    events = boto3.client("events", **stack.client_options)
    for rule in events.list_rules()["Rules"]:
        events.disable_rule(Name=rule["Name"])


def make_table(endpoint: str) -> str:
    """Make the template's table elsewhere, and lead the SDK there; returns its name."""
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ.update({"AWS_ENDPOINT_URL": endpoint, **credentials})
    wanted = templates.read(Layout().repository / "template.yaml")["Resources"]["Table"]["Properties"]
    kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    name = f"claims-{int(time.time())}"
    boto3.client("dynamodb").create_table(TableName=name, **{part: wanted[part] for part in kept})
    return name


def main() -> None:
    """Run on a stack of its own, or on the DynamoDB that `--endpoint` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("ticks", type=int, nargs="?", default=2)
    parser.add_argument("--endpoint")
    arguments = parser.parse_args()
    count, ticks = arguments.count, arguments.ticks
    if arguments.endpoint:
        measure(make_table(arguments.endpoint), count, ticks)
        return
    with tempfile.TemporaryDirectory() as state, Stack(Layout(state=Path(state)), free_ports()) as stack:
        stack.deploy()
        _silence(stack)
        os.environ.update(stack.environment())
        measure(stack.outputs["TableName"], count, ticks)


if __name__ == "__main__":
    main()

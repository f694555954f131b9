"""In-memory stand-ins for the orders' part of the table and for their queue, with the same promises."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock

from pydantic import JsonValue
from tests.fakes import FakeSnap, MemoryTable

from pagelapse.capture.jobs import CaptureJob, CaptureReport, Failure, Inventory, StoredFile
from pagelapse.errors import UsageLimitExceeded
from pagelapse.records import Order, Ordered, PictureCopy, SharedOrder


class MemoryOrders:
    """The orders and shares in one object; each method is atomic."""

    def __init__(self, table: MemoryTable) -> None:
        self.table = table
        self.orders: dict[tuple[str, int], Order] = {}
        self.latest: dict[tuple[str, str], int] = {}
        self.last: dict[str, int] = {}
        self.shares: dict[str, SharedOrder] = {}
        self.proxied_bytes = 0
        self.untold: dict[tuple[str, int], int] = {}
        self._lock = RLock()

    def next_number(self, account_id: str) -> int:
        with self._lock:
            self.last[account_id] = self.last.get(account_id, 0) + 1
            return self.last[account_id]

    def create(self, order: Order, *, seen: int | None, limit: int | None) -> bool:
        with self._lock:
            if self.latest.get((order.account_id, order.digest)) != seen:
                return False
            used = self.table.usage.get((order.account_id, order.month), 0)
            if limit is not None and used >= limit:
                raise UsageLimitExceeded("The account has no captures left this month.")
            self.table.usage[order.account_id, order.month] = used + 1
            self.latest[order.account_id, order.digest] = order.number
            self.orders[order.account_id, order.number] = order
            return True

    def find(self, account_id: str, number: int) -> Order | None:
        return self.orders.get((account_id, number))

    def latest_number(self, account_id: str, digest: str) -> int | None:
        return self.latest.get((account_id, digest))

    def recent(self, account_id: str, limit: int, *, before: int | None = None) -> list[Order]:
        lower = before or 10**12
        mine = [order for (owner, number), order in self.orders.items() if owner == account_id and number < lower]
        return sorted(mine, key=lambda order: -order.number)[:limit]

    def begin(self, order: Order, *, at_ms: int) -> bool:
        now = self._now(order)
        if now.state != "queued":
            return False
        return self._put(replace(now, state="processing", started_at_ms=at_ms))

    def finish(
        self,
        order: Order,
        result: Ordered,
        *,
        inventory: Inventory | None,
        thumbnails: Mapping[str, StoredFile],
        started_at_ms: int | None,
        proxied_bytes: int,
    ) -> bool:
        with self._lock:
            now = self._now(order)
            if not now.pending:
                return False
            self.proxied_bytes += proxied_bytes
            return self._put(
                replace(
                    now, state="done", options=None, result=result, inventory=inventory, thumbnails=dict(thumbnails),
                    started_at_ms=started_at_ms or now.started_at_ms, ended_at_ms=int(time.time() * 1000),
                )
            )  # fmt: skip

    def fail(self, order: Order, failure: Failure, *, started_at_ms: int | None = None, proxied_bytes: int = 0) -> bool:
        with self._lock:
            now = self._now(order)
            if not now.pending:
                return False
            self.proxied_bytes += proxied_bytes
            self.table.usage[order.account_id, order.month] -= 1
            started = started_at_ms or now.started_at_ms
            ended = int(time.time() * 1000)
            return self._put(
                replace(now, state="failed", options=None, failure=failure, started_at_ms=started, ended_at_ms=ended)
            )

    def give_up(self, order: Order, failure: Failure, *, due_at: int) -> bool:
        if not self.fail(order, failure):
            return False
        self.untold[order.account_id, order.number] = due_at
        return True

    def told(self, order: Order) -> bool:
        return self.untold.pop((order.account_id, order.number), None) is not None

    def postpone(self, order: Order, *, due_at: int, proxied_bytes: int) -> bool:
        with self._lock:
            now = self._now(order)
            if not now.pending:
                return False
            self.proxied_bytes += proxied_bytes
            return self._put(replace(now, state="queued", overdue_at=due_at))

    def retry(self, order: Order, *, overdue_at: int) -> bool:
        with self._lock:
            now = self._now(order)
            if not now.pending or now.attempts != order.attempts:
                return False
            return self._put(replace(now, attempts=now.attempts + 1, overdue_at=overdue_at))

    def add_thumbnail(self, order: Order, label: str, file: StoredFile) -> bool:
        now = self._now(order)
        if now.picture is None:
            return False
        return self._put(replace(now, thumbnails={**now.thumbnails, label: file}))

    def add_copy(self, order: Order, copy: PictureCopy) -> bool:
        now = self._now(order)
        if now.picture is None:
            return False
        return self._put(replace(now, copies={**now.copies, copy.label(): copy}))

    def share(self, order: Order, token: str, note: str) -> bool:
        now = self._now(order)
        if now.picture is None or now.share not in (None, token):
            return False
        self.shares[token] = SharedOrder(order.account_id, order.number, note)
        return self._put(replace(now, share=token))

    def shared(self, token: str) -> SharedOrder | None:
        return self.shares.get(token)

    def erase(
        self, order: Order, parts: Iterable[str], wishes: Mapping[str, JsonValue], result: Ordered | None
    ) -> bool:
        now, names = self._now(order), set(parts)
        if now.pending or now.erased != order.erased:
            return False
        now = replace(now, wishes=wishes, result=result, erased=now.erased | names)
        if "picture" in names:
            now = replace(now, thumbnails={}, copies={}, share=None)
        if "url" in names:
            now = replace(now, inventory=None)
        if "metadata" in names:
            now = replace(now, ordered_at_ms=0, started_at_ms=None, ended_at_ms=None)
        return self._put(now)

    def overdue(self, now: float) -> list[Order]:
        """The orders that the index of due work would name."""
        pending = [order for order in self.orders.values() if order.pending and order.overdue_at <= now]
        return pending + [self.orders[place] for place, due_at in self.untold.items() if due_at <= now]

    def _now(self, order: Order) -> Order:
        return self.orders[order.account_id, order.number]

    def _put(self, order: Order) -> bool:
        self.orders[order.account_id, order.number] = order
        return True


@dataclass
class RunningQueue:
    """The capture queue with a `snap` behind it that takes each order's picture at once, unless it is `paused`."""

    runner: FakeSnap
    record: Callable[[CaptureReport], object]
    sent: list[str] = field(default_factory=list)
    paused: bool = False

    def send(self, body: str) -> None:
        self.sent.append(body)
        job = CaptureJob.model_validate_json(body)
        if job.purpose == "order" and not self.paused:
            self.run(job)

    def run(self, job: CaptureJob) -> None:
        """Take one picture and record it."""
        self.runner.jobs.append(job)
        self.runner.before(job)
        self.record(self.runner.report(job).model_copy(update={"purpose": "order"}))


class MemoryDefinitions:
    """The definitions."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, int], dict[str, JsonValue]] = {}

    def all(self, account_id: str, kind: str) -> dict[int, dict[str, JsonValue]]:
        return {
            number: found for (owner, name, number), found in self.found.items() if (owner, name) == (account_id, kind)
        }

    def find(self, account_id: str, kind: str, number: int) -> dict[str, JsonValue] | None:
        return self.found.get((account_id, kind, number))

    def add(self, account_id: str, kind: str, number: int, content: Mapping[str, JsonValue]) -> bool:
        if (account_id, kind, number) in self.found:
            return False
        self.found[account_id, kind, number] = dict(content)
        return True


@dataclass
class MemoryForeign:
    """Buckets of other people's, or one that does not let us."""

    put_: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    refuse: Exception | None = None

    def put(
        self, account_id: str, bucket: str, name: str, body: bytes, *, media_type: str, role_arn: str | None = None
    ) -> str:
        if self.refuse:
            raise self.refuse
        self.put_.append((account_id, bucket, name, body))
        return f"https://{bucket}.s3.test/{name}"

"""The services over fakes, for tests of whatever sits on top of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.comparison_fakes import LocalComparer, MemoryComparisons
from tests.connector_fakes import MemoryConnectors, MemorySockets
from tests.fakes import FakeSnap, MemoryPictures, MemoryTable
from tests.monitor_fakes import MemoryMonitor, MemoryQueue
from tests.native_fakes import MemoryRepeats
from tests.order_fakes import MemoryDefinitions, MemoryForeign, MemoryOrders, RunningQueue

from pagelapse.accounts import Accounts, Caller, NewAccount
from pagelapse.capture.jobs import ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.services.comparing import Comparer
from pagelapse.services.comparisons import Comparisons
from pagelapse.services.configurations import Configurations, Queues
from pagelapse.services.connectors import Connectors
from pagelapse.services.definitions import Definitions
from pagelapse.services.exports import Exports
from pagelapse.services.idempotency import Idempotency
from pagelapse.services.job_recording import JobRecorder
from pagelapse.services.order_notices import OrderNotices
from pagelapse.services.order_pictures import OrderPictures
from pagelapse.services.order_recording import OrderRecorder
from pagelapse.services.orders import Orders
from pagelapse.services.prompt_captures import PromptCaptures
from pagelapse.services.rate_windows import RateWindows
from pagelapse.services.self_service import SelfService
from pagelapse.services.snaps import Snap, Snaps

OPTIONS = CaptureOptions(url="https://example.com/")


@dataclass
class World:
    """Services over fakes, and one account."""

    table: MemoryTable = field(default_factory=MemoryTable)
    pictures: MemoryPictures = field(default_factory=MemoryPictures)
    naps: list[float] = field(default_factory=list)
    wait_s: float = 10.0
    on_nap: Callable[[float], object] = lambda _seconds: None

    def __post_init__(self) -> None:
        self.runner = FakeSnap(self.pictures)
        self.accounts = Accounts(self.table, self.table)
        self.self_service = SelfService(self.table, registration=True)
        self.rate_windows = RateWindows(self.table)
        self.monitor = MemoryMonitor(self.table)
        self.capture_queue, self.sweep_queue, self.notices = MemoryQueue(), MemoryQueue(), MemoryQueue()
        self.connectors = Connectors(MemoryConnectors(), MemorySockets())
        self.queues = Queues(self.capture_queue, self.sweep_queue, connectors=self.connectors)
        self.analysis_queue = MemoryQueue()
        self.compare_queue = MemoryQueue()
        self.recorder = JobRecorder(
            self.monitor, self.monitor, self.notices, self.sweep_queue, self.analysis_queue, self.compare_queue
        )
        self.configurations = Configurations(
            self.monitor, self.monitor, self.monitor, self.queues, pictures_url="https://pictures.test"
        )
        compared = MemoryComparisons(self.monitor)
        self.comparer = Comparer(
            compared, self.monitor, self.pictures, self.notices, pictures_url="https://pictures.test"
        )
        self.comparisons = Comparisons(
            self.configurations,
            self.monitor,
            compared,
            LocalComparer(self.pictures),
            self.pictures,
            pictures_url="https://pictures.test",
        )
        self.orders_table, self.definitions = MemoryOrders(self.table), Definitions(MemoryDefinitions())
        self.monitor.overdue_orders = self.orders_table.overdue
        self.foreign = MemoryForeign()
        self.exports = Exports(self.pictures, self.foreign)
        told = OrderNotices(self.notices, lambda file: f"https://pictures.test/{file.key}")
        self.order_recorder = OrderRecorder(self.orders_table, self.table, self.exports, told.tell)
        self.order_queue = RunningQueue(self.runner, self.order_recorder.record)
        order_queues = Queues(self.order_queue, self.sweep_queue, connectors=self.connectors)
        self.orders = Orders(self.orders_table, order_queues, sleep=self._nap, tell=told.tell)
        self.order_pictures = OrderPictures(
            self.orders_table, self.runner, self.pictures, self.sweep_queue, pictures_url="https://pictures.test"
        )
        self.prompt_captures = PromptCaptures(self.orders, self.order_recorder, self.runner, most_wait_s=self.wait_s)
        self.idempotency = Idempotency(MemoryRepeats())
        self.new: NewAccount = self.accounts.create_account("test")
        self.restart()

    def restart(self) -> None:
        """Forget what a process keeps in memory."""
        self.snaps = Snaps(
            self.table,
            self.runner,
            self.pictures,
            pictures_url="https://pictures.test",
            wait_s=self.wait_s,
            connectors=self.connectors,
            sleep=self._nap,
        )

    def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.on_nap(seconds)

    def tick(self) -> list[str]:
        """See to the overdue orders, as the minute tick does."""
        return [self.orders.see_to(order, time.time()) for order in self.orders_table.overdue(time.time())]

    def caller(self, options: CaptureOptions = OPTIONS) -> Caller:
        return self.accounts.identify(self.new.private_key, digest=options.digest())

    def limit(self, captures: int) -> None:
        account = self.new.account
        self.table.accounts[account.account_id] = replace(account, screenshot_limit=captures)

    def workers(self, workers: int | None) -> None:
        self.accounts.change_limits(self.new.account.account_id, {"workers": workers})

    def snap(
        self,
        options: CaptureOptions = OPTIONS,
        *,
        ttl_s: int = 60,
        thumbnail: ThumbnailSize | None = None,
        want_bytes: bool = True,
    ) -> Snap:
        return self.snaps.snap(self.caller(options), options, ttl_s=ttl_s, thumbnail=thumbnail, want_bytes=want_bytes)

    def used(self) -> int:
        return self.table.used(self.new.account.account_id)

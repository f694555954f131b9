"""The services over fakes, for tests of whatever sits on top of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.fakes import FakeSnap, MemoryPictures, MemoryTable
from tests.monitor_fakes import MemoryMonitor, MemoryQueue

from pagelapse.accounts import Accounts, Caller, NewAccount
from pagelapse.capture.jobs import ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.services.configurations import Configurations, Queues
from pagelapse.services.job_recording import JobRecorder
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
    on_nap: Callable[[float], None] = lambda _seconds: None

    def __post_init__(self) -> None:
        self.runner = FakeSnap(self.pictures)
        self.accounts = Accounts(self.table, self.table)
        self.self_service = SelfService(self.table, registration=True)
        self.rate_windows = RateWindows(self.table)
        self.monitor = MemoryMonitor(self.table)
        self.capture_queue, self.sweep_queue, self.notices = MemoryQueue(), MemoryQueue(), MemoryQueue()
        self.queues = Queues(self.capture_queue, self.sweep_queue)
        self.analysis_queue = MemoryQueue()
        self.recorder = JobRecorder(self.monitor, self.monitor, self.notices, self.sweep_queue, self.analysis_queue)
        self.configurations = Configurations(
            self.monitor, self.monitor, self.monitor, self.queues, pictures_url="https://pictures.test"
        )
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
            sleep=self._nap,
        )

    def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.on_nap(seconds)

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

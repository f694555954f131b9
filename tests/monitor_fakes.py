"""In-memory stand-ins for the configurations' part of the table and for queues, with the same promises."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TypeVar

from tests.fakes import MemoryTable

from pagelapse.capture.jobs import Failure
from pagelapse.errors import UsageLimitExceeded
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import Analysis, Configuration, Deletion, Embed, Job, Outcome, Screenshot
from pagelapse.monitoring.listings import Listing, Page, record_key
from pagelapse.records import Order, Standing, usage_month
from pagelapse.services.due_work import Due

_R = TypeVar("_R", Configuration, Screenshot, Change)


def _beyond(page: Page, found: list[_R]) -> list[_R]:
    """A page by its cursor; in those by number everything is on the first one."""
    if page.beyond is None:
        return found
    earlier = [each for each in found if record_key(each) < page.beyond]
    return sorted(earlier, key=record_key, reverse=True)[: page.limit]


@dataclass
class MemoryQueue:
    """A queue, or one that is out of order."""

    sent: list[str] = field(default_factory=list)
    broken: bool = False

    def send(self, body: str) -> None:
        if self.broken:
            raise OSError("the queue is down")
        self.sent.append(body)


class MemoryMonitor:
    """The configurations, jobs, lists and deletions in one object; each method is atomic."""

    shards = range(4)

    def __init__(self, table: MemoryTable) -> None:
        self.table = table
        self.configurations_: dict[str, Configuration] = {}
        self.jobs: dict[str, Job] = {}
        self.embeds: dict[str, Embed] = {}
        self.archive: list[tuple[str, Screenshot]] = []
        self.noticed: list[tuple[str, Change]] = []
        self.texts: dict[tuple[str, str], str] = {}
        self.deletions: dict[str, tuple[str, int]] = {}
        self.pages: list[tuple[Listing, Page]] = []
        self._lock = RLock()
        self.proxied_bytes = 0
        self.overdue_orders: Callable[[float], list[Order]] = lambda _now: []
        self.analyses = 0
        self.compared: list[tuple[str, Comparison]] = []

    def create(self, configuration: Configuration, job: Job, *, limit: int | None = None) -> None:
        self._reserve(job, limit)
        self.configurations_[configuration.configuration_id] = configuration
        self.embeds[configuration.configuration_id] = Embed(
            configuration.account_id, None, configuration.plan.placeholder_url
        )
        self.jobs[job.job_id] = job

    def find(self, account_id: str, configuration_id: str) -> Configuration | None:
        found = self.configurations_.get(configuration_id)
        return found if found and found.account_id == account_id else None

    def embed(self, configuration_id: str) -> Embed | None:
        return self.embeds.get(configuration_id)

    def replace(self, configuration: Configuration, *, seen_revision: int, reschedule: bool) -> bool:
        with self._lock:
            now = self.configurations_.get(configuration.configuration_id)
            if now is None or now.revision != seen_revision:
                return False
            next_run = configuration.next_run if reschedule else now.next_run
            self.configurations_[configuration.configuration_id] = replace(
                now, plan=configuration.plan, revision=configuration.revision, next_run=next_run
            )
            embed = self.embeds[configuration.configuration_id]
            placeholder = configuration.plan.placeholder_url
            self.embeds[configuration.configuration_id] = replace(embed, placeholder_url=placeholder)
            return True

    def remove(self, configuration: Configuration, *, check_at: int) -> bool:
        with self._lock:
            if self.configurations_.pop(configuration.configuration_id, None) is None:
                return False
            del self.embeds[configuration.configuration_id]
            self.deletions[configuration.configuration_id] = configuration.account_id, check_at
            return True

    def _reserve(self, job: Job, limit: int | None) -> None:
        used = self.table.usage.get((job.account_id, job.month), 0)
        if job.month and limit is not None and used >= limit:
            raise UsageLimitExceeded("The account has no captures left this month.")
        self._count(job, 1 if job.month else 0)

    def _count(self, job: Job, captures: int) -> None:
        if captures:
            month = job.account_id, job.month or usage_month(time.time())
            self.table.usage[month] = self.table.usage.get(month, 0) + captures

    def begin(self, configuration: Configuration, job: Job, *, busy_until: float, limit: int | None = None) -> bool:
        with self._lock:
            now = self.configurations_.get(configuration.configuration_id)
            if now is None or now.busy_until >= time.time():
                return False
            self._reserve(job, limit)
            return self._with_job(replace(now, last_job_id=job.job_id, busy_until=busy_until), job)

    def claim_run(
        self, configuration: Configuration, job: Job, *, next_run: int, busy_until: float, limit: int | None = None
    ) -> bool:
        with self._lock:
            if not self._as_read(configuration):
                return False
            self._reserve(job, limit)
            claimed = replace(configuration, last_job_id=job.job_id, busy_until=busy_until, next_run=next_run)
            return self._with_job(claimed, job)

    def skip_run(self, configuration: Configuration, *, next_run: int | None) -> bool:
        with self._lock:
            if not self._as_read(configuration):
                return False
            self.configurations_[configuration.configuration_id] = replace(configuration, next_run=next_run)
            return True

    def _as_read(self, configuration: Configuration) -> bool:
        now = self.configurations_.get(configuration.configuration_id)
        same = (configuration.next_run, configuration.revision)
        return now is not None and (now.next_run, now.revision) == same

    def _with_job(self, configuration: Configuration, job: Job) -> bool:
        self.configurations_[configuration.configuration_id] = configuration
        self.jobs[job.job_id] = job
        return True

    def job(self, account_id: str, job_id: str) -> Job | None:
        found = self.jobs.get(job_id)
        return found if found and found.account_id == account_id else None

    def seen_texts(self, account_id: str, configuration_id: str) -> Mapping[str, str]:
        mine = self.find(account_id, configuration_id) is not None
        return {key: text for (owner, key), text in self.texts.items() if mine and owner == configuration_id}

    def finish(self, job: Job, outcome: Outcome, *, is_last: bool) -> bool:
        with self._lock:
            configuration = self.configurations_.get(job.configuration_id)
            unchanged = all(
                self.texts.get((job.configuration_id, key)) == (outcome.seen or {}).get(key)
                for key in outcome.texts or {}
            )
            if self.jobs[job.job_id].state != "pending" or configuration is None or not unchanged:
                return False
            self.jobs[job.job_id] = replace(
                job,
                state="done",
                screenshot=outcome.screenshot,
                undelivered=outcome.changes,
                analysis_month="" if outcome.screenshot.analysis else None,
                comparing="open" if outcome.compare else None,
            )
            self.archive.append((job.account_id, outcome.screenshot))
            self.proxied_bytes += outcome.proxied_bytes
            self._count(job, 0 if job.month else 1)
            self.noticed += [(job.account_id, change) for change in outcome.changes]
            self.texts |= {(job.configuration_id, key): text for key, text in (outcome.texts or {}).items()}
            self._release(configuration, is_last=is_last)
            return True

    def _release(self, configuration: Configuration, *, is_last: bool) -> None:
        if is_last:
            self.configurations_[configuration.configuration_id] = replace(configuration, busy_until=0)

    def fail(self, job: Job, failure: Failure, *, is_last: bool, proxied_bytes: int = 0) -> bool:
        with self._lock:
            if self.jobs[job.job_id].state != "pending":
                return False
            self.proxied_bytes += proxied_bytes
            self._count(job, -1 if job.month else 0)
            self.jobs[job.job_id] = replace(job, state="failed", failure=failure)
            if is_last:
                self._release(self.configurations_[job.configuration_id], is_last=True)
            return True

    def show(self, configuration_id: str, screenshot: Screenshot) -> bool:
        embed = self.embeds.get(configuration_id)
        if embed is None:
            return False
        self.embeds[configuration_id] = replace(embed, picture_key=screenshot.file.key)
        return True

    def delivered(self, job: Job) -> None:
        self.jobs[job.job_id] = replace(self.jobs[job.job_id], undelivered=())

    def count(self, job: Job, month: str, requests: int, *, limit: int | None) -> bool:
        with self._lock:
            if self.jobs[job.job_id].analysis_month != job.analysis_month:
                return False
            if limit is not None and self.analyses + requests > limit:
                raise UsageLimitExceeded("The account has not enough AI requests left this month.")
            self.analyses += requests
            self.jobs[job.job_id] = replace(job, analysis_month=month)
            return True

    def settle(self, job: Job, analysis: Analysis, *, refund: int = 0) -> bool:
        with self._lock:
            if self.jobs[job.job_id].analysis_month != job.analysis_month or job.screenshot is None:
                return False
            shown = job.screenshot.model_copy(update={"analysis": analysis})
            self.archive = [(owner, shown if each == job.screenshot else each) for owner, each in self.archive]
            self.jobs[job.job_id] = replace(job, screenshot=shown, analysis_month=None)
            self.analyses -= refund
            return True

    def retry(self, job: Job, *, digest: str, overdue_at: int) -> bool:
        with self._lock:
            now = self.jobs[job.job_id]
            if now.state != "pending" or now.attempts != job.attempts:
                return False
            self.jobs[job.job_id] = replace(now, attempts=now.attempts + 1, digest=digest, overdue_at=overdue_at)
            return True

    def configurations(self, listing: Listing, page: Page) -> list[Configuration]:
        self.pages.append((listing, page))
        return _beyond(page, [each for each in self.configurations_.values() if each.account_id == listing.account_id])

    def screenshots(self, listing: Listing, page: Page) -> list[Screenshot]:
        self.pages.append((listing, page))
        wanted = listing.configuration_id
        found = [
            each
            for account_id, each in self.archive
            if account_id == listing.account_id and wanted in (None, each.configuration_id)
        ]
        return _beyond(page, found)

    def changes(self, listing: Listing, page: Page) -> list[Change]:
        self.pages.append((listing, page))
        wanted = listing.configuration_id
        found = [
            each
            for account_id, each in self.noticed
            if account_id == listing.account_id and wanted in (None, each.configuration_id)
        ]
        return _beyond(page, found)

    def comparisons(self, listing: Listing, page: Page) -> list[Comparison]:
        self.pages.append((listing, page))
        wanted = listing.configuration_id
        return [
            each
            for account_id, each in self.compared
            if account_id == listing.account_id and (each.configuration_id == wanted if wanted else each.is_change)
        ]

    def earlier(self, account_id: str, screenshot: Screenshot, count: int) -> list[Screenshot]:
        mine = [each for owner, each in self.archive if owner == account_id]
        place = screenshot.taken_at_ms, screenshot.job_id
        same = [each for each in mine if each.configuration_id == screenshot.configuration_id]
        before = [each for each in same if (each.taken_at_ms, each.job_id) < place]
        return sorted(before, key=lambda each: (each.taken_at_ms, each.job_id), reverse=True)[:count]

    def find_comparison(self, account_id: str, screenshot: Screenshot) -> Comparison | None:
        found = [each for owner, each in self.compared if (owner, each.job_id) == (account_id, screenshot.job_id)]
        return found[0] if found else None

    def settle_comparison(self, job: Job, comparison: Comparison, *, telling: bool) -> bool:
        with self._lock:
            if self.jobs[job.job_id].comparing != "open":
                return False
            self.jobs[job.job_id] = replace(self.jobs[job.job_id], comparing="telling" if telling else None)
            self.compared.append((job.account_id, comparison))
            return True

    def told(self, job: Job) -> None:
        self.jobs[job.job_id] = replace(self.jobs[job.job_id], comparing=None)

    def due(self, shard: int, now: float) -> Iterator[list[Due]]:
        """Everything is in the first shard, in batches of ten."""
        if shard == 0:
            due: list[Due] = [*self.overdue_orders(now)]
            due += [each for each in self.configurations_.values() if (each.next_run or now + 1) <= now]
            due += [job for job in self.jobs.values() if job.state == "pending" and job.overdue_at <= now]
            due += [Deletion(account, each) for each, (account, at) in self.deletions.items() if at <= now]
            due += [
                found for found in self.table.records.values() if found.state == "pending" and found.lease_until <= now
            ]
            for start in range(0, len(due), 10):
                yield due[start : start + 10]

    def check_again(self, deletion: Deletion, *, at: int) -> bool:
        if deletion.configuration_id not in self.deletions:
            return False
        self.deletions[deletion.configuration_id] = deletion.account_id, at
        return True

    def standing(self, account_id: str, month: str) -> Standing:
        place = account_id, month
        received = self.table.location_bytes.get(place, 0)
        return Standing(self.table.accounts.get(account_id), self.table.usage.get(place, 0), received)

    def some_screenshots(self, account_id: str, configuration_id: str, limit: int) -> list[Screenshot]:
        found = (account_id, configuration_id)
        return [each for owner, each in self.archive if (owner, each.configuration_id) == found][:limit]

    def forget_screenshots(self, account_id: str, screenshots: Sequence[Screenshot]) -> None:
        gone = [(account_id, each) for each in screenshots]
        self.archive = [pair for pair in self.archive if pair not in gone]
        for each in screenshots:
            self.jobs.pop(each.job_id, None)

    def forget_some_changes(self, account_id: str, configuration_id: str, limit: int) -> bool:
        wanted = (account_id, configuration_id)
        gone = [pair for pair in self.noticed if (pair[0], pair[1].configuration_id) == wanted][:limit]
        self.noticed = [pair for pair in self.noticed if pair not in gone]
        return bool(gone)

    def done(self, account_id: str, configuration_id: str) -> None:
        if self.deletions.get(configuration_id, ("", 0))[0] == account_id:
            del self.deletions[configuration_id]

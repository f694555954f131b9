"""The minute tick: claims the runs that are due, and sees to jobs and deletions that are overdue."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import Protocol

from pagelapse.bulk.jobs import BulkJob
from pagelapse.capture.jobs import Failure
from pagelapse.errors import UsageLimitExceeded
from pagelapse.monitoring.configurations import Configuration, Deletion, Job
from pagelapse.monitoring.schedules import next_run
from pagelapse.observability import correlated, log_unexpected, logger
from pagelapse.records import CaptureRecord, Order, Standing, usage_month
from pagelapse.services.bulk_work import BulkKeeper
from pagelapse.services.configurations import DELETED_WITHIN_S, OVERDUE_S, Queues, Sweep, capture_job, new_job
from pagelapse.services.monitor_ports import ConfigurationStore, JobStore
from pagelapse.services.ports import CaptureStore

MOST_ATTEMPTS = 3
"""How often a job without a report is queued before it is given up."""

_TOLD = frozenset({"claimed", "retried", "given_up", "swept"})
"""Outcomes that something follows from: they begin with a line of their own, under the id of all that follows."""

_IDS = ("account_id", "configuration_id", "job_id")

Due = Configuration | Job | Deletion | Order | BulkJob | CaptureRecord


def _ids(due: Due) -> dict[str, object]:
    return {name: getattr(due, name) for name in _IDS if hasattr(due, name)}


class DueStore(Protocol):
    """The index of due work."""

    @property
    def shards(self) -> Sequence[int]:
        """Its partitions."""
        ...

    def due(self, shard: int, now: float) -> Iterator[Sequence[Due]]:
        """What is due at Unix time `now`, soonest first, in batches as they are read."""
        ...

    def check_again(self, deletion: Deletion, *, at: int) -> bool:
        """Look at a deletion again at Unix time `at`; false when it is done."""
        ...


class AccountReader(Protocol):
    """What a run needs to know of its account."""

    def standing(self, account_id: str, month: str) -> Standing:
        """The account, and what it has used in the month."""
        ...


class OrderMinder(Protocol):
    """Sees to overdue orders."""

    def see_to(self, order: Order, now: float) -> str:
        """Queue an order once more, or give it up; says which, or `lost` to somebody else."""
        ...


class DueWork:
    """Does what is due. Ticks may overlap: each thing is claimed by a conditional write.

    Args:
        due: Finds it.
        configurations: The plans.
        jobs: Their captures.
        accounts: Who may capture.
        queues: Where captures and deletions go.
        orders: Sees to those that are overdue.
        bulk: Looks after bulk jobs.
        captures: The captures that somebody waited for.
    """

    def __init__(
        self,
        due: DueStore,
        configurations: ConfigurationStore,
        jobs: JobStore,
        accounts: AccountReader,
        queues: Queues,
        orders: OrderMinder,
        *,
        bulk: BulkKeeper | None = None,
        captures: CaptureStore | None = None,
    ) -> None:
        self._orders, self._bulk, self._captures = orders, bulk, captures
        self._due = due
        self._configurations = configurations
        self._jobs = jobs
        self._accounts = accounts
        self._queues = queues
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)

    def run(self, *, until: float) -> Counter[str]:
        """Do what is due now, all shards side by side; what is left at Unix time `until` is the next tick's.

        Returns:
            How often each thing was done: `claimed`, `skipped`, `lost` to another tick, `retried`, `given_up`,
            `waited` for, `swept`, `failed`, and how many shards stayed `unread`.
        """
        now = time.time()
        month = usage_month(now)
        standing = cache(lambda account_id: self._accounts.standing(account_id, month))
        shards = random.sample(self._due.shards, len(self._due.shards))
        done: Counter[str] = Counter()
        with ThreadPoolExecutor(len(shards)) as threads:
            running = [threads.submit(self._run_shard, shard, now, until, standing) for shard in shards]
        for ended in running:
            error = ended.exception()
            if isinstance(error, Exception):
                log_unexpected(error)
            done += Counter(unread=1) if error else ended.result()
        return done

    def _run_shard(self, shard: int, now: float, until: float, standing: Callable[[str], Standing]) -> Counter[str]:
        done = self._pass(shard, now, until, standing)
        # What two ticks left to each other is still there.
        return done + self._pass(shard, now, until, standing) if done["lost"] else done

    def _pass(self, shard: int, now: float, until: float, standing: Callable[[str], Standing]) -> Counter[str]:
        done: Counter[str] = Counter()
        for batch in self._due.due(shard, now):
            for due in batch:
                if time.time() > until:
                    return done
                outcome = self._safely(due, now, standing)
                done[outcome] += 1
                if outcome == "lost":
                    # Another tick is at work here: let it, and go on where it is not.
                    break
        return done

    def _safely(self, due: Due, now: float, standing: Callable[[str], Standing]) -> str:
        with correlated():
            try:
                outcome = self._do(due, now, standing)
            except Exception as error:  # noqa: BLE001 - the others are due too; this one stays due
                log_unexpected(error)
                return "failed"
            if outcome in _TOLD:
                logger.info("due", extra={"kind": type(due).__name__, "done": outcome, **_ids(due)})
            return outcome

    def _do(self, due: Due, now: float, standing: Callable[[str], Standing]) -> str:
        if isinstance(due, Configuration):
            return self._claim(due, now, standing(due.account_id))
        if isinstance(due, Job):
            return self._see_to(due, now)
        if isinstance(due, Order):
            return self._orders.see_to(due, now)
        if isinstance(due, BulkJob):
            return self._bulk.see_to(due, now) if self._bulk else "failed"
        if isinstance(due, CaptureRecord):
            return self._give_back(due)
        return self._sweep(due, now)

    def _claim(self, configuration: Configuration, now: float, standing: Standing) -> str:
        """Begin the due run. After an outage it is one run, however many were missed."""
        schedule = configuration.plan.schedule
        following = None if schedule is None else next_run(schedule, now)
        may_capture = self._may_capture(configuration, standing)
        if following is None or not may_capture or configuration.busy_until > now:
            return self._skip(configuration, following)
        limit = standing.account.screenshot_limit if standing.account else None
        job = new_job(configuration, now, limit=limit)
        try:
            claimed = self._begin(configuration, job, following, limit)
        except UsageLimitExceeded:
            return self._skip(configuration, following)
        if not claimed:
            return "lost"
        self._queues.captures.send(capture_job(configuration, job, self._queues.locations).model_dump_json())
        return "claimed"

    def _begin(self, configuration: Configuration, job: Job, following: int, limit: int | None) -> bool:
        """Claim the run; those of an account with a limit one by one, as they would collide on its count."""
        with nullcontext() if limit is None else self._turns[configuration.account_id]:
            return self._configurations.claim_run(
                configuration, job, next_run=following, busy_until=job.overdue_at, limit=limit
            )

    def _skip(self, configuration: Configuration, following: int | None) -> str:
        return "skipped" if self._configurations.skip_run(configuration, next_run=following) else "lost"

    def _see_to(self, job: Job, now: float) -> str:
        """Queue an overdue job once more: the same job, so a report that comes after all is recorded once."""
        configuration = self._configurations.find(job.account_id, job.configuration_id)
        if configuration is None or job.attempts >= MOST_ATTEMPTS:
            gone = Failure(code="capture_failed", message="The capture broke down.")
            is_last = configuration is not None and configuration.last_job_id == job.job_id
            return "given_up" if self._jobs.fail(job, gone, is_last=is_last) else "lost"
        digest = configuration.plan.options.digest()
        if not self._jobs.retry(job, digest=digest, overdue_at=int(now) + OVERDUE_S):
            return "lost"
        again = capture_job(configuration, replace(job, digest=digest), self._queues.locations)
        self._queues.captures.send(again.model_dump_json())
        return "retried"

    def _give_back(self, record: CaptureRecord) -> str:
        """Give up a capture whose caller's `api`, or `snap`, ended before anybody could say what became of it."""
        gone = Failure(code="capture_failed", message="The capture broke down.")
        if self._captures is None:
            return "failed"
        ended = self._captures.fail(record.account_id, record.digest, record.claim, gone)
        return "given_up" if ended else "lost"

    def _sweep(self, deletion: Deletion, now: float) -> str:
        if not self._due.check_again(deletion, at=int(now) + DELETED_WITHIN_S):
            return "lost"
        sweep = Sweep(account_id=deletion.account_id, configuration_id=deletion.configuration_id)
        self._queues.sweeps.send(sweep.model_dump_json())
        return "swept"

    def _may_capture(self, configuration: Configuration, standing: Standing) -> bool:
        account = standing.account
        if account is None or account.suspended_at is not None:
            return False
        locations, location = self._queues.locations, configuration.plan.options.location
        if locations.has(location) and standing.location_bytes >= locations.monthly_bytes:
            return False
        return account.screenshot_limit is None or standing.captures < account.screenshot_limit

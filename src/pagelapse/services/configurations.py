"""Stored configurations: made, changed, captured and deleted by their accounts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from pydantic import BaseModel

from pagelapse.accounts import Caller
from pagelapse.capture.jobs import CaptureJob
from pagelapse.errors import (
    CaptureUnderWay,
    ConfigurationNotFound,
    JobNotFound,
    JobPending,
    MadeElsewhere,
    ServiceBusy,
    UsageLimitExceeded,
    capture_error,
)
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.configurations import (
    Configuration,
    Embed,
    Job,
    Plan,
    Screenshot,
    is_configuration_id,
    new_configuration_id,
)
from pagelapse.monitoring.listings import Listing, Page
from pagelapse.monitoring.schedules import next_run
from pagelapse.observability import logger
from pagelapse.records import usage_month
from pagelapse.services.connectors import ConnectorCheck, NoConnectors
from pagelapse.services.flight import new_id, new_key_prefix
from pagelapse.services.locations import NOWHERE, Locations
from pagelapse.services.monitor_ports import ConfigurationStore, JobStore, ListingStore, Outbox

OVERDUE_S = 900
"""How long a queued job may go without a report: longer than the queue hides it from a `snap` that died (540 s)."""

DELETED_WITHIN_S = 900
ANALYSED_WITHIN_S = 3600
"""How long a job waits for its picture's analysis: longer than all attempts at it take."""
_UPDATES = 5


class Sweep(BaseModel):
    """Asks for the removal of a deleted configuration's pictures and records, or of single pictures."""

    account_id: str
    configuration_id: str | None = None
    """`None`: only what `keys` name."""
    keys: tuple[str, ...] = ()
    """S3 keys that no record names."""


class Making(Protocol):
    """Makes a plan for a configuration that begins at a Unix time, in milliseconds."""

    def __call__(self, created_at_ms: int) -> Plan:
        """The plan; raises `InvalidOption`."""
        ...


@dataclass(frozen=True, slots=True)
class Queues:
    """Where work goes, and how captures go out from there."""

    captures: Outbox
    sweeps: Outbox
    locations: Locations = NOWHERE
    connectors: ConnectorCheck = field(default_factory=NoConnectors)


class Configurations:
    """What an account can do with its configurations.

    Args:
        configurations: The plans.
        jobs: Their captures.
        lists: All of them, page by page.
        queues: Where captures and deletions go.
        pictures_url: Base of the public links, without a closing slash.
        public_url: Base of our own public addresses, likewise; empty means the host that was asked.
    """

    def __init__(
        self,
        configurations: ConfigurationStore,
        jobs: JobStore,
        lists: ListingStore,
        queues: Queues,
        *,
        pictures_url: str,
        public_url: str = "",
    ) -> None:
        self._configurations = configurations
        self._jobs = jobs
        self._lists = lists
        self._queues = queues
        self._pictures_url = pictures_url
        self.public_url = public_url

    def create(self, caller: Caller, make: Making) -> Configuration:
        """Store a configuration and queue its first capture.

        Raises:
            UsageLimitExceeded: The month's captures are used up.
        """
        check_usage(caller)
        now = time.time()
        configuration_id = new_configuration_id(int(now * 1000))
        made = Configuration(caller.account.account_id, configuration_id, make(int(now * 1000)))
        self._queues.locations.check(made.plan.options.location, caller.location_bytes)
        self._queues.connectors.check(made.account_id, made.plan.options)
        limit = caller.account.screenshot_limit
        job = new_job(made, now, limit=limit)
        made = replace(made, last_job_id=job.job_id, busy_until=job.overdue_at, next_run=_next_run(made, now))
        self._configurations.create(made, job, limit=limit)
        self._queue(made, job)
        return made

    def get(self, caller: Caller, configuration_id: str) -> Configuration:
        """One of the caller's configurations.

        Raises:
            ConfigurationNotFound: When there is none such, or it is somebody else's.
        """
        found = None
        if is_configuration_id(configuration_id):
            found = self._configurations.find(caller.account.account_id, configuration_id)
        if found is None:
            raise ConfigurationNotFound("There is no such screenshot configuration in this account.")
        return found

    def update(self, caller: Caller, configuration_id: str, change: Callable[[Configuration], Plan]) -> Configuration:
        """Change a configuration's plan; its next run follows from the new schedule.

        Raises:
            ConfigurationNotFound: As `get`.
            ServiceBusy: When others change it all the time.
            MadeElsewhere: When another API made it, which alone knows what its words mean.
        """
        for _ in range(_UPDATES):
            found = self.get(caller, configuration_id)
            changed = replace(found, plan=change(found), revision=found.revision + 1)
            if changed.plan.dialect != found.plan.dialect:
                raise MadeElsewhere("was made by another of the APIs; change it there")
            self._queues.locations.proxy_for(changed.plan.options.location)
            self._queues.connectors.check(changed.account_id, changed.plan.options)
            reschedule = changed.plan.schedule != found.plan.schedule
            if reschedule:
                changed = replace(changed, next_run=_next_run(changed, time.time()))
            if self._configurations.replace(changed, seen_revision=found.revision, reschedule=reschedule):
                return changed
        raise ServiceBusy("The configuration is being changed by others; ask again in a few seconds.")

    def delete(self, caller: Caller, configuration_id: str) -> Configuration:
        """Delete a configuration. Its pictures and records follow soon after; they are out of every list but for that.

        Raises:
            ConfigurationNotFound: As `get`.
        """
        found = self.get(caller, configuration_id)
        if not self._configurations.remove(found, check_at=int(time.time()) + DELETED_WITHIN_S):
            raise ConfigurationNotFound("There is no such screenshot configuration in this account.")
        sweep = Sweep(account_id=found.account_id, configuration_id=found.configuration_id)
        self._try_to_send(self._queues.sweeps, sweep.model_dump_json())
        return found

    def capture(self, caller: Caller, configuration_id: str) -> Job:
        """Queue a capture now, beside the schedule.

        Raises:
            ConfigurationNotFound: As `get`.
            UsageLimitExceeded: The month's captures are used up.
            CaptureUnderWay: One is under way.
        """
        found = self.get(caller, configuration_id)
        check_usage(caller)
        self._queues.locations.check(found.plan.options.location, caller.location_bytes)
        self._queues.connectors.check(found.account_id, found.plan.options)
        limit = caller.account.screenshot_limit
        job = new_job(found, time.time(), limit=limit)
        if not self._configurations.begin(found, job, busy_until=job.overdue_at, limit=limit):
            raise CaptureUnderWay("A screenshot of this configuration is being captured already.")
        self._queue(found, job)
        return job

    def screenshot(self, caller: Caller, job_id: str) -> Screenshot:
        """What a job gave.

        Raises:
            JobNotFound: When the account has no such job.
            JobPending: While it, or the analysis of its picture, is under way.
            CaptureError: When it failed.
        """
        found = self._jobs.job(caller.account.account_id, job_id) if _could_be_a_job(job_id) else None
        if found is None:
            raise JobNotFound("There is no such job in this account.")
        if found.failure is not None:
            raise capture_error(found.failure.code, found.failure.message, option=found.failure.option)
        if found.screenshot is None:
            raise JobPending("The screenshot is being captured; ask again in a moment.")
        if found.analysis_month is not None and found.screenshot.taken_at_ms / 1000 + ANALYSED_WITHIN_S > time.time():
            raise JobPending("The screenshot is being analysed; ask again in a moment.")
        return found.screenshot

    def list_configurations(self, caller: Caller, page: Page) -> list[Configuration]:
        """A page of the account's configurations."""
        return self._lists.configurations(Listing("configurations", caller.account.account_id), page)

    def list_screenshots(self, caller: Caller, page: Page, configuration_id: str | None = None) -> list[Screenshot]:
        """A page of the screenshots of the account, or of one configuration; raises `ConfigurationNotFound`."""
        if configuration_id is not None:
            self.get(caller, configuration_id)
        return self._lists.screenshots(Listing("screenshots", caller.account.account_id, configuration_id), page)

    def list_changes(self, caller: Caller, page: Page, configuration_id: str | None = None) -> list[Change]:
        """A page of the changes of the account, or of one configuration; raises `ConfigurationNotFound`."""
        if configuration_id is not None:
            self.get(caller, configuration_id)
        return self._lists.changes(Listing("changes", caller.account.account_id, configuration_id), page)

    def embed(self, configuration_id: str) -> Embed:
        """What the embed URL shows; raises `ConfigurationNotFound`."""
        found = self._configurations.embed(configuration_id) if is_configuration_id(configuration_id) else None
        if found is None:
            raise ConfigurationNotFound("There is no such screenshot configuration.")
        return found

    def link(self, key: str) -> str:
        """The public link to a stored file."""
        return f"{self._pictures_url}/{key}"

    def _queue(self, configuration: Configuration, job: Job) -> None:
        queued = capture_job(configuration, job, self._queues.locations)
        self._try_to_send(self._queues.captures, queued.model_dump_json())

    def _try_to_send(self, queue: Outbox, body: str) -> None:
        """What is not sent now, the minute tick finds overdue and sends."""
        try:
            queue.send(body)
        except Exception as error:  # noqa: BLE001 - the write before it counts
            logger.warning("left to the minute tick", extra={"error": type(error).__name__, "why": str(error)[:200]})


def check_usage(caller: Caller) -> None:
    """Pass while the account has captures left this month.

    Raises:
        UsageLimitExceeded: When it has none.
    """
    limit = caller.account.screenshot_limit
    if limit is not None and caller.usage >= limit:
        raise UsageLimitExceeded("The account has no captures left this month.")


def new_job(configuration: Configuration, now: float, *, limit: int | None = None) -> Job:
    """The configuration's next job.

    Args:
        configuration: What to capture.
        now: Unix time, seconds.
        limit: The account's captures per month. With one, the job is counted as it begins, so that those under way
            can't exceed it; without, when it is recorded, as all jobs of an account would collide on its count.
    """
    return Job(
        configuration.account_id,
        new_id(),
        configuration.configuration_id,
        configuration.plan.options.digest(),
        new_key_prefix(),
        int(now) + OVERDUE_S,
        month="" if limit is None else usage_month(now),
    )


def capture_job(configuration: Configuration, job: Job, locations: Locations) -> CaptureJob:
    """What `snap` is told of a job; one whose location the pool has lost since fails there, and is recorded."""
    location = configuration.plan.options.location
    return CaptureJob(
        purpose="configuration",
        job_id=job.job_id,
        account_id=job.account_id,
        options=configuration.plan.options,
        key_prefix=job.key_prefix,
        thumbnail=configuration.plan.thumbnail,
        proxy=locations.proxy_for(location) if locations.has(location) else None,
    )


def _next_run(configuration: Configuration, now: float) -> int | None:
    schedule = configuration.plan.schedule
    return None if schedule is None else next_run(schedule, now)


def _could_be_a_job(job_id: str) -> bool:
    return len(job_id) == 24 and job_id.isalnum() and job_id.isascii()

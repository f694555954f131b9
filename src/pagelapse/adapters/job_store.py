"""Jobs in DynamoDB: what became of a capture, with its picture, its usage and its changes, in one write."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.monitor_items import (
    CHANGES,
    ChangeItem,
    ConfigurationItem,
    EmbedItem,
    JobItem,
    ScreenshotItem,
    SeenItem,
)
from pagelapse.adapters.table import UsageItem, connect, counted
from pagelapse.adapters.writes import applied
from pagelapse.records import usage_month

if TYPE_CHECKING:
    from pagelapse.capture.jobs import Failure
    from pagelapse.monitoring.configurations import Job, Outcome, Screenshot


class JobTable:
    """The jobs' part of the table.

    Args:
        table_name: Of DynamoDB.
        picture_days: How long pictures are kept, and their records with them.
    """

    def __init__(self, table_name: str, *, picture_days: int) -> None:
        self._connection = connect(table_name)
        self._picture_days = picture_days

    def job(self, account_id: str, job_id: str) -> Job | None:
        """The job as it is now (consistent read)."""
        place = JobItem.at(account_id, job_id)
        try:
            return JobItem.get(place.pk, place.sk, consistent_read=True).job()
        except DoesNotExist:
            return None

    def seen_texts(self, account_id: str, configuration_id: str) -> dict[str, str]:
        """What was last seen at the configuration's watched elements, by target key (consistent read)."""
        place = SeenItem.at(account_id, configuration_id)
        return {item.sk: item.text for item in SeenItem.query(place.pk, consistent_read=True)}

    def finish(self, job: Job, outcome: Outcome, *, is_last: bool) -> bool:
        """Record a job's picture, its changes and its usage, in one write.

        Args:
            job: As read.
            outcome: What it gave.
            is_last: Whether the configuration was found to wait for this job.

        Returns:
            False when it was recorded already, or something that it rests on has changed since it was read.
        """
        moment = outcome.screenshot.taken_at_ms // 1000
        expires_at = moment + self._picture_days * 86_400
        actions = [
            *_ended("done"),
            JobItem.screenshot.set(outcome.screenshot.model_dump_json()),
            JobItem.undelivered.set(CHANGES.dump_json(outcome.changes).decode()),
        ]
        if outcome.screenshot.analysis is not None:
            actions.append(JobItem.analysis_month.set(""))
        if outcome.compare:
            actions.append(JobItem.comparing.set("open"))

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(JobItem.at(job.account_id, job.job_id), actions=actions, condition=_pending())
                transaction.save(ScreenshotItem.of(job.account_id, outcome.screenshot, expires_at))
                _count(transaction, job, 0 if job.month else 1, outcome.proxied_bytes)
                self._release(transaction, job, is_last=is_last)
                self._see(transaction, job, outcome)
                for change in outcome.changes:
                    transaction.save(ChangeItem.of(job.account_id, change))

        return applied(write)

    def fail(self, job: Job, failure: Failure, *, is_last: bool, proxied_bytes: int = 0) -> bool:
        """Record that a job gave no picture; only its bytes stay counted; false as `finish`."""
        actions = [*_ended("failed"), JobItem.failure.set(failure.model_dump_json())]

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(JobItem.at(job.account_id, job.job_id), actions=actions, condition=_pending())
                if is_last:
                    self._release(transaction, job, is_last=True)
                _count(transaction, job, -1 if job.month else 0, proxied_bytes)

        return applied(write)

    def show(self, configuration_id: str, screenshot: Screenshot) -> bool:
        """Let the embed URL show a picture; false when it shows a later one, or is gone."""
        older: Condition = EmbedItem.taken_at_ms.does_not_exist() | (EmbedItem.taken_at_ms < screenshot.taken_at_ms)
        actions: list[Action] = [
            EmbedItem.picture_key.set(screenshot.file.key),
            EmbedItem.taken_at_ms.set(screenshot.taken_at_ms),
        ]
        item = EmbedItem.at(configuration_id)
        return applied(lambda: item.update(actions=actions, condition=EmbedItem.pk.exists() & older))

    def delivered(self, job: Job) -> None:
        """Note that the queue has the job's changes."""
        JobItem.at(job.account_id, job.job_id).update(actions=[JobItem.undelivered.remove()])

    def retry(self, job: Job, *, digest: str, overdue_at: int) -> bool:
        """Note that an overdue job is queued once more; false when another tick did, or its report has come."""
        actions: list[Action] = [
            JobItem.attempts.set(job.attempts + 1),
            JobItem.digest.set(digest),
            JobItem.due_at.set(overdue_at),
        ]
        condition: Condition = _pending() & (JobItem.attempts == job.attempts)
        item = JobItem.at(job.account_id, job.job_id)
        return applied(lambda: item.update(actions=actions, condition=condition))

    def _release(self, transaction: TransactWrite, job: Job, *, is_last: bool) -> None:
        """The configuration is free again, if it waits for this job; in any case it must still exist."""
        item = ConfigurationItem.at(job.account_id, job.configuration_id)
        if is_last:
            same: Condition = ConfigurationItem.last_job_id == job.job_id
            transaction.update(item, actions=[ConfigurationItem.busy_until.set(0)], condition=same)
        else:
            exists = ConfigurationItem.pk.exists()
            transaction.condition_check(ConfigurationItem, item.pk, item.sk, condition=exists)

    def _see(self, transaction: TransactWrite, job: Job, outcome: Outcome) -> None:
        seen = outcome.seen or {}
        for key, text in (outcome.texts or {}).items():
            item = SeenItem.at(job.account_id, job.configuration_id, key)
            unchanged = SeenItem.text == seen[key] if key in seen else SeenItem.pk.does_not_exist()
            actions: list[Action] = [SeenItem.kind.set(SeenItem), SeenItem.text.set(text)]
            transaction.update(item, actions=actions, condition=unchanged)


def _count(transaction: TransactWrite, job: Job, captures: int, proxied_bytes: int) -> None:
    """Count in the month that the job is counted in, or in this one."""
    if captures or proxied_bytes:
        usage = UsageItem.at(job.account_id, job.month or usage_month(time.time()))
        transaction.update(usage, actions=counted(captures, proxied_bytes))


def _pending() -> Condition:
    pending: Condition = JobItem.state == "pending"
    return pending


def _ended(state: str) -> list[Action]:
    return [JobItem.state.set(state), JobItem.due_shard.remove(), JobItem.due_at.remove()]

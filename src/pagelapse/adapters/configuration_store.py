"""Configurations in DynamoDB: each change together with the job or the deletion that it begins."""

from __future__ import annotations

import time
from collections.abc import Callable

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.monitor_items import ConfigurationItem, DeletionItem, EmbedItem, JobItem, due_shard
from pagelapse.adapters.table import UsageItem, captures_below, connect, counted
from pagelapse.adapters.writes import CHECK_FAILED, applied, reasons, retrying
from pagelapse.errors import UsageLimitExceeded
from pagelapse.monitoring.configurations import Configuration, Embed, Job

JOB_DAYS = 366
"""How long `GET /jobs/…` remembers a job."""


class ConfigurationTable:
    """The configurations' part of the table."""

    def __init__(self, table_name: str) -> None:
        self._connection = connect(table_name)

    def create(self, configuration: Configuration, job: Job, *, limit: int | None = None) -> None:
        """Store a new configuration with its first job, in one write.

        Args:
            configuration: The new one.
            job: Counted in the same write, if it has a month.
            limit: The account's captures per month.

        Raises:
            UsageLimitExceeded: When the month's captures are used up.
        """
        item = ConfigurationItem.at(configuration.account_id, configuration.configuration_id)
        item.plan, item.revision = configuration.plan.model_dump_json(), configuration.revision
        item.last_job_id, item.busy_until = job.job_id, configuration.busy_until
        if configuration.next_run is not None:
            item.due_shard, item.due_at = due_shard(configuration.configuration_id), configuration.next_run
        embed = EmbedItem.at(configuration.configuration_id)
        embed.account_id, embed.placeholder_url = configuration.account_id, configuration.plan.placeholder_url

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.save(item, condition=ConfigurationItem.pk.does_not_exist())
                transaction.save(embed, condition=EmbedItem.pk.does_not_exist())
                transaction.save(job_item(job))
                _reserve(transaction, job, limit)

        _reserving(write, job, limit)

    def find(self, account_id: str, configuration_id: str) -> Configuration | None:
        """The configuration as it is now (consistent read)."""
        place = ConfigurationItem.at(account_id, configuration_id)
        try:
            return ConfigurationItem.get(place.pk, place.sk, consistent_read=True).configuration()
        except DoesNotExist:
            return None

    def embed(self, configuration_id: str) -> Embed | None:
        """What anybody may see of a configuration, whoever's it is."""
        place = EmbedItem.at(configuration_id)
        try:
            return EmbedItem.get(place.pk, place.sk).embed()
        except DoesNotExist:
            return None

    def replace(self, configuration: Configuration, *, seen_revision: int, reschedule: bool) -> bool:
        """Store a changed plan, and its next run only when that is new: a tick may have moved it meanwhile.

        Returns:
            False when the plan is no longer the one that was read.
        """
        actions: list[Action] = [
            ConfigurationItem.plan.set(configuration.plan.model_dump_json()),
            ConfigurationItem.revision.set(configuration.revision),
            *(_due_actions(configuration.configuration_id, configuration.next_run) if reschedule else ()),
        ]
        placeholder = configuration.plan.placeholder_url
        show = EmbedItem.placeholder_url
        item = ConfigurationItem.at(configuration.account_id, configuration.configuration_id)

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(item, actions=actions, condition=ConfigurationItem.revision == seen_revision)
                transaction.update(
                    EmbedItem.at(configuration.configuration_id),
                    actions=[show.set(placeholder) if placeholder else show.remove()],
                    condition=EmbedItem.pk.exists(),
                )

        return applied(write)

    def remove(self, configuration: Configuration, *, check_at: int) -> bool:
        """Delete a configuration and note that its pictures must follow, in one write; false when it is gone already.

        Args:
            configuration: The one to delete.
            check_at: Unix time, seconds, by which the pictures should be gone.
        """
        account_id, configuration_id = configuration.account_id, configuration.configuration_id
        deletion = DeletionItem.at(account_id, configuration_id)
        deletion.due_shard, deletion.due_at = due_shard(configuration_id), check_at

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                item = ConfigurationItem.at(account_id, configuration_id)
                transaction.delete(item, condition=ConfigurationItem.pk.exists())
                transaction.delete(EmbedItem.at(configuration_id))
                transaction.save(deletion)

        return applied(write)

    def begin(self, configuration: Configuration, job: Job, *, busy_until: float, limit: int | None = None) -> bool:
        """Begin a job beside the schedule, counted as `create` does; false while another one is under way."""
        actions: list[Action] = [
            ConfigurationItem.last_job_id.set(job.job_id),
            ConfigurationItem.busy_until.set(busy_until),
        ]
        condition: Condition = ConfigurationItem.pk.exists() & (ConfigurationItem.busy_until < time.time())
        return self._with_job(configuration, job, actions, condition, limit)

    def claim_run(
        self, configuration: Configuration, job: Job, *, next_run: int, busy_until: float, limit: int | None = None
    ) -> bool:
        """Begin the job of the run that is due and move the schedule on, in one write, counted as `create` does.

        Returns:
            False when another tick has claimed the run, or the plan has changed since it was read.
        """
        actions: list[Action] = [
            ConfigurationItem.last_job_id.set(job.job_id),
            ConfigurationItem.busy_until.set(busy_until),
            ConfigurationItem.due_at.set(next_run),
        ]
        return self._with_job(configuration, job, actions, _as_read(configuration), limit)

    def skip_run(self, configuration: Configuration, *, next_run: int | None) -> bool:
        """Move the schedule on without a job, or end it; false as `claim_run`."""
        item = ConfigurationItem.at(configuration.account_id, configuration.configuration_id)
        actions = _due_actions(configuration.configuration_id, next_run)
        return applied(lambda: item.update(actions=actions, condition=_as_read(configuration)))

    def _with_job(
        self, configuration: Configuration, job: Job, actions: list[Action], condition: Condition, limit: int | None
    ) -> bool:
        item = ConfigurationItem.at(configuration.account_id, configuration.configuration_id)

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(item, actions=actions, condition=condition)
                transaction.save(job_item(job))
                _reserve(transaction, job, limit)

        return _reserving(write, job, limit)


def _reserve(transaction: TransactWrite, job: Job, limit: int | None) -> None:
    """Count a job that has a month; the last write of its transaction."""
    if job.month:
        usage = UsageItem.at(job.account_id, job.month)
        transaction.update(usage, actions=counted(1), condition=captures_below(limit))


def _reserving(write: Callable[[], object], job: Job, limit: int | None) -> bool:
    """Carry out a write that ends with `_reserve`; false when a condition of its own did not hold.

    Raises:
        UsageLimitExceeded: When only the count's did not.
    """
    used_up = UsageLimitExceeded("The account has no captures left this month.")
    if job.month and limit is not None and limit <= 0:
        raise used_up
    try:
        retrying(write)
    except TransactWriteError as error:
        found = reasons(error)
        if job.month and found and found.pop() == CHECK_FAILED and CHECK_FAILED not in found:
            raise used_up from None
        if CHECK_FAILED in found:
            return False
        raise
    return True


def job_item(job: Job) -> JobItem:
    """A new job's item, due when its report is overdue."""
    item = JobItem.at(job.account_id, job.job_id)
    item.configuration_id, item.digest, item.key_prefix = job.configuration_id, job.digest, job.key_prefix
    item.state, item.attempts, item.month = job.state, job.attempts, job.month or None
    item.due_shard, item.due_at = due_shard(job.job_id), job.overdue_at
    item.expires_at = int(time.time()) + JOB_DAYS * 86_400
    return item


def _due_actions(configuration_id: str, next_run: int | None) -> list[Action]:
    if next_run is None:
        return [ConfigurationItem.due_shard.remove(), ConfigurationItem.due_at.remove()]
    shard = due_shard(configuration_id)
    return [ConfigurationItem.due_shard.set(shard), ConfigurationItem.due_at.set(next_run)]


def _as_read(configuration: Configuration) -> Condition:
    same_run: Condition = ConfigurationItem.due_at == configuration.next_run
    same_plan: Condition = ConfigurationItem.revision == configuration.revision
    both: Condition = same_run & same_plan
    return both

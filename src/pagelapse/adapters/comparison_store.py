"""Comparisons in DynamoDB: each recorded with its job and its screenshot, in one write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.monitor_items import ComparisonItem, JobItem, ScreenshotItem
from pagelapse.adapters.table import connect
from pagelapse.adapters.writes import applied
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import Screenshot

if TYPE_CHECKING:
    from pagelapse.monitoring.configurations import Job


class ComparisonTable:
    """The comparisons' part of the table.

    Args:
        table_name: Of DynamoDB.
        picture_days: How long pictures are kept, and what is recorded of them.
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

    def earlier(self, account_id: str, screenshot: Screenshot, count: int) -> list[Screenshot]:
        """Up to `count` screenshots of the same configuration before this one, the latest first (consistent read)."""
        this = ScreenshotItem.of(account_id, screenshot, 0)
        before = ScreenshotItem.sk < this.sk
        query = ScreenshotItem.query(this.pk, before, consistent_read=True, scan_index_forward=False, limit=count)
        return [item.shown() for item in query]

    def find(self, account_id: str, screenshot: Screenshot) -> Comparison | None:
        """What was recorded of a screenshot's comparison (consistent read)."""
        ids = screenshot.configuration_id, screenshot.job_id
        place = ComparisonItem.at(account_id, *ids, screenshot.taken_at_ms)
        try:
            return Comparison.model_validate_json(
                ComparisonItem.get(place.pk, place.sk, consistent_read=True).comparison
            )
        except DoesNotExist:
            return None

    def settle(self, job: Job, comparison: Comparison, *, telling: bool) -> bool:
        """Record what a comparison found, with the job and its screenshot, in one write.

        Args:
            job: As read, with a screenshot that waits to be compared.
            comparison: What to record.
            telling: Whether somebody is to be told of it.

        Returns:
            False when it is recorded already, or the screenshot is gone.
        """
        assert job.screenshot is not None  # noqa: S101 - only a screenshot is compared
        expires_at = comparison.taken_at_ms // 1000 + self._picture_days * 86_400
        archived = ScreenshotItem.of(job.account_id, job.screenshot, 0)
        settled: Action = JobItem.comparing.set("telling") if telling else JobItem.comparing.remove()
        compared: Action = ScreenshotItem.comparison.set(comparison.summary().model_dump_json(exclude_defaults=True))

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                item = JobItem.at(job.account_id, job.job_id)
                transaction.update(item, actions=[settled], condition=JobItem.comparing == "open")
                transaction.update(archived, actions=[compared], condition=ScreenshotItem.pk.exists())
                transaction.save(ComparisonItem.of(job.account_id, comparison, expires_at))

        return applied(write)

    def told(self, job: Job) -> None:
        """Note that the queue has what is to be told."""
        telling: Condition = JobItem.comparing == "telling"
        item = JobItem.at(job.account_id, job.job_id)
        applied(lambda: item.update(actions=[JobItem.comparing.remove()], condition=telling))

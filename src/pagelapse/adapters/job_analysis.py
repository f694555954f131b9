"""The analyses of configurations' pictures in DynamoDB: counted, and recorded, in one write each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.monitor_items import JobItem, ScreenshotItem
from pagelapse.adapters.table import UsageItem, analysed, analyses_below, connect
from pagelapse.adapters.writes import CHECK_FAILED, applied, reasons, retrying
from pagelapse.errors import UsageLimitExceeded

if TYPE_CHECKING:
    from pagelapse.monitoring.configurations import Analysis, Job


class JobAnalysisTable:
    """The part of the table with the jobs whose pictures wait for an analysis."""

    def __init__(self, table_name: str) -> None:
        self._connection = connect(table_name)

    def job(self, account_id: str, job_id: str) -> Job | None:
        """The job as it is now (consistent read)."""
        place = JobItem.at(account_id, job_id)
        try:
            return JobItem.get(place.pk, place.sk, consistent_read=True).job()
        except DoesNotExist:
            return None

    def count(self, job: Job, month: str, requests: int, *, limit: int | None) -> bool:
        """Count a job's analysis, in one write with the note that it is counted; false when it is so already.

        Raises:
            UsageLimitExceeded: When the month's count would exceed the limit; nothing is written then.
        """
        full = UsageLimitExceeded("The account has not enough AI requests left this month.")
        if limit is not None and requests > limit:
            raise full

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                noted: list[Action] = [JobItem.analysis_month.set(month)]
                item = JobItem.at(job.account_id, job.job_id)
                transaction.update(item, actions=noted, condition=_as_read(job))
                usage = UsageItem.at(job.account_id, month)
                transaction.update(usage, actions=analysed(requests), condition=analyses_below(limit, requests))

        try:
            retrying(write)
        except TransactWriteError as error:
            noted, counted = reasons(error)
            if noted == CHECK_FAILED:
                return False
            if counted == CHECK_FAILED:
                raise full from None
            raise
        return True

    def settle(self, job: Job, analysis: Analysis, *, refund: int = 0) -> bool:
        """Record what became of a job's analysis, with its screenshot, in one write.

        Args:
            job: As read, with a screenshot.
            analysis: What to record.
            refund: Requests to be given back.

        Returns:
            False when it is recorded already, or the screenshot is gone.
        """
        assert job.screenshot is not None  # noqa: S101 - only a screenshot has an analysis
        screenshot = job.screenshot.model_copy(update={"analysis": analysis})
        archived = ScreenshotItem.of(job.account_id, screenshot, 0)
        settled: list[Action] = [
            JobItem.analysis_month.remove(),
            JobItem.screenshot.set(screenshot.model_dump_json()),
        ]

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                item = JobItem.at(job.account_id, job.job_id)
                transaction.update(item, actions=settled, condition=_as_read(job))
                shown: list[Action] = [ScreenshotItem.screenshot.set(archived.screenshot)]
                transaction.update(archived, actions=shown, condition=ScreenshotItem.pk.exists())
                if refund and job.analysis_month:
                    transaction.update(UsageItem.at(job.account_id, job.analysis_month), actions=analysed(-refund))

        return applied(write)


def _as_read(job: Job) -> Condition:
    same: Condition = JobItem.analysis_month == job.analysis_month
    return same

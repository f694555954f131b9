"""AI analysis of configurations' pictures, after they are recorded: nobody waits for it, and it is counted once."""

from __future__ import annotations

import time
from typing import Protocol

from pydantic import BaseModel

from pagelapse.capture.jobs import Failure, StoredFile
from pagelapse.errors import AnalysisFailed, CaptureTimeout, InvalidOption, PagelapseError, UsageLimitExceeded
from pagelapse.monitoring.configurations import Analysis, Job
from pagelapse.monitoring.webhooks import retry_after_s
from pagelapse.observability import logger
from pagelapse.records import usage_month

MOST_ATTEMPTS = 4
"""How often a model that does not answer is asked."""

REQUESTS = 2
"""What an analysis counts: the image and the prompt (PagePixels' "AI Image Analysis Requests")."""

MAX_RESPONSE_LENGTH = 4000
"""Characters that are kept: a page of 1000 screenshots must fit Lambda's answer of 6 MB (AWS quota)."""


class AnalysisTask(BaseModel):
    """Names a job whose picture is to be analysed, as it waits on the analysis queue."""

    account_id: str
    job_id: str


class JobAnalysisStore(Protocol):
    """The jobs whose pictures wait for an analysis; see `adapters.job_analysis`."""

    def job(self, account_id: str, job_id: str) -> Job | None:
        """The job as it is now."""
        ...

    def count(self, job: Job, month: str, requests: int, *, limit: int | None) -> bool:
        """Count a job's analysis, in one write with the note that it is counted; false when it is so already.

        Raises:
            UsageLimitExceeded: When the month's count would exceed the limit; nothing is written then.
        """
        ...

    def settle(self, job: Job, analysis: Analysis, *, refund: int = 0) -> bool:
        """Record what became of a job's analysis and give a count back; false when the job is not as read."""
        ...


class Looking(Protocol):
    """Asks a model; see `services.analysis.Analyses`."""

    def look(self, key: str, media_type: str, prompt: str, *, deadline: float) -> str:
        """The answer to one prompt about a stored picture."""
        ...


class Hiding(Protocol):
    """The queue that the tasks come from."""

    def hide(self, receipt: str, seconds: int) -> None:
        """Let a received message come again after so many seconds."""
        ...


class JobAnalyst:
    """Has pictures analysed; whatever is delivered again is neither asked nor counted once its answer is stored.

    Args:
        jobs: Their jobs.
        analyses: Asks the model.
        queue: Where the tasks come from.
        limit: Requests per account and calendar month (UTC); `None` is unlimited.
    """

    def __init__(self, jobs: JobAnalysisStore, analyses: Looking, queue: Hiding, *, limit: int | None) -> None:
        self._jobs = jobs
        self._analyses = analyses
        self._queue = queue
        self._limit = limit

    def analyse(self, task: AnalysisTask, *, receipt: str, attempt: int, deadline: float) -> bool:
        """Have one picture analysed.

        Args:
            task: Which.
            receipt: Of the message that asks for it.
            attempt: How often that was delivered, counted from 1.
            deadline: Unix time, seconds.

        Returns:
            False when the message is to come again.
        """
        job = self._counted(task)
        if job is None or job.screenshot is None or job.screenshot.analysis is None:
            return True
        open_analysis = job.screenshot.analysis
        try:
            text = self._look(job.screenshot.file, open_analysis.prompt, deadline)
        except (AnalysisFailed, CaptureTimeout) as error:
            if attempt < MOST_ATTEMPTS:
                self._queue.hide(receipt, retry_after_s(attempt))
                logger.warning("analysis failed", extra={"job_id": job.job_id, "attempt": attempt, "why": str(error)})
                return False
            return self._give_up(job, error)
        except InvalidOption as error:
            return self._give_up(job, error)
        answered = open_analysis.model_copy(update={"response": text[:MAX_RESPONSE_LENGTH]})
        self._jobs.settle(job, answered)
        return True

    def _counted(self, task: AnalysisTask) -> Job | None:
        """The job once its analysis is counted; `None` when there is nothing to do for it any more."""
        job = self._jobs.job(task.account_id, task.job_id)
        if job is None or job.analysis_month != "":
            return job if job and job.analysis_month else None
        try:
            self._jobs.count(job, usage_month(time.time()), REQUESTS, limit=self._limit)
        except UsageLimitExceeded as error:
            self._give_up(job, error)
        job = self._jobs.job(task.account_id, task.job_id)
        return job if job and job.analysis_month else None

    def _look(self, file: StoredFile, prompt: str, deadline: float) -> str:
        return self._analyses.look(file.key, file.media_type, prompt, deadline=deadline)

    def _give_up(self, job: Job, error: PagelapseError) -> bool:
        """Record the failure; what was counted for the analysis is given back."""
        if job.screenshot is None or job.screenshot.analysis is None:
            return True
        failure = Failure(code=error.code, message=error.message)
        failed = job.screenshot.analysis.model_copy(update={"failure": failure})
        self._jobs.settle(job, failed, refund=REQUESTS if job.analysis_month else 0)
        return True

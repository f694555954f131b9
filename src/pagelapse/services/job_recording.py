"""What becomes of a configuration's capture: its job, its picture, its usage, its changes, and who is told."""

from __future__ import annotations

import time

from pagelapse.capture.jobs import MAX_AREAS, CaptureReport, Failure, StoredFile
from pagelapse.errors import ServiceBusy
from pagelapse.monitoring.changes import Change, SeenText, changes_of, new_texts
from pagelapse.monitoring.comparisons import CompareTask
from pagelapse.monitoring.configurations import Analysis, Configuration, Job, Outcome, Screenshot
from pagelapse.monitoring.webhooks import Delivery
from pagelapse.services.configurations import Sweep
from pagelapse.services.job_analysis import AnalysisTask
from pagelapse.services.monitor_ports import ConfigurationStore, JobStore, Outbox

_ATTEMPTS = 5


class JobRecorder:
    """Records reports; each step may be repeated, so whatever is delivered again changes nothing.

    Args:
        configurations: The plans.
        jobs: Their captures.
        notices: Where deliveries go.
        sweeps: Where pictures go that nobody may keep.
        analyses: Where pictures go that a model is asked about.
        comparisons: Where pictures go that are compared with those before them.
    """

    def __init__(
        self,
        configurations: ConfigurationStore,
        jobs: JobStore,
        notices: Outbox,
        sweeps: Outbox,
        analyses: Outbox,
        comparisons: Outbox | None = None,
    ) -> None:
        self._configurations = configurations
        self._jobs = jobs
        self._notices = notices
        self._sweeps = sweeps
        self._analyses = analyses
        self._comparisons = comparisons

    def record(self, report: CaptureReport) -> bool | None:
        """Record a report.

        Returns:
            `None` when it is of no configuration's job, false when it says nothing that could be believed.

        Raises:
            ServiceBusy: When others change the same records all the time.
        """
        for _ in range(_ATTEMPTS):
            job = self._jobs.job(report.account_id, report.job_id)
            if job is None:
                return None
            if job.state != "pending":
                self._follow_up(job)
                return True
            if not _is_about(report, job):
                return False
            self._settle(job, report)
        raise ServiceBusy("Too many reports of one configuration come at the same moment.")

    def _settle(self, job: Job, report: CaptureReport) -> None:
        """Write down what the report says, unless something has changed since `job` was read."""
        configuration = self._configurations.find(job.account_id, job.configuration_id)
        if configuration is None:
            self._discard(job, report)
            return
        is_last = configuration.last_job_id == job.job_id
        if report.file is None:
            failure = report.failure or Failure(code="capture_failed", message="The capture failed.")
            self._jobs.fail(job, failure, is_last=is_last, proxied_bytes=report.proxied_bytes)
        else:
            self._jobs.finish(job, self._outcome(configuration, job, report, report.file), is_last=is_last)

    def _discard(self, job: Job, report: CaptureReport) -> None:
        """The configuration was deleted meanwhile: so must be its picture."""
        keys = tuple(file.key for file in (report.file, report.thumbnail, report.text) if file)
        sweep = Sweep(account_id=job.account_id, configuration_id=job.configuration_id, keys=keys)
        self._sweeps.send(sweep.model_dump_json())
        gone = Failure(code="capture_failed", message="The screenshot configuration was deleted.")
        self._jobs.fail(job, gone, is_last=False, proxied_bytes=report.proxied_bytes)

    def _outcome(self, configuration: Configuration, job: Job, report: CaptureReport, file: StoredFile) -> Outcome:
        now_ms = int(time.time() * 1000)
        prompt = configuration.plan.analysis_prompt
        screenshot = Screenshot(
            configuration_id=job.configuration_id,
            job_id=job.job_id,
            file=file,
            thumbnail=report.thumbnail,
            taken_at_ms=min(report.taken_at_ms, now_ms),
            analysis=None if prompt is None else Analysis(prompt=prompt),
            text=report.text,
            ignored=report.ignored[:MAX_AREAS],
        )
        targets = configuration.plan.change_targets
        compare = configuration.plan.comparing is not None
        if not targets or not report.observations:
            return Outcome(screenshot, proxied_bytes=report.proxied_bytes, compare=compare)
        observed = [
            SeenText(action_index=found.action_index, text=found.text)
            for found in report.observations
            if found.text is not None
        ]
        seen = self._jobs.seen_texts(job.account_id, job.configuration_id)
        texts = new_texts(targets, observed, seen)
        ids = {"configuration_id": job.configuration_id, "job_id": job.job_id}
        changes = changes_of(targets, texts, seen, now_ms=now_ms, **ids)
        return Outcome(screenshot, changes, texts, seen, report.proxied_bytes, compare)

    def _follow_up(self, job: Job) -> None:
        """What comes after the record: repeated as long as nothing says that it was done."""
        if job.screenshot is not None:
            self._jobs.show(job.configuration_id, job.screenshot)
        for change in job.undelivered:
            if not change.url:
                continue
            self._notices.send(_delivery(job.account_id, change).model_dump_json())
        if job.undelivered:
            self._jobs.delivered(job)
        if job.analysis_month is not None:
            self._analyses.send(AnalysisTask(account_id=job.account_id, job_id=job.job_id).model_dump_json())
        if job.comparing is not None and self._comparisons is not None:
            self._comparisons.send(CompareTask(account_id=job.account_id, job_id=job.job_id).model_dump_json())


def _is_about(report: CaptureReport, job: Job) -> bool:
    """Believe `snap` only about its own job: it runs hostile pages."""
    files = [file for file in (report.file, report.thumbnail, report.text) if file]
    return report.digest == job.digest and all(file.key.startswith(job.key_prefix) for file in files)


def _delivery(account_id: str, change: Change) -> Delivery:
    return Delivery(
        delivery_id=change.change_id,
        account_id=account_id,
        url=change.url,
        kind=change.send_to,
        payload=change.payload(),
    )

"""What agents report, judged: an agent may be broken, or somebody's who wishes us ill."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from pydantic import JsonValue, ValidationError

from pagelapse.capture.actions import MAX_OBSERVATIONS
from pagelapse.capture.jobs import MAX_AREAS, MAX_OBSERVED_BYTES, CaptureReport, Failure, StoredFile
from pagelapse.capture.messages import MAX_FILE_BYTES, MAX_REPORT_BYTES
from pagelapse.connections import AssignedFile, AssignedJob, Assignment
from pagelapse.errors import CaptureError, PagelapseError, capture_error
from pagelapse.observability import logger
from pagelapse.services.connector_ports import ConnectorStore, Exchange
from pagelapse.services.dispatch import is_as_assigned
from pagelapse.services.monitor_ports import Outbox

_MAX_SIDE = 1_000_000
"""px; more than any picture of ours has."""

_MAX_ADDRESS = 20_000
_MAX_SHORTFALL = 500


class NotBelieved(Exception):
    """A report that says something impossible; the message says what."""


class Reports:
    """Takes agents' reports, and passes those on that nobody waits for.

    Args:
        store: Where the assignments are.
        exchange: The bucket: what a report tells of must be there.
        results: Where reports go that nobody waits for.
    """

    def __init__(self, store: ConnectorStore, exchange: Exchange, results: Outbox) -> None:
        self._store = store
        self._exchange = exchange
        self._results = results

    def take(self, job: AssignedJob, said: Mapping[str, JsonValue] | None) -> None:
        """Record what an agent says became of a job of its own; repeating it changes nothing.

        Args:
            job: As it is now.
            said: The report, or `None` when it was uploaded.
        """
        assignment = job.assignment
        if job.state not in ("done", "abandoned"):
            report = self._judged(assignment, said)
            self._store.finish(assignment.account_id, assignment.job_id, report.model_dump_json())
        recorded = self._store.job(assignment.account_id, assignment.job_id)
        if recorded is not None and (assignment.answer_by is None or time.time() > assignment.answer_by):
            self.pass_on(recorded)

    def fail(self, assignment: Assignment, error: PagelapseError) -> None:
        """End a job that nobody waits for, unless its report has come after all."""
        report = _failed(assignment, error)
        self._store.finish(assignment.account_id, assignment.job_id, report.model_dump_json())
        recorded = self._store.job(assignment.account_id, assignment.job_id)
        if recorded is None:
            self._results.send(report.model_dump_json())
        else:
            self.pass_on(recorded)

    def pass_on(self, job: AssignedJob) -> None:
        """Give a report to those who record it, once, or twice when something fails in between."""
        if job.report is None or job.passed_on:
            return
        self._results.send(job.report)
        self._store.passed_on(job.assignment.account_id, job.assignment.job_id)

    def _judged(self, assignment: Assignment, said: Mapping[str, JsonValue] | None) -> CaptureReport:
        try:
            return self._checked(assignment, self._uploaded(assignment) if said is None else said)
        except (NotBelieved, ValidationError) as error:
            why = str(error) if isinstance(error, NotBelieved) else _first_problem(error)
            logger.warning("report not believed", extra={"job_id": assignment.job_id, "why": why[:200]})
            return _failed(assignment, CaptureError("The connector's report makes no sense."))

    def _uploaded(self, assignment: Assignment) -> Mapping[str, JsonValue]:
        body = self._exchange.get(assignment.report_key)
        if body is None or len(body) > MAX_REPORT_BYTES:
            raise NotBelieved("the report is not there")
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            raise NotBelieved("the report is not JSON") from None
        if not isinstance(said, dict):
            raise NotBelieved("the report is no object")
        return said

    def _checked(self, assignment: Assignment, said: Mapping[str, JsonValue]) -> CaptureReport:
        report = CaptureReport.model_validate(said)
        now_ms = round(time.time() * 1000)
        ids = {"job_id": assignment.job_id, "account_id": assignment.account_id}
        ids |= {"purpose": assignment.purpose, "digest": assignment.digest}
        changes = {
            **ids,
            "body": None,
            "text": None,
            "ignored": report.ignored[:MAX_AREAS],
            "proxied_bytes": 0,
            "taken_at_ms": min(max(report.taken_at_ms, round(assignment.sent_at * 1000)), now_ms),
            "duration_ms": min(max(report.duration_ms, 0), now_ms),
            "failure": _known(report.failure),
            "shortfall": report.shortfall and report.shortfall[:_MAX_SHORTFALL],
        }
        if (report.file is None) == (report.failure is None):
            raise NotBelieved("neither a file nor a failure, or both")
        _check_texts(report)
        self._check_file(report.file, assignment.file)
        self._check_file(report.thumbnail, assignment.thumbnail)
        return report.model_copy(update=changes)

    def _check_file(self, told: StoredFile | None, assigned: AssignedFile | None) -> None:
        if told is None:
            return
        if assigned is None or not is_as_assigned(told, assigned):
            raise NotBelieved("a file that the job may not store")
        sides = [side for side in (told.width, told.height) if side is not None]
        if not all(0 < side <= _MAX_SIDE for side in sides) or len(sides) == 1:
            raise NotBelieved("a picture of an impossible size")
        if told.media_type.startswith("image/") and not sides:
            raise NotBelieved("a picture without a size")
        stored = self._exchange.look_at(assigned.key)
        if stored != (told.size, assigned.stored_type) or not 0 < told.size <= MAX_FILE_BYTES:
            raise NotBelieved("a file that is not what was stored")


def _check_texts(report: CaptureReport) -> None:
    """Pass when what is read of a page is not longer than our own captures make it: records have their limits."""
    if len(report.target.url or "") > _MAX_ADDRESS or len(report.observations) > MAX_OBSERVATIONS:
        raise NotBelieved("more than a page has")
    texts = [observation.text or "" for observation in report.observations]
    if any(len(text.encode()) > MAX_OBSERVED_BYTES for text in texts):
        raise NotBelieved("a text that is too long")


def _known(failure: Failure | None) -> Failure | None:
    """A failure in our own terms, of a length that every record takes."""
    if failure is None:
        return None
    error = capture_error(failure.code, failure.message)
    option = failure.option if failure.option is not None and len(failure.option) <= 100 else None
    return Failure(code=error.code, message=failure.message[:1000], option=option)


def _failed(assignment: Assignment, error: PagelapseError) -> CaptureReport:
    return CaptureReport(
        job_id=assignment.job_id,
        account_id=assignment.account_id,
        purpose=assignment.purpose,
        digest=assignment.digest,
        failure=Failure(code=error.code, message=error.message, option=error.option),
    )


def _first_problem(error: ValidationError) -> str:
    """Where a report is malformed, without what it says there."""
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc']))[:100]}: {problem['type']}"

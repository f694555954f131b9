"""The `results` function: records captures that nobody waited for, or that came after the wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from pydantic import TypeAdapter, ValidationError

from pagelapse.capture.jobs import CaptureReport, CaptureStarted, Purpose
from pagelapse.observability import correlated, correlation_of, log_unexpected, logger
from pagelapse.services import bulk_recorder, captures, job_recorder, order_recorder, recording

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Record every report of an SQS batch; the answer names the messages to be delivered again."""
    with correlated(correlation_of(event["Records"][0])):
        recorded = _record_pages(event["Records"])

    def record_others(record: SQSRecord) -> None:
        if record.message_id not in recorded:
            with correlated(correlation_of(record.raw_event)):
                _record(record)

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=record_others, processor=processor, context=context)


def _record_pages(records: Sequence[dict[str, Any]]) -> set[str]:
    """Record the pages of each bulk job in one write; the ids of the messages that were. The others come one by one."""
    jobs: dict[str, dict[str, CaptureReport]] = defaultdict(dict)
    for record in records:
        if '"bulk"' not in record["body"]:
            continue
        with suppress(ValidationError):
            report = CaptureReport.model_validate_json(record["body"])
            if report.purpose == "bulk" and report.file is not None:
                jobs[report.job_id.partition("_")[0]][record["messageId"]] = report
    return {message for reports in jobs.values() if _recorded_together(reports) for message in reports}


def _recorded_together(reports: dict[str, CaptureReport]) -> bool:
    try:
        recorded = len(reports) > 1 and bulk_recorder().record_together(list(reports.values()))
    except Exception as error:  # noqa: BLE001 - each will be tried alone, and says what it meets
        log_unexpected(error)
        return False
    if recorded:
        job_ids = [report.job_id for report in reports.values()]
        logger.info("results", extra={"job_ids": job_ids, "purpose": "bulk", "recorded": True})
    return recorded


_RECORDERS: dict[Purpose, Callable[[CaptureReport], bool | None]] = {
    "snap": lambda report: recording.record(captures(), report),
    "configuration": lambda report: job_recorder().record(report),
    "order": lambda report: order_recorder().record(report),
    "bulk": lambda report: bulk_recorder().record(report),
}


_MESSAGE: TypeAdapter[CaptureReport | CaptureStarted] = TypeAdapter(CaptureReport | CaptureStarted)


def _begin(started: CaptureStarted) -> None:
    """Note that a capture has begun, where that is of interest."""
    if started.purpose == "order":
        order_recorder().begin(started)


def _record(record: SQSRecord) -> None:
    """Record one message. What it raises brings the message back, so the log must say why."""
    try:
        report = _MESSAGE.validate_json(record.body)
        if isinstance(report, CaptureStarted):
            _begin(report)
            return
        recorded = _RECORDERS[report.purpose](report)
    except Exception as error:
        log_unexpected(error)
        raise
    details = {
        "job_id": report.job_id,
        "account_id": report.account_id,
        "purpose": report.purpose,
        "recorded": recorded,
        "failure": report.failure.code if report.failure else None,
        "duration_ms": report.duration_ms,
    }
    logger.info("result", extra=details)

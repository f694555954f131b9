"""The `results` function: records captures that nobody waited for, or that came after the wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from pagelapse.capture.jobs import CaptureReport, Purpose
from pagelapse.observability import log_unexpected, logger
from pagelapse.services import bulk_recorder, captures, job_recorder, recording

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Record every report of an SQS batch; the answer names the messages to be delivered again."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=_record, processor=processor, context=context)


_RECORDERS: dict[Purpose, Callable[[CaptureReport], bool | None]] = {
    "snap": lambda report: recording.record(captures(), report),
    "configuration": lambda report: job_recorder().record(report),
    "bulk": lambda report: bulk_recorder().record(report),
}


def _record(record: SQSRecord) -> None:
    """Record one message. What it raises brings the message back, so the log must say why."""
    try:
        report = CaptureReport.model_validate_json(record.body)
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

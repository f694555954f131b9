"""The `compare` function: compares configurations' pictures that are recorded already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from pagelapse.monitoring.comparisons import CompareTask
from pagelapse.observability import log_unexpected, logger
from pagelapse.services import comparer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Carry out every message of an SQS batch; the answer names the messages to be delivered again."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=_compare, processor=processor, context=context)


def _compare(record: SQSRecord) -> None:
    """Carry out one message. What it raises brings the message back, so the log must say why."""
    try:
        task = CompareTask.model_validate_json(record.body)
        found = comparer().compare(task)
    except Exception as error:
        log_unexpected(error)
        raise
    details: dict[str, object] = {"job_id": task.job_id, "account_id": task.account_id}
    if found is not None:
        details |= {"verdict": found.verdict, "ratio": found.difference.ratio if found.difference else None}
    logger.info("comparison", extra=details)

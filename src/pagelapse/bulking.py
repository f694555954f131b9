"""The `bulk` function: queues the pages of bulk jobs and packs their pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from pagelapse.metrics import count_done
from pagelapse.observability import correlated, correlation_of, log_unexpected, logger
from pagelapse.services import bulk_worker
from pagelapse.services.bulk_ports import BulkTask

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Carry out every message of an SQS batch; the answer names the messages to be delivered again."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=_correlated, processor=processor, context=context)


def _correlated(record: SQSRecord) -> None:
    with correlated(correlation_of(record.raw_event)):
        _work(record)


def _work(record: SQSRecord) -> None:
    try:
        task = BulkTask.model_validate_json(record.body)
        done = bulk_worker().work(task)
    except Exception as error:
        log_unexpected(error)
        raise
    logger.info("bulk", extra={"job_id": task.job_id, "account_id": task.account_id, "done": done})
    count_done("BulkWork", {done: 1})

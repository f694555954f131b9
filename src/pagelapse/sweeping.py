"""The `sweep` function: removes the pictures and records of deleted configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from pagelapse.observability import correlated, correlation_of, log_unexpected, logger
from pagelapse.services import sweeper
from pagelapse.services.configurations import Sweep

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

_MARGIN_MS = 15_000
"""Of the function's limit, kept for the batch that is under way when the rest is queued."""


def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Carry out every message of an SQS batch; the answer names the messages to be delivered again."""

    def sweep(record: SQSRecord) -> None:
        with correlated(correlation_of(record.raw_event)):
            _sweep(record, context)

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=sweep, processor=processor, context=context)


def _sweep(record: SQSRecord, context: LambdaContext) -> None:
    try:
        asked = Sweep.model_validate_json(record.body)
        done = sweeper().sweep(asked, has_time=lambda: context.get_remaining_time_in_millis() > _MARGIN_MS)
    except Exception as error:
        log_unexpected(error)
        raise
    logger.info("swept", extra={"configuration_id": asked.configuration_id, "done": done})

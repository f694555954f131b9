"""The `analyse` function: asks an AI model about pictures that are recorded already."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pagelapse.metrics import count_done
from pagelapse.observability import correlated, correlation_of, log_unexpected, logger
from pagelapse.services import job_analyst
from pagelapse.services.job_analysis import AnalysisTask

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext

_MARGIN_S = 10.0
"""Of the function's limit, kept for what comes after the model's answer."""


def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Carry out every message of an SQS batch; the answer names the messages to be delivered again."""
    deadline = time.time() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_S
    records = event["Records"]
    return {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]} for record in records if not _correlated(record, deadline)
        ]
    }


def _correlated(record: dict[str, Any], deadline: float) -> bool:
    with correlated(correlation_of(record)):
        done = _analysed(record, deadline)
        count_done("Analyses", {"done" if done else "again": 1})
        return done


def _analysed(record: dict[str, Any], deadline: float) -> bool:
    """Whether the message is done with; a bug of ours leaves it to the queue's own visibility timeout."""
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        task = AnalysisTask.model_validate_json(record["body"])
        done = job_analyst().analyse(task, receipt=record["receiptHandle"], attempt=attempt, deadline=deadline)
    except Exception as error:  # noqa: BLE001 - the batch's other messages must not come again because of this one
        log_unexpected(error)
        return False
    logger.info("analysis", extra={"job_id": task.job_id, "account_id": task.account_id, "done": done})
    return done

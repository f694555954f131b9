"""The `snap` function: takes the picture of one job, or of each job in a batch of the capture queue."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from pagelapse.observability import logger
from pagelapse.snapping import handle


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """Return the job's report, nothing when it went to the result queue, or the batch items that failed."""
    return handle(event, context)

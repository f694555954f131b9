"""The `sweep` function: removes the pictures and records of deleted configurations."""

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from pagelapse.observability import logger
from pagelapse.sweeping import handle


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the batch items that failed."""
    return handle(event, context)

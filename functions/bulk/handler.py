"""The `bulk` function: queues the pages of bulk jobs and packs their pictures."""

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from pagelapse.bulking import handle
from pagelapse.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the batch items that failed."""
    return handle(event, context)

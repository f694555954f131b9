"""The `compare` function: compares the pictures on the compare queue with those before them."""

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from pagelapse.comparing import handle
from pagelapse.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the batch items to be delivered again."""
    return handle(event, context)

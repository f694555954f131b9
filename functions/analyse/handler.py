"""The `analyse` function: has the pictures on the analysis queue looked at by an AI model."""

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from pagelapse.analysing import handle
from pagelapse.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the batch items to be delivered again."""
    return handle(event, context)

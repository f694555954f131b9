"""The `notify` function: posts the deliveries on the notify queue."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from pagelapse.notifying import handle
from pagelapse.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Return the batch items to be delivered again."""
    return handle(event, context)

"""The `connector` function: follows the agents' WebSockets, and gives them what the connectors' queue holds."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from pagelapse.connecting import handle
from pagelapse.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the status of what happened on a WebSocket, or the batch items to come again."""
    return handle(event, context)

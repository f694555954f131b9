"""The `schedule` function: woken every minute, claims and queues the captures that are due."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from pagelapse.observability import logger
from pagelapse.scheduling import handle


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Return how often each thing was done."""
    return handle(event, context)

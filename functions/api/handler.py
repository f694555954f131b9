"""The `api` function: hands API Gateway's events to the application, which logs each request."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from mangum import Mangum

from pagelapse.api import snapshots
from pagelapse.api.app import app
from pagelapse.observability import logger

_application = Mangum(app, lifespan="off")
snapshots.register()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API (payload format 2.0)."""
    answer: dict[str, Any] = _application(event, context)  # type: ignore[arg-type]
    return answer

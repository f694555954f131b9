"""The `snap` function: takes the picture of one job, or of each job in a batch of the capture queue."""

from typing import Any

from pagelapse.adapters import unpacking

unpacking.begin(unpacking.LAYER)  # goes on beside the imports

from aws_lambda_powertools.utilities.typing import LambdaContext  # noqa: E402

from pagelapse.observability import logger  # noqa: E402
from pagelapse.snapping import handle, warm_up  # noqa: E402

if unpacking.LAYER.is_dir():  # on Lambda, be it a layer or an image
    warm_up()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """Return the job's report, nothing when it went to the result queue, or the batch items that failed."""
    return handle(event, context)

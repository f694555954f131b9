"""The `snap` function, invoked while somebody waits."""

from __future__ import annotations

import json
import math

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from pagelapse.adapters import aws
from pagelapse.capture.jobs import CaptureJob, ThumbnailJob
from pagelapse.comparison.jobs import CompareJob
from pagelapse.errors import BrowserLost, CaptureError, CaptureTimeout, InvalidOption, ServiceBusy
from pagelapse.observability import CORRELATION, correlation_id

MAX_PAYLOAD_BYTES = 6_000_000
"""Request payload of a synchronous invocation (AWS Lambda quota: 6 MB)."""

_BUSY = frozenset({"TooManyRequestsException", "EC2ThrottledException", "ServiceException"})


class SnapFunction:
    """Takes captures by invoking a Lambda function."""

    def __init__(self, name: str) -> None:
        self._name = name

    def run(self, job: CaptureJob | ThumbnailJob | CompareJob, *, wait_s: float) -> bytes:
        """The report's JSON.

        Raises:
            CaptureTimeout: No report within `wait_s` seconds; the job goes on and reports to the queue.
            ServiceBusy: Lambda can't run more captures at the moment.
            BrowserLost: The function broke down.
            InvalidOption: The job is larger than Lambda takes.
        """
        payload = _payload(job)
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise InvalidOption("is too large", option="html")
        reply = self._invoke(payload, wait_s)
        if reply == b"null":
            raise CaptureTimeout("The page is still being captured; ask again in a moment.")
        return reply

    def _invoke(self, payload: bytes, wait_s: float) -> bytes:
        client = aws.lambda_client(max(1, math.ceil(wait_s)))
        try:
            reply = client.invoke(FunctionName=self._name, InvocationType="RequestResponse", Payload=payload)
            body = reply["Payload"].read()
        except ReadTimeoutError:
            raise CaptureTimeout("The page is still being captured; ask again in a moment.") from None
        except (ClientError, BotoCoreError) as error:
            raise _translated(error) from error
        if reply.get("FunctionError"):
            raise BrowserLost(f"The capture broke down ({_error_type(body)}).")
        return body


def _payload(job: CaptureJob | ThumbnailJob | CompareJob) -> bytes:
    """The job, and beside it what a message of a queue says in its attributes."""
    return json.dumps({**job.model_dump(mode="json"), CORRELATION: correlation_id()}, ensure_ascii=False).encode()


def _translated(error: ClientError | BotoCoreError) -> CaptureError:
    if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") not in _BUSY:
        return CaptureError("The capture could not be started.")
    return ServiceBusy("All browsers are busy; ask again in a few seconds.")


def _error_type(body: bytes) -> str:
    """Lambda's error type, never its message, which may quote the event."""
    try:
        return str(json.loads(body)["errorType"])[:100]
    except (ValueError, KeyError, TypeError):
        return "unknown"

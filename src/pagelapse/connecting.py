"""The `connector` function: the agents' WebSockets, and the queue of captures for them.

API Gateway tells of a WebSocket's opening, its messages and its end; answers go by `@connections`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pagelapse.capture.jobs import CaptureJob
from pagelapse.capture.messages import FROM_AGENT
from pagelapse.observability import correlated, correlation_of, log_unexpected, logger
from pagelapse.services import connector_queue, queued_captures, sessions

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Record = Mapping[str, Any]


def handle(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry: what happened on a WebSocket, or a batch of the connectors' queue."""
    if "Records" in event:
        return {"batchItemFailures": [failed for record in event["Records"] if (failed := _correlated(record))]}
    context = event["requestContext"]
    kind, connection_id = context["eventType"], context["connectionId"]
    if kind == "CONNECT":
        return {"statusCode": _connect(connection_id, event.get("headers") or {})}
    if kind == "DISCONNECT":
        sessions().disconnect(connection_id)
        logger.info("disconnected", extra={"connection_id": connection_id, "code": context.get("disconnectStatusCode")})
    else:
        _hear(connection_id, event.get("body") or "")
    # A body would be sent to the agent.
    return {"statusCode": HTTPStatus.OK}


def _connect(connection_id: str, headers: Mapping[str, str]) -> int:
    """The status that API Gateway answers the handshake with."""
    given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, token = given.partition(" ")
    found = sessions().connect(connection_id, token.strip()) if scheme.lower() == "bearer" else None
    logger.info("connect", extra={"connection_id": connection_id, "connector_id": found and found.connector_id})
    return HTTPStatus.OK if found else HTTPStatus.UNAUTHORIZED


def _hear(connection_id: str, body: str) -> None:
    """An agent's message; one that is malformed is dropped, and one that fails is sent again by the agent."""
    try:
        message = FROM_AGENT.validate_json(body)
    except ValidationError:
        logger.warning("an agent's message makes no sense", extra={"connection_id": connection_id})
        return
    sessions().hear(connection_id, message)
    details = {"connection_id": connection_id, "message": message.type, "job_id": getattr(message, "job_id", None)}
    logger.info("heard", extra={"told": details})


def _correlated(record: Record) -> dict[str, str] | None:
    with correlated(correlation_of(record)):
        return _see_to(record)


def _see_to(record: Record) -> dict[str, str] | None:
    """Look after one queued capture; returns SQS's form of a message that is to come again."""
    failed = {"itemIdentifier": record["messageId"]}
    try:
        job = CaptureJob.model_validate_json(record["body"])
        attributes = record["attributes"]
        received, sent_ms = int(attributes["ApproximateReceiveCount"]), int(attributes["SentTimestamp"])
        again_s = queued_captures().see_to(job, received=received, queued_at=sent_ms / 1000)
    except Exception as error:  # noqa: BLE001 - the batch's other jobs must not come again because of this one
        log_unexpected(error)
        return failed
    details = {"job_id": job.job_id, "connector_id": job.options.connector, "again_in_s": again_s}
    logger.info("queued capture", extra=details)
    if again_s == 0:
        return None
    connector_queue().hide(record["receiptHandle"], again_s)
    return failed

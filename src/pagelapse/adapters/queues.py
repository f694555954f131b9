"""SQS queues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pagelapse.adapters import aws
from pagelapse.observability import CORRELATION, correlation_id

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.literals import QueueAttributeNameType
    from types_boto3_sqs.type_defs import (
        MessageAttributeValueTypeDef,
        MessageTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

_BATCH = 10
"""Messages of one SendMessageBatch (AWS quota)."""

_BATCH_BYTES = 250_000
"""Of one SendMessageBatch: all its messages together may have what a single one may."""

_ATTEMPTS = 3


class Queue:
    """One SQS queue, by its URL."""

    def __init__(self, url: str, *, client: SQSClient | None = None) -> None:
        self._url = url
        self._given = client

    @cached_property
    def _client(self) -> SQSClient:
        """Made by the first message: many a process that could send one never does, and it costs a cold start."""
        return self._given or aws.sqs_client()

    def send(self, body: str) -> None:
        """Send one message; SQS takes 1 MiB; raises `botocore.exceptions.ClientError`."""
        self._client.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=_attributes())

    def send_all(self, bodies: Iterable[str]) -> None:
        """Send many messages, ten at a time; some may have been sent when it raises `OSError`, or as `send` does."""
        for batch in _batches(bodies):
            waiting: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "MessageBody": body, "MessageAttributes": _attributes()}
                for number, body in enumerate(batch)
            ]
            for _ in range(_ATTEMPTS):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=waiting)
                refused = {each["Id"] for each in answer.get("Failed", [])}
                waiting = [entry for entry in waiting if entry["Id"] in refused]
                if not waiting:
                    break
            else:
                raise OSError(f"SQS refused {len(waiting)} messages")

    def backlog(self) -> int:
        """About how many messages wait to be received."""
        return self._size()

    def move_all(self, target: Queue) -> int:
        """Move the messages that are there now; one may arrive twice, none is lost; raises as `send`.

        Returns:
            How many were moved.
        """
        moved = 0
        limit = self._size()
        while moved < limit:
            found = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            )
            messages = found.get("Messages", [])
            if not messages:
                break
            for message in messages:
                target.repeat(message)
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            moved += len(messages)
        return moved

    def repeat(self, message: MessageTypeDef) -> None:
        """Send a received message once more, as it is; raises as `send`."""
        attributes: dict[str, Any] = dict(message.get("MessageAttributes", {}))
        self._client.send_message(QueueUrl=self._url, MessageBody=message["Body"], MessageAttributes=attributes)

    def _size(self) -> int:
        """About how many messages wait: what comes back meanwhile must not be moved in a circle."""
        names: list[QueueAttributeNameType] = ["ApproximateNumberOfMessages"]
        found = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def hide(self, receipt: str, seconds: int) -> None:
        """Let a received message come again after so many seconds, at most 12 hours (SQS quota); raises as `send`."""
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


def _attributes() -> dict[str, MessageAttributeValueTypeDef]:
    """What a message says beside its body: under which id it is to be worked on."""
    current = correlation_id()
    return {} if current is None else {CORRELATION: {"DataType": "String", "StringValue": current}}


def _batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if batch and (len(batch) == _BATCH or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch

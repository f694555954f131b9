"""SQS queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pagelapse.adapters import aws

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


class Queue:
    """One SQS queue, by its URL."""

    def __init__(self, url: str, *, client: SQSClient | None = None) -> None:
        self._url = url
        self._client = client or aws.sqs_client()

    def send(self, body: str) -> None:
        """Send one message; SQS takes 1 MiB; raises `botocore.exceptions.ClientError`."""
        self._client.send_message(QueueUrl=self._url, MessageBody=body)

    def hide(self, receipt: str, seconds: int) -> None:
        """Let a received message come again after so many seconds, at most 12 hours (SQS quota); raises as `send`."""
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)

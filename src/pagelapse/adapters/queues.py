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

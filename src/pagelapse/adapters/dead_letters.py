"""The dead-letter queues of a deployed stack, as its operator sees them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from pagelapse.adapters import aws
from pagelapse.adapters.queues import Queue

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

SUFFIX = "DeadLetters"
"""Of the logical ids in template.yaml; what is before it is the queue's name on the command line."""

_PEEK_S = 30
_POLL_S = 1.0
_UNKNOWN_ACTION = frozenset(
    {"InvalidAction", "AWS.SimpleQueueService.UnsupportedOperation", "UnknownOperationException"}
)
"""How services answer that stand in for SQS and can't move messages by themselves."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was given up."""

    message_id: str
    body: str
    sent_at: float
    """When it was first sent, as far as SQS knows; Unix time, seconds."""
    received: int
    attributes: Mapping[str, str]


class DeadLetters:
    """One dead-letter queue.

    Args:
        name: `notify` for `NotifyDeadLetters`.
        url: Of the queue itself.
        source_url: Of the queue that its messages come from, and go back to.
        client: Of SQS.
        sleep: Lets a test watch the waiting.
    """

    def __init__(
        self, name: str, url: str, source_url: str, client: SQSClient, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.name = name
        self.source_url = source_url
        self._url = url
        self._client = client
        self._sleep = sleep

    def waiting(self) -> int:
        """About how many messages there are."""
        return Queue(self._url, client=self._client).backlog()

    def peek(self, limit: int) -> list[Letter]:
        """Up to `limit` of the messages, which stay where they are; nobody else gets them meanwhile."""
        found: dict[str, MessageTypeDef] = {}
        try:
            while len(found) < limit:
                answer = self._client.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=min(10, limit - len(found)),
                    VisibilityTimeout=_PEEK_S,
                    WaitTimeSeconds=1,
                    MessageSystemAttributeNames=["All"],
                    MessageAttributeNames=["All"],
                )
                new = {each["MessageId"]: each for each in answer.get("Messages", [])}
                if not new.keys() - found.keys():
                    break
                found |= new
        finally:
            for each in found.values():
                Queue(self._url, client=self._client).hide(each["ReceiptHandle"], 0)
        return [_letter(each) for each in found.values()]

    def replay(self) -> int:
        """Give all messages back to the queue that they come from; returns about how many they were.

        SQS moves them by itself; one that is moved comes as a new message with the same body and attributes.

        Raises:
            OSError: When SQS gives up on it.
            botocore.exceptions.ClientError: When it refuses.
        """
        arn = self._arn(self._url)
        try:
            self._client.start_message_move_task(SourceArn=arn, DestinationArn=self._arn(self.source_url))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _UNKNOWN_ACTION:
                raise
            return Queue(self._url, client=self._client).move_all(Queue(self.source_url, client=self._client))
        return self._await(arn)

    def _await(self, arn: str) -> int:
        while True:
            task = self._client.list_message_move_tasks(SourceArn=arn, MaxResults=1)["Results"][0]
            if task["Status"] == "COMPLETED":
                return int(task.get("ApproximateNumberOfMessagesMoved", 0))
            if task["Status"] != "RUNNING":
                why = task.get("FailureReason", "no reason given")
                raise OSError(f"SQS ended the replay as {task['Status']}: {why}")
            self._sleep(_POLL_S)

    def _arn(self, url: str) -> str:
        return self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def of_stack(stack: str) -> list[DeadLetters]:
    """Every dead-letter queue of a deployed stack, by name.

    Raises:
        LookupError: When there is no such stack, or it has none.
        botocore.exceptions.ClientError: When AWS refuses to say.
    """
    sqs = aws.sqs_client()
    urls = dict(_queues(stack))
    sources = {}
    for url in urls.values():
        names = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {})
        if policy := names.get("RedrivePolicy"):
            sources[json.loads(policy)["deadLetterTargetArn"].rpartition(":")[2]] = url
    found = [
        DeadLetters(name.removesuffix(SUFFIX).lower(), url, sources[url.rpartition("/")[2]], sqs)
        for name, url in sorted(urls.items())
        if name.endswith(SUFFIX)
    ]
    if not found:
        raise LookupError(f"the stack {stack} has no dead-letter queues")
    return found


def _queues(stack: str) -> Iterator[tuple[str, str]]:
    """Logical ids and URLs of the stack's queues."""
    pages = aws.cloudformation_client().get_paginator("list_stack_resources").paginate(StackName=stack)
    try:
        for page in pages:
            for each in page["StackResourceSummaries"]:
                if each["ResourceType"] == "AWS::SQS::Queue":
                    yield each["LogicalResourceId"], each["PhysicalResourceId"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise LookupError(f"there is no stack {stack} in this account and region") from error


def _letter(message: MessageTypeDef) -> Letter:
    system: Mapping[Any, str] = message.get("Attributes", {})
    return Letter(
        message["MessageId"],
        message["Body"],
        int(system.get("SentTimestamp", 0)) / 1000,
        int(system.get("ApproximateReceiveCount", 0)),
        {name: each.get("StringValue", "") for name, each in message.get("MessageAttributes", {}).items()},
    )

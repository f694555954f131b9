"""Replaying by SQS's own task, which the emulator doesn't have, against a client that answers as AWS documents it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from pagelapse.adapters.dead_letters import DeadLetters


class FakeSqs:
    """Moves messages in as many looks as there are `statuses`."""

    def __init__(self, *statuses: str, refusal: str | None = None) -> None:
        self.statuses = list(statuses)
        self.refusal = refusal
        self.asked: list[dict[str, str]] = []

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"Attributes": {"QueueArn": f"arn:{QueueUrl}"}}

    def start_message_move_task(self, **arns: str) -> dict[str, str]:
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal, "Message": "no"}}, "StartMessageMoveTask")
        self.asked.append(arns)
        return {"TaskHandle": "t"}

    def list_message_move_tasks(self, **_: Any) -> dict[str, Any]:
        status = self.statuses.pop(0)
        return {"Results": [{"Status": status, "ApproximateNumberOfMessagesMoved": 7, "FailureReason": "a reason"}]}


def _queue(sqs: FakeSqs) -> DeadLetters:
    naps: list[float] = []
    return DeadLetters("notify", "dead", "source", cast("Any", sqs), naps.append)


def test_sqs_moves_by_itself() -> None:
    """A replay names both queues, since what `notify` parks has no source of its own, and waits for the task's end."""
    sqs = FakeSqs("RUNNING", "RUNNING", "COMPLETED")
    assert _queue(sqs).replay() == 7
    assert sqs.asked == [{"SourceArn": "arn:dead", "DestinationArn": "arn:source"}]
    assert sqs.statuses == []


def test_a_failed_task_is_told() -> None:
    """A task that SQS ends is an error with SQS's reason."""
    with pytest.raises(OSError, match="FAILED: a reason"):
        _queue(FakeSqs("FAILED")).replay()


def test_a_refusal_is_not_worked_around() -> None:
    """Missing rights are told, instead of moving the messages in another way."""
    with pytest.raises(ClientError, match="AccessDenied"):
        _queue(FakeSqs(refusal="AccessDenied")).replay()

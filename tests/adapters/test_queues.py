"""Many messages at once, against a client that refuses some."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pagelapse.adapters.queues import Queue


class FakeSqs:
    """Remembers batches; refuses the bodies in `refusing`, each as often as it says."""

    def __init__(self, refusing: dict[str, int] | None = None) -> None:
        self.refusing = refusing or {}
        self.batches: list[list[str]] = []
        self.taken: list[str] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.batches.append([entry["MessageBody"] for entry in Entries])
        failed = []
        for entry in Entries:
            body = entry["MessageBody"]
            if self.refusing.get(body, 0) > 0:
                self.refusing[body] -= 1
                failed.append({"Id": entry["Id"]})
            else:
                self.taken.append(body)
        return {"Failed": failed} if failed else {}


def _queue(sqs: FakeSqs) -> Queue:
    return Queue("https://queue.test/", client=cast("Any", sqs))


def test_many_messages_go_ten_at_a_time() -> None:
    """A thousand messages take a hundred requests."""
    sqs = FakeSqs()
    _queue(sqs).send_all(str(number) for number in range(1000))
    assert [len(batch) for batch in sqs.batches] == [10] * 100
    assert sqs.taken == [str(number) for number in range(1000)]


def test_large_messages_go_fewer_at_a_time() -> None:
    """A batch is never larger than SQS takes, and one message that is goes alone."""
    sqs = FakeSqs()
    _queue(sqs).send_all([size * "x" for size in (100_000, 100_000, 100_000, 500_000, 1)])
    assert [[len(body) for body in batch] for batch in sqs.batches] == [[100_000, 100_000], [100_000], [500_000], [1]]


def test_refused_messages_are_sent_again() -> None:
    """What SQS refuses of a batch is sent again, alone; if it refuses again and again, that is an error."""
    sqs = FakeSqs({"b": 2})
    _queue(sqs).send_all(["a", "b", "c"])
    assert sqs.batches == [["a", "b", "c"], ["b"], ["b"]]
    with pytest.raises(OSError, match="1 messages"):
        _queue(FakeSqs({"b": 9})).send_all(["a", "b"])

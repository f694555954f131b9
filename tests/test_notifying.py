"""The `notify` function, with real HTTP to a receiver and queues in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.site.receiver import Receiver, receiving
from tests.site.server import Canary

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.http import HttpClient
from pagelapse.monitoring.webhooks import Delivery, sign, webhook_secret
from pagelapse.notifying import Notifier
from pagelapse.records import Account

ACCOUNT = Account("a1", "test", "token")


@dataclass
class Queues:
    """Both queues, as the function uses them."""

    hidden: dict[str, int] = field(default_factory=dict)
    parked: list[str] = field(default_factory=list)

    def hide(self, receipt: str, seconds: int) -> None:
        self.hidden[receipt] = seconds

    def send(self, body: str) -> None:
        self.parked.append(body)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with receiving() as running:
        yield running


@pytest.fixture
def queues() -> Queues:
    """Nothing hidden, nothing parked."""
    return Queues()


@pytest.fixture
def notifier(receiver: Receiver, queues: Queues) -> Notifier:
    """May reach the receiver, and nothing else private."""
    client = HttpClient(Allowance((f"127.0.0.1:{receiver.port}",)))
    return Notifier(client, {"a1": ACCOUNT}.get, queues, queues)


def _body(url: str, delivery_id: str = "d1", account_id: str = "a1") -> str:
    payload: dict[str, Any] = {"retrieved_value": "19"}
    return Delivery(delivery_id=delivery_id, account_id=account_id, url=url, payload=payload).model_dump_json()


def _record(body: str, number: int = 0, attempt: int = 1) -> dict[str, Any]:
    counted = {"ApproximateReceiveCount": str(attempt)}
    return {"messageId": f"m{number}", "receiptHandle": f"r{number}", "body": body, "attributes": counted}


def test_a_webhook_is_posted_and_signed(notifier: Notifier, receiver: Receiver, queues: Queues) -> None:
    """A delivery arrives once, signed with the account's secret and a fresh time stamp."""
    assert notifier.deliver_all([_record(_body(receiver.url("/hook?a=b")))]) == []
    (posted,) = receiver.posted
    timestamp = int(posted.headers["x-pagelapse-timestamp"])
    assert abs(timestamp - time.time()) < 10
    assert posted.headers["x-pagelapse-signature"] == sign(webhook_secret("token"), timestamp, posted.body)
    assert (posted.path, posted.headers["content-type"]) == ("/hook?a=b", "application/json")
    assert queues == Queues()


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_a_failure_comes_again(notifier: Notifier, receiver: Receiver, queues: Queues, status: int) -> None:
    """Any answer but success brings the message back after a growing wait, a redirect too."""
    receiver.answers = [status, status]
    body = _body(receiver.url("/"))
    assert notifier.deliver_all([_record(body)]) == [{"itemIdentifier": "m0"}]
    first = queues.hidden["r0"]
    notifier.deliver_all([_record(body, attempt=4)])
    assert (len(receiver.posted), queues.parked) == (2, [])
    assert queues.hidden["r0"] > 5 * first


def test_a_receiver_that_is_down_comes_again(notifier: Notifier, queues: Queues, receiver: Receiver) -> None:
    """No answer at all is a failure like any other."""
    with receiving() as gone:
        url = gone.url("/")
    notifier = Notifier(HttpClient(Allowance(("127.0.0.1",))), {"a1": ACCOUNT}.get, queues, queues)
    assert notifier.deliver_all([_record(_body(url))]) == [{"itemIdentifier": "m0"}]
    assert queues.hidden


def test_a_repeated_delivery_has_the_same_id(notifier: Notifier, receiver: Receiver) -> None:
    """After a crash between post and deletion SQS delivers again; the id tells the receiver that it is a repetition."""
    record = _record(_body(receiver.url("/"), "d7"))
    notifier.deliver_all([record])
    notifier.deliver_all([record])
    assert [posted.headers["x-pagelapse-delivery"] for posted in receiver.posted] == ["d7", "d7"]


def test_the_receiver_is_told_the_requests_id(notifier: Notifier, receiver: Receiver) -> None:
    """Each delivery of a batch carries the id of what led to it."""
    ids = [{"correlation_id": {"stringValue": f"request-{n}", "dataType": "String"}} for n in range(3)]
    notifier.deliver_all(
        [_record(_body(receiver.url("/"), f"d{n}"), n) | {"messageAttributes": ids[n]} for n in range(3)]
    )
    told = {
        posted.headers["x-pagelapse-delivery"]: posted.headers["x-pagelapse-request-id"] for posted in receiver.posted
    }
    assert told == {"d0": "request-0", "d1": "request-1", "d2": "request-2"}


def test_one_bad_receiver_does_not_hold_up_others(notifier: Notifier, receiver: Receiver) -> None:
    """Of a batch only the failed message comes again."""
    receiver.answers = [500]
    notifier.deliver_all([_record(_body(receiver.url("/"), "d0"), 0)])
    answer = notifier.deliver_all([_record(_body(receiver.url("/"), f"d{n}"), n) for n in range(1, 4)])
    assert answer == []
    assert sorted(posted.headers["x-pagelapse-delivery"] for posted in receiver.posted) == ["d0", "d1", "d2", "d3"]


def test_a_refused_address_is_given_up(notifier: Notifier, queues: Queues, canary: Canary) -> None:
    """A webhook to a private address reaches nobody, and is parked at once."""
    body = _body(f"http://127.0.0.1:{canary.port}/")
    assert notifier.deliver_all([_record(body)]) == []
    canary.settle()
    assert (canary.hits, queues.parked, queues.hidden) == (0, [body], {})


def test_a_receiver_that_is_gone_is_given_up(notifier: Notifier, receiver: Receiver, queues: Queues) -> None:
    """410 Gone ends a delivery at once."""
    receiver.answers = [410]
    body = _body(receiver.url("/"))
    assert notifier.deliver_all([_record(body)]) == []
    assert queues.parked == [body]


@pytest.mark.parametrize("body", ["{}", "no JSON", _body("https://example.com/", account_id="nobody")])
def test_what_can_never_be_sent_is_given_up(notifier: Notifier, queues: Queues, body: str) -> None:
    """A message that can't be read, or of an account that is gone, is parked instead of circling for hours."""
    assert notifier.deliver_all([_record(body)]) == []
    assert queues.parked == [body]


def test_our_own_failure_leaves_the_message_to_its_queue(receiver: Receiver, queues: Queues) -> None:
    """When the table can't be read, the message comes again, and the batch's others are delivered."""

    def account(account_id: str) -> Account:
        if account_id == "a2":
            raise OSError("no table")
        return ACCOUNT

    client = HttpClient(Allowance(("127.0.0.1",)))
    bodies = [_body(receiver.url("/"), account_id=account_id) for account_id in ("a1", "a2")]
    answer = Notifier(client, account, queues, queues).deliver_all([_record(b, n) for n, b in enumerate(bodies)])
    assert answer == [{"itemIdentifier": "m1"}]
    assert (len(receiver.posted), queues) == (1, Queues())

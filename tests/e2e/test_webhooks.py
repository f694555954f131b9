"""Webhooks through the deployed notify queue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import boto3
import pytest
from tests.site.receiver import Receiver
from tests.site.server import Canary

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.stack import Stack
from pagelapse.monitoring.webhooks import Delivery, sign

pytestmark = pytest.mark.e2e


@pytest.fixture
def accounts(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """The deployed accounts, as the operator's command line reaches them."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    return Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def account(accounts: Accounts) -> NewAccount:
    """A new account."""
    return accounts.create_account("webhooks")


def _queue(stack: Stack, account: NewAccount, url: str, kind: str = "webhook") -> str:
    payload = {"previous_value": "18", "retrieved_value": "19", "config": {"selector": "#price"}}
    given = {"delivery_id": f"d-{time.time_ns()}", "account_id": account.account.account_id, "url": url}
    delivery = Delivery.model_validate({**given, "kind": kind, "payload": payload})
    sqs = boto3.client("sqs", **stack.client_options)
    sqs.send_message(QueueUrl=stack.outputs["NotifyQueueUrl"], MessageBody=delivery.model_dump_json())
    return delivery.delivery_id


def test_a_webhook_arrives_signed(stack: Stack, accounts: Accounts, account: NewAccount, receiver: Receiver) -> None:
    """A delivery on the queue is posted, and its signature verifies with the secret that the operator reads."""
    delivery_id = _queue(stack, account, receiver.url("/hook"))
    (posted,) = receiver.await_posts(1, within_s=90)
    timestamp = int(posted.headers["x-pagelapse-timestamp"])
    secret = accounts.webhook_secret(account.account.account_id)
    assert posted.headers["x-pagelapse-signature"] == sign(secret, timestamp, posted.body)
    assert posted.headers["x-pagelapse-delivery"] == delivery_id
    assert json.loads(posted.body)["retrieved_value"] == "19"


def test_slack_gets_its_form(stack: Stack, account: NewAccount, receiver: Receiver) -> None:
    """`send_to: slack` posts what Slack's incoming webhooks take."""
    _queue(stack, account, receiver.url("/services/T0/B0/x"), "slack")
    (posted,) = receiver.await_posts(1, within_s=90)
    assert json.loads(posted.body) == {"text": "*#price* changed from “18” to “19”."}


def test_a_failing_receiver_gets_the_same_id_again(stack: Stack, account: NewAccount, receiver: Receiver) -> None:
    """A receiver that fails twice gets the delivery three times, later each time, under one id, and then no more."""
    receiver.answers = [503, 500]
    delivery_id = _queue(stack, account, receiver.url("/hook"))
    posts = receiver.await_posts(3, within_s=120)
    assert {posted.headers["x-pagelapse-delivery"] for posted in posts} == {delivery_id}
    first, second, third = (int(posted.headers["x-pagelapse-timestamp"]) for posted in posts)
    assert second - first >= 4
    assert third - second >= 8
    time.sleep(3)
    assert len(receiver.posted) == 3


def test_a_private_address_ends_in_the_dead_letter_queue(stack: Stack, account: NewAccount, canary: Canary) -> None:
    """A webhook to an address that may not be reached goes nowhere, and is kept."""
    delivery_id = _queue(stack, account, f"http://0.0.0.0:{canary.port}/")
    sqs = boto3.client("sqs", **stack.client_options)
    dead = stack.outputs["NotifyDeadLettersUrl"]
    deadline = time.monotonic() + 90
    bodies: list[str] = []
    while not any(delivery_id in body for body in bodies):
        assert time.monotonic() < deadline, "nothing was parked"
        found = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1, MaxNumberOfMessages=10, VisibilityTimeout=0)
        bodies += [message["Body"] for message in found.get("Messages", [])]
    canary.settle()
    assert canary.hits == 0


def test_what_was_given_up_can_be_replayed(stack: Stack, account: NewAccount, receiver: Receiver) -> None:
    """A delivery in the dead-letter queue arrives after all, under its id, once the operator replays it."""
    receiver.answers = [410]
    delivery_id = _queue(stack, account, receiver.url("/hook"))
    receiver.await_posts(1, within_s=90)
    command = [sys.executable, "-c", "from pagelapse.cli import main; raise SystemExit(main())", "webhook", "replay"]
    deadline = time.monotonic() + 90
    while len(receiver.posted) < 2:
        assert time.monotonic() < deadline, "nothing came back"
        subprocess.run(command, env={**os.environ, **stack.environment(), "PYTHONPATH": "src"}, check=True)
        time.sleep(0.5)
    assert receiver.posted[1].headers["x-pagelapse-delivery"] == delivery_id

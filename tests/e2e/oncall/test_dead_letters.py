"""`pagelapse dlq` against the deployed stack."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import until
from tests.e2e.workers import Worker
from tests.site.server import Site

from pagelapse.adapters import aws
from pagelapse.adapters.capture_store import CaptureTable
from pagelapse.capture.jobs import CaptureJob
from pagelapse.capture.options import CaptureOptions, Cookie
from pagelapse.cli import main
from pagelapse.local import template as templates
from pagelapse.local.stack import Stack
from pagelapse.observability import CORRELATION
from pagelapse.records import Claim, usage_month

pytestmark = pytest.mark.e2e

ID = "given-up-4711"


Dlq = Callable[..., str]


@pytest.fixture
def dlq(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Dlq]:
    """Runs the command in this process, as the stack's operator."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    aws.session.cache_clear()
    aws.sqs_client.cache_clear()
    aws.cloudformation_client.cache_clear()

    def run(*argv: str, status: int = 0) -> str:
        assert main(["dlq", *argv]) == status
        said = capsys.readouterr()
        return said.err if status else said.out

    yield run
    aws.session.cache_clear()
    aws.sqs_client.cache_clear()
    aws.cloudformation_client.cache_clear()


def _waiting(dlq: Dlq) -> dict[str, int]:
    return {line.split()[0]: int(line.split()[1]) for line in dlq("list").splitlines()}


def _queues(stack: Stack) -> dict[str, str]:
    """URLs by logical id."""
    client = boto3.client("cloudformation", **stack.client_options)
    found = client.describe_stack_resources(StackName="pagelapse")["StackResources"]
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in found
        if each["ResourceType"] == "AWS::SQS::Queue"
    }


def _give_up(stack: Stack, url: str, body: str) -> str:
    """Put a message into a dead-letter queue; returns its id there."""
    attributes: Any = {CORRELATION: {"DataType": "String", "StringValue": ID}}
    sqs = boto3.client("sqs", **stack.client_options)
    message_id: str = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)["MessageId"]
    return message_id


def test_every_queue_is_listed_and_replayed(stack: Stack, dlq: Dlq) -> None:
    """A message in any of the template's dead-letter queues goes back to where it came from, as it was."""
    template = templates.read(stack.layout.repository / "template.yaml")
    names = [name for name in templates.of_type(template, "AWS::SQS::Queue") if name.endswith("DeadLetters")]
    urls, sqs = _queues(stack), boto3.client("sqs", **stack.client_options)
    assert _waiting(dlq).keys() == {name.removesuffix("DeadLetters").lower() for name in names}
    for name in names:
        short, source = name.removesuffix("DeadLetters").lower(), urls[name.replace("DeadLetters", "Queue")]
        with Worker(stack, source).held_back():
            message_id = _give_up(stack, urls[name], f"from {name}")
            assert _waiting(dlq)[short] > 0
            assert message_id in dlq("show", short, "--limit", "1000")
            dlq("replay", short)
            (back,) = until(lambda url=source: _received(sqs, url))  # type: ignore[misc]
            assert back["Body"] == f"from {name}"
            assert back["MessageAttributes"][CORRELATION]["StringValue"] == ID
            sqs.delete_message(QueueUrl=source, ReceiptHandle=back["ReceiptHandle"])
        assert message_id not in dlq("show", short, "--limit", "1000")


def _received(sqs: Any, url: str) -> list[dict[str, Any]] | None:
    found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"])
    messages: list[dict[str, Any]] = [each for each in found.get("Messages", []) if "from " in each["Body"]]
    return messages or None


def test_a_capture_that_was_given_up_is_taken_after_all(stack: Stack, api: Api, site: Site, dlq: Dlq) -> None:
    """`show` says what a given-up capture is about and hides what is secret; `replay` has it taken and recorded."""
    account_id = api.account.account.account_id
    page = site.url("/simple.html?token=TOPSECRET")
    options = CaptureOptions(url=page, cookies=(Cookie(name="session", value="SESSIONSECRET"),), delay_ms=0)
    captures = CaptureTable(stack.outputs["TableName"])
    now = time.time()
    place = Claim(account_id, options.digest(), "j1", f"pictures/{account_id}", usage_month(now), now + 60)
    captures.claim(place, None, limit=None)
    job = CaptureJob(job_id="j1", account_id=account_id, options=options, key_prefix=place.key_prefix)
    message_id = _give_up(stack, _queues(stack)["CaptureDeadLetters"], job.model_dump_json())

    shown = dlq("show", "capture")
    assert re.search(rf"{CORRELATION} +{ID}", shown)
    assert re.search(r"job_id +j1", shown)
    assert re.search(r"options\.url +http://127\.0\.0\.1:\d+\n", shown)
    assert re.search(r"hidden +.*options\.cookies", shown)
    assert "SECRET" not in shown
    assert place.key_prefix not in shown

    assert re.fullmatch(r"capture +[1-9]\d* messages are tried again\n", dlq("replay", "capture"))
    record = until(lambda: found if (found := captures.find(account_id, options.digest())) and found.picture else None)
    assert record.state == "done"
    assert message_id not in dlq("show", "capture")


def test_mistakes_are_told_in_a_sentence(dlq: Dlq, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue or a stack that isn't there, and missing rights, are told without a traceback."""
    assert "there is no queue captures: analysis, bulk, capture" in dlq("show", "captures", status=1)
    assert "there is no stack nothing" in dlq("list", "--stack", "nothing", status=1)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    aws.session.cache_clear()
    aws.sqs_client.cache_clear()
    aws.cloudformation_client.cache_clear()
    assert dlq("list", status=1) == "pagelapse: Unable to locate credentials\n"

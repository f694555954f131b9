"""Captures that nobody waits for: capture queue, `snap`, result queue, `results`, table."""

from __future__ import annotations

import time

import boto3
import httpx
import pytest
from tests.pixels import RED, pixel
from tests.site.server import Site

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.capture_store import CaptureTable
from pagelapse.capture.jobs import CaptureJob
from pagelapse.capture.options import CaptureOptions
from pagelapse.local.stack import Stack
from pagelapse.records import CaptureRecord, Claim, usage_month

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.fixture(autouse=True)
def _environment(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead this process to the deployed table."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)


def _captured(stack: Stack, url: str) -> tuple[CaptureRecord, int]:
    """The record and the count, once a queued capture has been recorded."""
    accounts = Accounts(AccountTable(stack.outputs["TableName"]))
    captures = CaptureTable(stack.outputs["TableName"])
    new = accounts.create_account("queued")
    account_id = new.account.account_id
    options = CaptureOptions(url=url, delay_ms=0)
    claim = Claim(
        account_id, options.digest(), "j1", f"pictures/{account_id}", usage_month(time.time()), time.time() + 60
    )
    captures.claim(claim, None, limit=None)
    job = CaptureJob(job_id="j1", account_id=account_id, options=options, key_prefix=claim.key_prefix)
    sqs = boto3.client("sqs", **stack.client_options)
    sqs.send_message(QueueUrl=stack.outputs["CaptureQueueUrl"], MessageBody=job.model_dump_json())
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        record = captures.find(account_id, options.digest())
        if record and record.state != "pending":
            return record, accounts.identify(new.private_key).usage
        time.sleep(0.1)
    raise AssertionError("nothing was recorded")


def test_a_queued_capture_is_recorded(stack: Stack, site: Site) -> None:
    """A capture from the queue is taken, stored and recorded, though nobody waits for it."""
    record, used = _captured(stack, site.url("/simple.html"))
    assert (record.state, used) == ("done", 1)
    assert record.picture
    assert record.picture.target.status == 200
    settings = boto3.client("lambda", **stack.client_options).get_function_configuration(
        FunctionName=stack.outputs["ApiFunctionArn"]
    )
    base = settings["Environment"]["Variables"]["PAGELAPSE_PICTURES_URL"]
    assert pixel(httpx.get(f"{base}/{record.picture.file.key}").content, 100, 50) == RED


def test_a_queued_capture_that_fails_is_given_back(stack: Stack, site: Site) -> None:
    """A queued capture that fails is recorded with its reason, and not counted."""
    record, used = _captured(stack, site.url("/reset"))
    assert (record.state, used) == ("failed", 0)
    assert record.failure
    assert record.failure.code == "target_unreachable"

"""What the functions' roles allow and what they deny, asked of the deployed roles themselves."""

from __future__ import annotations

import io
import json
import sysconfig
import zipfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest

from pagelapse.local.deployment import STACK
from pagelapse.local.stack import Stack

pytestmark = pytest.mark.e2e

PROBE = """
import boto3
from botocore.exceptions import ClientError

def handler(calls, context):
    return [attempt(*call) for call in calls]

def attempt(service, method, arguments):
    try:
        getattr(boto3.client(service), method)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""
"""A function of the tests' own; with a role of the stack it may do what that role may."""

DENIED = {"AccessDenied", "AccessDeniedException"}


@pytest.fixture
def stack_with_roles(stack: Stack) -> Iterator[Stack]:
    """The stack, and afterwards without the probes."""
    yield stack
    with closing(boto3.client("lambda", **stack.client_options)) as functions:
        for name in _probes(functions):
            functions.delete_function(FunctionName=name)


def _probes(functions: Any) -> list[str]:
    listed = functions.list_functions()["Functions"]
    return [found["FunctionName"] for found in listed if found["FunctionName"].startswith("probe-")]


def _attempt(stack: Stack, role: str, *calls: tuple[str, str, dict[str, Any]]) -> list[str]:
    """What becomes of the calls when a function with that role of the template makes them."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("probe.py", PROBE)
    with closing(boto3.client("cloudformation", **stack.client_options)) as cloudformation:
        found = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId=role)
    with closing(boto3.client("iam", **stack.client_options)) as iam:
        arn = iam.get_role(RoleName=found["StackResourceDetail"]["PhysicalResourceId"])["Role"]["Arn"]
    with closing(boto3.client("lambda", **stack.client_options)) as functions:
        functions.create_function(
            FunctionName=f"probe-{role}",
            Runtime="python3.13",
            Role=arn,
            Handler="probe.handler",
            Code={"ZipFile": code.getvalue()},
            Timeout=60,
            Environment={"Variables": {"PYTHONPATH": sysconfig.get_path("purelib")}},
        )
        answer = functions.invoke(FunctionName=f"probe-{role}", Payload=json.dumps(calls))
    outcomes: list[str] = json.load(answer["Payload"])
    return outcomes


def _item(stack: Stack, pk: str) -> dict[str, Any]:
    return {"TableName": stack.outputs["TableName"], "Key": {"pk": {"S": pk}, "sk": {"S": "x"}}}


def _object(stack: Stack, key: str) -> dict[str, Any]:
    return {"Bucket": stack.outputs["BucketName"], "Key": key}


def test_snap_reaches_nothing_but_its_pictures_and_its_queues(stack_with_roles: Stack) -> None:
    """A page that took `snap` over could put pictures, but read no table, no picture, no list, and no other queue."""
    stack = stack_with_roles
    bucket = {"Bucket": stack.outputs["BucketName"]}
    allowed, *denied = _attempt(
        stack,
        "SnapRole",
        ("s3", "put_object", {**_object(stack, "pictures/probe"), "Body": "x"}),
        ("s3", "put_object", {**_object(stack, "elsewhere/probe"), "Body": "x"}),
        ("s3", "delete_object", _object(stack, "pictures/probe")),
        ("s3", "list_objects_v2", bucket),
        ("dynamodb", "get_item", _item(stack, "ACCOUNT#x")),
        ("dynamodb", "scan", {"TableName": stack.outputs["TableName"]}),
        ("sqs", "send_message", {"QueueUrl": stack.outputs["NotifyQueueUrl"], "MessageBody": "x"}),
        ("lambda", "invoke", {"FunctionName": stack.outputs["SnapFunctionName"], "Payload": "{}"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "x"}),
        ("iam", "list_roles", {}),
    )
    assert allowed == "done"
    assert set(denied) <= DENIED


def test_api_deletes_no_picture(stack_with_roles: Stack) -> None:
    """`api` reads the table, but can neither delete a picture, nor write elsewhere, nor work off a queue."""
    stack = stack_with_roles
    table, *denied = _attempt(
        stack,
        "ApiRole",
        ("dynamodb", "get_item", _item(stack, "ACCOUNT#x")),
        ("s3", "delete_object", _object(stack, "pictures/probe")),
        ("s3", "put_object", {**_object(stack, "elsewhere/probe"), "Body": "x"}),
        ("sqs", "receive_message", {"QueueUrl": stack.outputs["CaptureQueueUrl"]}),
        ("dynamodb", "scan", {"TableName": stack.outputs["TableName"]}),
        ("dynamodb", "delete_table", {"TableName": stack.outputs["TableName"]}),
    )
    assert table == "done"
    assert set(denied) <= DENIED


def test_notify_reads_single_items_only(stack_with_roles: Stack) -> None:
    """The function that posts to strangers reads single items, and no list; it writes none and queues no capture."""
    stack = stack_with_roles
    query = {
        "TableName": stack.outputs["TableName"],
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "ACCOUNT#x"}},
    }
    account, *denied = _attempt(
        stack,
        "NotifyRole",
        ("dynamodb", "get_item", _item(stack, "ACCOUNT#x")),
        ("dynamodb", "query", query),
        ("dynamodb", "put_item", {"TableName": stack.outputs["TableName"], "Item": _item(stack, "ACCOUNT#x")["Key"]}),
        ("sqs", "send_message", {"QueueUrl": stack.outputs["CaptureQueueUrl"], "MessageBody": "x"}),
    )
    assert account == "done"
    assert set(denied) <= DENIED


def test_compare_writes_pictures_of_differences_only(stack_with_roles: Stack) -> None:
    """`compare` reads pictures, writes those of differences into a folder of their own, and deletes nothing."""
    stack = stack_with_roles
    outcomes = _attempt(
        stack,
        "CompareRole",
        ("s3", "put_object", {**_object(stack, "pictures/diffs/probe"), "Body": "x"}),
        ("s3", "get_object", _object(stack, "pictures/diffs/probe")),
        ("dynamodb", "get_item", _item(stack, "JOB#x")),
        ("s3", "put_object", {**_object(stack, "pictures/probe"), "Body": "x"}),
        ("s3", "delete_object", _object(stack, "pictures/diffs/probe")),
        ("dynamodb", "scan", {"TableName": stack.outputs["TableName"]}),
        ("sqs", "send_message", {"QueueUrl": stack.outputs["CaptureQueueUrl"], "MessageBody": "x"}),
    )
    assert outcomes[:3] == ["done"] * 3
    assert set(outcomes[3:]) <= DENIED


def test_sweep_deletes_pictures_only(stack_with_roles: Stack) -> None:
    """`sweep` deletes pictures, and can neither read nor write one, nor delete anything else in the bucket."""
    stack = stack_with_roles
    deletes, *denied = _attempt(
        stack,
        "SweepRole",
        ("s3", "delete_object", _object(stack, "pictures/probe")),
        ("s3", "delete_object", _object(stack, "elsewhere/probe")),
        ("s3", "put_object", {**_object(stack, "pictures/probe"), "Body": "x"}),
        ("dynamodb", "scan", {"TableName": stack.outputs["TableName"]}),
    )
    assert deletes == "done"
    assert set(denied) <= DENIED


def test_results_records_and_removes_nothing(stack_with_roles: Stack) -> None:
    """`results` reads and writes items it can name; it removes none, reads no index, and writes no picture."""
    stack = stack_with_roles
    table = {"TableName": stack.outputs["TableName"]}
    due = {"KeyConditionExpression": "due_shard = :shard", "ExpressionAttributeValues": {":shard": {"S": "due#00"}}}
    reads, *denied = _attempt(
        stack,
        "ResultsRole",
        ("dynamodb", "get_item", _item(stack, "JOB#x")),
        ("dynamodb", "delete_item", _item(stack, "JOB#x")),
        ("dynamodb", "query", {**table, **due, "IndexName": "due"}),
        ("dynamodb", "scan", table),
        ("s3", "delete_object", _object(stack, "pictures/probe")),
        ("s3", "put_object", {**_object(stack, "pictures/probe"), "Body": "x"}),
        ("sqs", "send_message", {"QueueUrl": stack.outputs["CaptureQueueUrl"], "MessageBody": "x"}),
    )
    assert reads == "done"
    assert set(denied) <= DENIED

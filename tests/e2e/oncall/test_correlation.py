"""One id from a request to its picture and its webhook, and figures of all of them, through the deployed stack."""

from __future__ import annotations

from urllib.parse import urlsplit

import boto3
import pytest
from tests.e2e.oncall.conftest import Logs
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import Json, finished, until, watching
from tests.site.receiver import Receiver
from tests.site.server import Site

from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

ON_THE_WAY = {"api", "snap", "results", "notify"}


def _metadata(stack: Stack, link: str) -> dict[str, str]:
    _, bucket, key = urlsplit(link).path.split("/", 2)
    s3 = boto3.client("s3", **stack.client_options)
    found: dict[str, str] = s3.head_object(Bucket=bucket, Key=key)["Metadata"]
    return found


def test_one_id_from_request_to_picture_to_webhook(
    stack: Stack, api: Api, site: Site, receiver: Receiver, logs: Logs
) -> None:
    """The id of a request is in its answer, the picture's metadata, the webhook and a log line of each function."""
    made = watching(api, site.url("/counter"), receiver.url("/hook"))
    path, given = f"/screenshot_configs/{made['screenshot_configuration_id']}/capture", "deploy-42:shop.example"
    asked = api.http.post(path, data={"access_token": api.account.private_key}, headers={"X-Request-Id": given})
    assert (asked.status_code, asked.headers["X-Request-Id"]) == (200, given), asked.text
    job = finished(api, asked.json()["job_id"])
    assert _metadata(stack, job["screenshot"]["direct_link"]) == {"correlation-id": given}
    (posted,) = receiver.await_posts(1, within_s=90)
    assert posted.headers["x-pagelapse-request-id"] == given

    def everywhere() -> dict[str, list[Json]] | None:
        found = logs.lines(given)
        return found if found.keys() >= ON_THE_WAY and _count(found, "Webhooks") else None

    found = until(everywhere)
    assert found.keys() == ON_THE_WAY
    assert _count(found, "Captured") == [{"service": "pagelapse", "purpose": "configuration"}]
    assert _count(found, "Webhooks") == [{"service": "pagelapse", "outcome": "delivered"}]
    assert _count(found, "QueueTime") == [{"service": "pagelapse"}]


def _count(lines: dict[str, list[Json]], metric: str) -> list[Json]:
    """The dimensions of each time that a metric is told."""
    told = [line for each in lines.values() for line in each if metric in line and "_aws" in line]
    names = ("service", "dialect", "purpose", "outcome", "source", "reason")
    return [{name: line[name] for name in names if name in line} for line in told]


def test_an_unsafe_id_is_replaced(api: Api, site: Site, logs: Logs) -> None:
    """An id of the caller's that could do harm is ignored; a refusal says why in logs and figures."""
    key = api.account.private_key
    for unsafe in ("short", f"it is {key}", key, "<script>alert(1)</script>", "x" * 129):
        answer = api.http.get("/snap", params={"access_token": key}, headers={"X-Request-Id": unsafe})
        mine = answer.headers["X-Request-Id"]
        assert (answer.status_code, unsafe in mine) == (400, False)
    found = until(lambda: seen if _count(seen := logs.lines(mine), "RequestErrors") else None)
    assert _count(found, "RequestErrors") == [
        {"service": "pagelapse", "dialect": "pagepixels", "reason": "invalid_url"}
    ]
    assert [line["error"] for line in found["api"] if line.get("message") == "request"] == ["invalid_url"]
    assert site.requests == []

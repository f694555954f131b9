"""PP8, PP10, PP16 and their part of PP17 over HTTP, with real captures."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import finished, form, listed, refused, until
from tests.site.server import Site

from pagelapse.adapters.monitor_items import ConfigurationItem
from pagelapse.adapters.table import connect
from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"


def _become_due(api: Api, stack: Stack, configuration_id: str) -> None:
    connect(stack.outputs["TableName"])
    item = ConfigurationItem.at(api.account.account.account_id, configuration_id)
    item.update(actions=[ConfigurationItem.due_at.set(int(time.time()) - 1)])


def _tick(stack: Stack) -> dict[str, int]:
    client = boto3.client("lambda", **stack.client_options)
    answer = client.invoke(FunctionName=stack.outputs["ScheduleFunctionName"], Payload=b"{}")
    done: dict[str, int] = json.loads(answer["Payload"].read())
    return done


def test_a_due_configuration_is_captured_by_itself(api: Api, site: Site, stack: Stack) -> None:
    """A run that is due is captured once, even when ticks overlap, and shows up among the screenshots."""
    made = form(
        api, "POST", "/screenshot_configs",
        url=site.url(PAGE), wait=0, scheduled_screenshot="true", scheduled_every=2, scheduled_interval="hours",
    )  # fmt: skip
    finished(api, made["job_id"])
    _become_due(api, stack, made["screenshot_configuration_id"])
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda _: _tick(stack), range(3)))
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    last_job = until(lambda: _other(listed(api, path)["ids"]["last_job_id"], made["job_id"]))
    assert finished(api, last_job)["success"] is True
    assert sum(each.get("claimed", 0) for each in done) <= 1
    assert (len(listed(api, f"{path}/screenshots")["screenshots"]), api.used()) == (2, 2)


def _other(job_id: str, than: str) -> str | None:
    return None if job_id == than else job_id


def test_example_change_notifications(api: Api, site: Site) -> None:
    """The text's "Change Notifications": a schedule and a watched element, kept as they were given."""
    actions = json.dumps(
        [{"type": "change", "selector": "h1", "send_to": "webhook", "url": "https://example.com/webhook"}]
    )
    made = form(
        api, "POST", "/screenshot_configs",
        url=site.url(PAGE), scheduled_screenshot="true", scheduled_every=10, scheduled_interval="minutes",
        multi_step_actions=actions,
    )  # fmt: skip
    assert set(made) == {"success", "screenshot_configuration_id", "embed_url", "job_id"}
    assert finished(api, made["job_id"])["success"] is True
    found = listed(api, f"/screenshot_configs/{made['screenshot_configuration_id']}")
    assert found["config"]["multi_step_actions"] == actions


def test_example_list_change_notifications(api: Api, site: Site) -> None:
    """The text's change notifications: a changed text is listed, for its configuration and for the account."""
    action = {"type": "change", "selector": "#counter", "send_to": "webhook", "url": "https://example.com/webhook"}
    counting = "/html?body=" + "<p id=counter></p><script>counter.textContent=Math.floor(Date.now()/10)</script>"
    made = form(
        api, "POST", "/screenshot_configs",
        url=site.url(counting.replace(" ", "%20")), wait=0, multi_step_actions=json.dumps([action]),
    )  # fmt: skip
    assert finished(api, made["job_id"])["success"] is True
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    assert listed(api, f"{path}/change_notifications", page=1)["change_notifications"] == []
    for _ in range(2):
        finished(api, form(api, "POST", f"{path}/capture")["job_id"])
    newest, oldest = listed(api, f"{path}/change_notifications", page=1)["change_notifications"]
    assert set(newest) == {
        "id", "screenshot_configuration_id", "previous_value", "retrieved_value", "config", "sent_at",
    }  # fmt: skip
    assert (newest["previous_value"], newest["config"]) == (oldest["retrieved_value"], action)
    assert int(newest["sent_at"]) > int(oldest["sent_at"]) > 1.6e12
    assert listed(api, "/change_notifications", page=1)["change_notifications"] == [newest, oldest]


def test_example_get_account_limits(api: Api, site: Site) -> None:
    """The text's "Get Account Limits": this month's screenshots and bandwidth, and how many there may be."""
    api.account = api.accounts.create_account("limited", screenshot_limit=10_000)
    made = form(api, "POST", "/screenshot_configs", url=site.url(PAGE), wait=0)
    finished(api, made["job_id"])
    results = listed(api, "/account_limits")["results"]
    assert results["screenshot_limit"] == 10_000
    assert results["screenshot_current_month_usage"] == 1
    assert results["real_location_bandwidth_limit_in_bytes"] == 33_554_432
    assert results["real_location_bandwidth_current_month_usage_in_bytes"] == 0


def test_too_many_requests(api: Api) -> None:
    """An account that asks more often than its limit is told to wait: 429 with Retry-After."""
    api.account = api.accounts.create_account("eager", request_limit=5)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: api.get("/screenshot_configs"), range(16)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) in ((5, 11), (6, 10))
    blocked = answers[statuses.index(429)]
    assert blocked.json()["error_code"] == "rate_limit_exceeded"
    assert 1 <= int(blocked.headers["retry-after"]) <= 12


def test_a_suspended_account(api: Api, site: Site) -> None:
    """What the operator has suspended is refused with billing_not_up_to_date, until it is resumed."""
    account_id = api.account.account.account_id
    api.accounts.suspend(account_id)
    assert refused(api, "GET", "/account_limits") == (403, "billing_not_up_to_date")
    assert api.snap(site.url(PAGE)).json()["error_code"] == "billing_not_up_to_date"
    api.accounts.resume(account_id)
    assert listed(api, "/account_limits")["success"] is True

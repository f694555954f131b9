"""PP8, PP10, PP16 and their part of PP17 over HTTP, with real captures."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import become_due, finished, form, listed, refused, tick, until, watching
from tests.site.receiver import Receiver
from tests.site.server import Site

from pagelapse.local.stack import Stack
from pagelapse.monitoring.webhooks import sign

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"
WITHIN_S = 300
"""Two minutes until the run is due, one until the next tick, and some for the capture."""


def test_a_due_configuration_is_captured_by_itself(api: Api, site: Site, stack: Stack) -> None:
    """A run that is due is captured once, even when ticks overlap, and shows up among the screenshots."""
    made = form(
        api, "POST", "/screenshot_configs",
        url=site.url(PAGE), wait=0, scheduled_screenshot="true", scheduled_every=2, scheduled_interval="hours",
    )  # fmt: skip
    finished(api, made["job_id"])
    become_due(api, stack, made["screenshot_configuration_id"])
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda _: tick(stack), range(3)))
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    last_job = until(lambda: _other(listed(api, path)["ids"]["last_job_id"], made["job_id"]))
    assert finished(api, last_job)["success"] is True
    assert sum(each.get("claimed", 0) for each in done) <= 1
    assert (len(listed(api, f"{path}/screenshots")["screenshots"]), api.used()) == (2, 2)


def _other(job_id: str, than: str) -> str | None:
    return None if job_id == than else job_id


def test_too_many_requests(api: Api) -> None:
    """An account that asks more often than its limit is told to wait: 429 with Retry-After."""
    api.account = api.accounts.create_account("eager", request_limit=5)
    started = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: api.get("/screenshot_configs"), range(16)))
    statuses = [answer.status_code for answer in answers]
    admitted, refilled = statuses.count(200), (time.monotonic() - started) * 5 / 60
    assert 5 <= admitted <= 6 + refilled
    assert statuses.count(429) == len(statuses) - admitted > 0
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


@pytest.mark.first
def test_a_schedule_of_two_minutes_tells_of_a_change_by_itself(api: Api, site: Site, receiver: Receiver) -> None:
    """A schedule of two minutes runs by itself, and a change that it finds is recorded and posted once, signed."""
    schedule = {"scheduled_screenshot": "true", "scheduled_every": 2, "scheduled_interval": "minutes"}
    made = watching(api, site.url("/counter"), receiver.url("/hook"), **schedule)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    assert listed(api, f"{path}/change_notifications")["change_notifications"] == []
    (posted,) = receiver.await_posts(1, within_s=WITHIN_S)
    (change,) = listed(api, f"{path}/change_notifications")["change_notifications"]
    assert (change["previous_value"], change["retrieved_value"]) == ("1", "2")
    assert json.loads(posted.body) == change
    assert posted.headers["x-pagelapse-delivery"] == change["id"]
    secret = api.accounts.webhook_secret(api.account.account.account_id)
    timestamp = int(posted.headers["x-pagelapse-timestamp"])
    assert posted.headers["x-pagelapse-signature"] == sign(secret, timestamp, posted.body)
    form(api, "DELETE", path)
    assert (len(site.seen("/counter")), len(receiver.posted), api.used()) == (2, 1, 2)

"""A schedule, a change and its webhook, with nobody at the API."""

from __future__ import annotations

import json

import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import form, listed, watching
from tests.site.receiver import Receiver
from tests.site.server import Site

from pagelapse.monitoring.webhooks import sign

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

WITHIN_S = 300
"""Two minutes until the run is due, one until the next tick, and some for the capture."""


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

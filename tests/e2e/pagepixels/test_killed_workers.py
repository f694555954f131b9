"""Workers that are killed at the worst moment, on the deployed stack."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import Json, finished, form, listed, until, watching
from tests.e2e.workers import Worker
from tests.site.receiver import Receiver
from tests.site.server import Site

from pagelapse.adapters.listing_store import ListingTable
from pagelapse.local.stack import Stack
from pagelapse.monitoring.listings import Listing, Page

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

REDELIVERED_AFTER_S = 10
"""Longer than a batch takes on a busy machine: each redelivery is one of the few that a message has."""
REPORTS = 6
"""One batch."""


def _capture(api: Api, made: Json) -> str:
    job_id: str = form(api, "POST", f"/screenshot_configs/{made['screenshot_configuration_id']}/capture")["job_id"]
    return job_id


def _idle(worker: Worker, left: int = 0) -> None:
    until(lambda: True if worker.unfinished() <= left else None)


def _delivery_ids(receiver: Receiver) -> Counter[str]:
    return Counter(posted.headers["x-pagelapse-delivery"] for posted in receiver.posted)


def test_a_killed_results_worker_loses_and_doubles_nothing(
    api: Api, site: Site, stack: Stack, receiver: Receiver
) -> None:
    """Reports whose `results` worker is killed in the middle of the batch are recorded, counted and told once each."""
    results, notify = (Worker(stack, stack.outputs[name]) for name in ("ResultQueueUrl", "NotifyQueueUrl"))
    others = notify.unfinished()
    made = [watching(api, site.url(f"/counter?of={number}"), receiver.url("/hook")) for number in range(REPORTS)]
    _idle(results)
    table, account_id = ListingTable(stack.outputs["TableName"]), api.account.account.account_id

    def recorded() -> int:
        return len(table.changes(Listing("changes", account_id), Page()))

    with results.redelivering_after(REDELIVERED_AFTER_S):
        with results.held_back():
            jobs = [_capture(api, each) for each in made]
            until(lambda: True if results.unfinished() == REPORTS else None)
        results.kill_once(lambda: recorded() > 0)
        assert recorded() < REPORTS
        answers = [finished(api, job_id) for job_id in jobs]
        _idle(results)
    assert [answer["success"] for answer in answers] == [True] * REPORTS
    assert api.used() == 2 * REPORTS
    assert len(listed(api, "/screenshots")["screenshots"]) == 2 * REPORTS
    changes = listed(api, "/change_notifications")["change_notifications"]
    assert Counter(each["screenshot_configuration_id"] for each in changes) == Counter(
        each["screenshot_configuration_id"] for each in made
    )
    _idle(notify, others)
    assert set(_delivery_ids(receiver)) == {each["id"] for each in changes}


def test_a_killed_notify_worker_loses_nothing(api: Api, site: Site, stack: Stack, receiver: Receiver) -> None:
    """Webhooks whose `notify` worker is killed before the receiver has answered come once more, under the same id."""
    notify = Worker(stack, stack.outputs["NotifyQueueUrl"])
    others = notify.unfinished()
    made = [watching(api, site.url(f"/counter?of={number}"), receiver.url("/hook")) for number in range(2)]
    with notify.redelivering_after(REDELIVERED_AFTER_S):
        receiver.answering.clear()
        with notify.held_back():
            for each in made:
                _capture(api, each)
            until(lambda: True if notify.unfinished() == others + len(made) else None)
        receiver.await_posts(len(made), within_s=90)
        assert notify.kill() > 0
        receiver.answering.set()
        receiver.await_posts(2 * len(made), within_s=90)
        _idle(notify, others)
    changes = listed(api, "/change_notifications")["change_notifications"]
    assert len(changes) == len(made)
    assert _delivery_ids(receiver) == {each["id"]: 2 for each in changes}
    assert api.used() == 2 * len(made)

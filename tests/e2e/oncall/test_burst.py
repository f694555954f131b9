"""Ten times as much at once as there is room for: whoever is turned away is told so, and nobody waits in vain."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed

import httpx
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import until
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.alone]

WORKERS = 2
AT_ONCE = 10 * WORKERS
REQUESTS = 10
PATIENCE_S = 180


@pytest.fixture
def patient(api: Api) -> Api:
    """The API's client, which waits for as long as a busy machine may take, once there are processes for a burst."""
    api.http.timeout = httpx.Timeout(PATIENCE_S)
    until(lambda: _answers_a_burst(api) or None)
    return api


def _answers_a_burst(api: Api) -> bool:
    """Whether all of a burst of requests without a key, which end at once, are refused as such."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        statuses = list(threads.map(lambda _: api.http.get("/real_locations").status_code, range(2 * AT_ONCE)))
    return statuses == [401] * len(statuses)


def test_more_captures_at_once_than_workers(patient: Api, site: Site) -> None:
    """With both workers busy, 18 of 20 captures at once are refused while the others still wait; these succeed."""
    patient.accounts.change_limits(patient.account.account.account_id, {"workers": WORKERS})
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(patient.snap, site.url(f"/held?n={n}"), ttl=0) for n in range(AT_ONCE)]
        answers: list[httpx.Response] = []
        for answered in as_completed(asked):
            answers.append(answered.result())
            if len(answers) == AT_ONCE - WORKERS:
                refused = time.monotonic() - began
                site.released.set()
    assert [answer.status_code for answer in answers] == [503] * (AT_ONCE - WORKERS) + [200] * WORKERS
    for answer in answers[:-WORKERS]:
        assert (answer.json()["success"], int(answer.headers["Retry-After"]) > 0) == (False, True)
    assert len(site.seen("/held")) == WORKERS
    assert patient.used() == WORKERS
    print(f"{AT_ONCE - WORKERS} of {AT_ONCE} captures were refused within {refused:.1f} s, {WORKERS} succeeded")
    assert patient.snap(site.url("/simple.html"), ttl=0).status_code == 200


def test_more_requests_than_the_limit(patient: Api) -> None:
    """Of ten times as many requests as the account may send, the limit's are answered, the others told when to come."""
    patient.accounts.change_limits(patient.account.account.account_id, {"request_limit": REQUESTS})
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda _: patient.get("/real_locations"), range(10 * REQUESTS)))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() == {200, 429}
    assert REQUESTS <= statuses[200] <= 2 * REQUESTS
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 429)
    print(f"of {len(answers)} requests at once {statuses[200]} were answered and {statuses[429]} told when to come")

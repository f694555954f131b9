"""Ten times as much at once as there is room for: whoever is turned away is told so at once, and nobody waits in vain."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed

import httpx
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.alone]

WORKERS = 2
AT_ONCE = 10 * WORKERS
REQUESTS = 10


def test_more_captures_at_once_than_workers(api: Api, site: Site) -> None:
    """With both workers busy, 18 of 20 captures at once are refused while the others still wait; these succeed."""
    api.accounts.change_limits(api.account.account.account_id, {"workers": WORKERS})
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(api.snap, site.url(f"/held?n={n}"), ttl=0) for n in range(AT_ONCE)]
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
    assert api.used() == WORKERS
    print(f"{AT_ONCE - WORKERS} of {AT_ONCE} captures were refused within {refused:.1f} s, {WORKERS} succeeded")
    assert api.snap(site.url("/simple.html"), ttl=0).status_code == 200


def test_more_requests_than_the_limit(api: Api) -> None:
    """Of ten times as many requests as the account may send, the limit's are answered, the others told when to come."""
    api.accounts.change_limits(api.account.account.account_id, {"request_limit": REQUESTS})
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda _: api.get("/real_locations"), range(10 * REQUESTS)))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() == {200, 429}
    assert REQUESTS <= statuses[200] <= 2 * REQUESTS
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 429)
    print(f"of {len(answers)} requests at once {statuses[200]} were answered and {statuses[429]} told when to come")

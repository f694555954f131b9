"""PX3 and PX10: registration, keys and rate limits, through the deployed stack."""

from __future__ import annotations

import math
import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.e2e.pixcap.conftest import PATH, Api
from tests.site.server import Site

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.rate_window_store import RateWindowTable
from pagelapse.errors import EmailTaken, TooManyKeys
from pagelapse.local.stack import Stack
from pagelapse.services.self_service import MAX_KEYS, SelfService

pytestmark = pytest.mark.e2e

KEYS = "/api/v1/keys"


def _register(http: httpx.Client, email: str) -> httpx.Response:
    return http.post("/api/v1/register", json={"email": email})


@pytest.mark.browser
def test_registration_and_its_limit(stack: Stack, site: Site) -> None:
    """The text's "Register": its key takes pictures at once. An email makes one account; the tenth try is the last."""
    email = f"you-{secrets.token_hex(4)}@company.com"
    with httpx.Client(base_url=stack.url, timeout=40) as http:
        made = _register(http, email)
        data = made.json()["data"]
        key = {"X-API-Key": data.pop("api_key")}
        assert (made.status_code, made.headers["X-RateLimit-Limit"]) == (201, "10")
        assert data == {"message": "Account created successfully", "email": email, "credits": 100}
        shot = http.get(PATH, params={"url": site.url("/simple.html")}, headers=key)
        assert (shot.status_code, shot.headers["X-Credits-Remaining"]) == (200, "99")
        again = _register(http, email.upper())
        assert (again.status_code, again.json()["error"]["code"]) == (409, "EMAIL_ALREADY_REGISTERED")
        tries = [_register(http, "nobody") for _ in range(9)]
    assert {answer.json()["error"]["code"] for answer in tries} == {"INVALID_PARAMETER", "RATE_LIMIT_EXCEEDED"}
    assert (tries[-1].status_code, tries[-1].headers["X-RateLimit-Remaining"]) == (429, "0")
    assert 0 < int(tries[-1].headers["Retry-After"]) <= 900


def test_keys_are_made_listed_and_deactivated(api: Api) -> None:
    """Up to five keys: each opens the account, none shows in the list, and a deactivated one opens nothing."""
    made = [api.http.post(KEYS, json={"name": f"k{n}"}, headers=api.key).json()["data"] for n in range(4)]
    sixth = api.http.post(KEYS, headers=api.key)
    assert (sixth.status_code, sixth.json()["error"]["code"]) == (409, "API_KEY_LIMIT_REACHED")
    theirs = {"X-API-Key": made[0]["api_key"]}
    listed = api.http.get(KEYS, headers=theirs)
    assert {key["name"] for key in listed.json()["data"]["keys"]} == {"first", "k0", "k1", "k2", "k3"}
    assert not any(key["api_key"] in listed.text for key in made)
    ended = api.http.delete(f"{KEYS}/{made[0]['id']}", headers=theirs)
    assert ended.json()["data"]["active"] is False
    assert api.http.get(KEYS, headers=theirs).json()["error"]["code"] == "INVALID_API_KEY"
    assert api.http.post(KEYS, headers=api.key).status_code == 201


def test_the_sixty_first_screenshot_of_a_window(stack: Stack, api: Api) -> None:
    """Sixty requests of a window are let through, whichever processes count them, and the next is refused."""
    windows, now = RateWindowTable(stack.outputs["TableName"]), time.time()
    for _ in range(50):
        windows.count(f"ACCOUNT#{api.account.account.account_id}", "screenshot", now=now, seconds=600)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: api.get("nonsense"), range(11)))
    admitted = [answer for answer in answers if answer.status_code == 400]
    (refused,) = [answer for answer in answers if answer.status_code == 429]
    assert sorted(int(answer.headers["X-RateLimit-Remaining"]) for answer in admitted) == list(range(10))
    assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert {answer.headers["X-RateLimit-Reset"] for answer in answers} == {str(math.ceil(now + 600))}
    assert 0 < int(refused.headers["Retry-After"]) <= 600


def test_windows_are_counted_exactly(stack: Stack, pixcap_accounts: Accounts) -> None:
    """Of counts at the same moment, also at a window's first, none is lost and none counted twice."""
    table, now = RateWindowTable(stack.outputs["TableName"]), time.time()
    subject = f"TEST#{secrets.token_hex(8)}"

    def count(at: float) -> list[tuple[int, float]]:
        with ThreadPoolExecutor(8) as pool:
            return sorted(pool.map(lambda _: table.count(subject, "rule", now=at, seconds=60), range(24)))

    for moment in (now, now + 61):
        counted = count(moment)
        assert [number for number, _ in counted] == list(range(1, 25))
        assert {round(until - moment, 3) for _, until in counted} == {60}


def test_five_keys_also_at_one_moment(stack: Stack, api: Api) -> None:
    """Of many keys that are made at the same moment, no more are made than an account may have."""
    service = SelfService(AccountTable(stack.outputs["TableName"]), registration=False)
    account_id = api.account.account.account_id

    def make(number: int) -> str:
        try:
            service.add_key(account_id, str(number))
        except TooManyKeys:
            return "refused"
        return "made"

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(make, range(8))) == {"made": MAX_KEYS - 1, "refused": 9 - MAX_KEYS}
    assert len(service.keys(account_id)) == MAX_KEYS


def test_one_account_also_at_one_moment(stack: Stack, pixcap_accounts: Accounts) -> None:
    """Of registrations with one email address at the same moment, one makes an account."""
    service = SelfService(AccountTable(stack.outputs["TableName"]), registration=True)
    email = f"{secrets.token_hex(8)}@company.com"

    def register(_: int) -> str:
        try:
            service.register(email)
        except EmailTaken:
            return "refused"
        return "made"

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(register, range(8))) == {"made": 1, "refused": 7}

"""What callers put into headers, cookies and webhooks: it stays there, and goes nowhere private."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.e2e.trust.conftest import VENDORS, Attempt, NewAccounts
from tests.site.hostile import HostileSite
from tests.site.receiver import Receiver
from tests.site.server import Canary

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

SPLIT = "a\r\nX-Injected: yes\r\n\r\nGET /injected HTTP/1.1\r\nX-Injected: yes\r\n\r\n"
FOLDED = "a\nX-Injected: yes"
SPLITTING: dict[str, list[dict[str, Any]]] = {
    "pagepixels": [
        {"headers": json.dumps([{"key": "X-Mine", "value": SPLIT}])},
        {"headers": json.dumps([{"key": "X-Mine: a\r\nX-Injected", "value": "yes"}])},
        {"user_agent": SPLIT},
        {"user_agent": "日本\u2028"},
        {"accept_language": FOLDED},
        {"cookies": json.dumps([{"key": "a", "value": SPLIT}])},
    ],
    "pixcap": [{"cookies": json.dumps([{"name": "a", "value": SPLIT}])}],
    "savepage": [{"user_agent": FOLDED}, {"accept_language": SPLIT}],
    "getscreenshot": [{"cookie": f"a,{SPLIT}"}, {"authuser": SPLIT, "authpassword": FOLDED}],
    "native": [
        {"user_agent": SPLIT},
        {"referer": SPLIT},
        {"extra_http_headers": json.dumps([{"name": "X-Mine", "value": SPLIT}])},
    ],
    "browshot": [{"referer": SPLIT}, {"cookie": f"a={SPLIT}"}, {"post_data": SPLIT}],
}
"""Parameters that end in a request's head, or its body."""

PRIVATE = ("127.0.0.2", "[::1]", "0.0.0.0", "[::ffff:127.0.0.2]")
"""Few: what is refused is parked in a queue that other tests look into."""

FOREIGN_COOKIES = [
    {"name": "foreign", "value": "x", "domain": domain, "path": path}
    for domain, path in (
        ("example.com", "/"),
        (".com", "/"),
        ("localhost", "/"),
        ("127.0.0.2", "/"),
        ("127.0.0.1", "/o"),
    )
]


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_request_is_split(http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, vendor: str) -> None:
    """A line break in a parameter adds no header and no request: it is refused, or encoded."""
    page, key = hostile.add("/split", "<!doctype html>split"), new_account().private_key
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda given: VENDORS[vendor].capture(http, key, page, **given), SPLITTING[vendor]))
    assert [answer.text[:200] for answer in answers if answer.status_code >= 500] == []
    assert [line for line in hostile.heard if line.startswith("x-injected")] == []
    assert "/injected" not in hostile.asked


@pytest.mark.parametrize(
    ("vendor", "parameter"),
    [
        ("pagepixels", "selectors"),
        ("pagepixels", "wait_for"),
        ("pixcap", "selector"),
        ("pixcap", "wait_for_selector"),
        ("getscreenshot", "element"),
    ],
)
def test_what_is_no_selector(
    http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, vendor: str, parameter: str
) -> None:
    """A selector that is none is the caller's error, told by the parameter's own name."""
    page, key = hostile.add("/selectors", "<!doctype html><p>selectors"), new_account().private_key
    answer = VENDORS[vendor].capture(http, key, page, **{parameter: "p["})
    assert (answer.status_code, f"{parameter}: is not a CSS selector" in answer.text) == (400, True), answer.text[:300]


def test_foreign_cookies_stay_at_home(http: httpx.Client, new_account: NewAccounts, hostile: HostileSite) -> None:
    """A cookie of another domain or path is not sent to the page, one of the page's own is."""
    page, key = hostile.add("/cookies", "<!doctype html>cookies"), new_account().private_key
    own = {"name": "own", "value": "y", "domain": "127.0.0.1", "path": "/"}
    hostile.heard.clear()
    answers = [
        VENDORS["pixcap"].capture(http, key, page, cookies=json.dumps([own, *cookies]))
        for cookies in (FOREIGN_COOKIES, FOREIGN_COOKIES[1:2], [])
    ]
    assert [answer.status_code < 500 for answer in answers] == [True] * len(answers)
    sent = [line for line in hostile.heard if line.startswith("cookie:")]
    assert (set(sent), len(sent) >= 1) == ({"cookie: own=y"}, True)


def test_webhooks_go_nowhere_private(
    http: httpx.Client, new_account: NewAccounts, silence: Canary, attempt: Attempt, receiver: Receiver
) -> None:
    """An answer is not posted to a refused address, in whatever notation; one that is allowed gets it."""
    attempt("a webhook", PRIVATE)
    key = new_account().private_key
    targets = [f"http://{host}:{silence.port}/" for host in PRIVATE]
    for webhook in (*targets, receiver.url("/control")):
        VENDORS["getscreenshot"].capture(http, key, "http://127.0.0.1:1/", webhook=webhook)
    (posted,) = receiver.await_posts(1, within_s=120)
    assert posted.path == "/control"

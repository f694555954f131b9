"""What callers entrust to us is in no log, whatever became of their requests."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import boto3
import httpx
import pytest
from tests.e2e.trust.conftest import VENDORS, NewAccounts
from tests.site.hostile import HostileSite
from tests.site.receiver import Receiver

from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

TELL = f"tell{secrets.token_hex(6)}"
"""In everything that is nobody's business."""

ENTRUSTED: dict[str, list[dict[str, str]]] = {
    "pagepixels": [
        {
            "headers": json.dumps([{"key": "X-Secret", "value": TELL}]),
            "cookies": json.dumps([{"key": "session", "value": TELL}]),
            "js_inject": f"throw new Error('{TELL}')",
            "css_inject": f"p {{ content: '{TELL}' }}",
            "hash_key": TELL,
            "user_agent": TELL,
        },
        {"multi_step_actions": json.dumps([{"type": "text_field", "selector": "p", "value": TELL}])},
        {"headers": TELL, "cookies": TELL, "wait": TELL},
    ],
    "pixcap": [
        {"cookies": json.dumps([{"name": "session", "value": TELL, "domain": "elsewhere.example"}])},
        {"cookies": json.dumps([{"name": "session", "value": TELL}])},
        {"cookies": TELL},
    ],
    "savepage": [{"refresh": TELL}, {"hash": TELL, "user_agent": TELL}],
    "getscreenshot": [
        {"cookie": f"session,{TELL}", "customjs": f"throw '{TELL}'", "authuser": TELL, "authpassword": TELL},
        {"cookie": TELL, "timewait": TELL},
    ],
    "browshot": [
        {"cookie": f"session={TELL}", "referer": f"https://a.example/?{TELL}", "post_data": f"pin={TELL}"},
    ],
}
"""Parameters that carry a secret, well formed and not."""

PLACES = ("/page?token={tell}", "//user:{tell}@127.0.0.1:1/?token={tell}", "/missing?token={tell}")


def _lines(stack: Stack) -> str:
    """Every log of the deployment's, and the emulator's own."""
    logs = boto3.client("logs", **stack.client_options)
    texts = [stack.layout.log.read_text(errors="replace")]
    for group in logs.get_paginator("describe_log_groups").paginate().search("logGroups[].logGroupName"):
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
            texts += [event["message"] for event in page["events"]]
    return "\n".join(texts)


def test_no_log_holds_a_secret(
    stack: Stack, http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, receiver: Receiver
) -> None:
    """Keys, tokens, cookies, passwords, headers, scripts, queries and documents of callers are in no log at all."""
    new = new_account()
    account: dict[str, Any] = {"X-API-Key": new.private_key}
    page = hostile.add("/page?token=" + TELL, f"<!doctype html><p>{TELL}")
    places = [f"http:{place}" if place.startswith("//") else hostile.url(place) for place in PLACES]
    for vendor, entrusted in ENTRUSTED.items():
        for number, given in enumerate(entrusted):
            url = places[number % len(places)].format(tell=TELL)
            VENDORS[vendor].capture(http, new.private_key, url, **given)
        VENDORS[vendor].capture(http, f"{new.private_key[:-4]}0000", page)
        VENDORS[vendor].capture(http, TELL, page)
    document = {"html_content": f"<p>{TELL}", "access_token": new.private_key, "wait": 0}
    http.post("/snap_html", json=document, headers={"Cookie": f"a={TELL}", "X-Secret": TELL})
    webhook = receiver.url(f"/hook?token={TELL}")
    VENDORS["getscreenshot"].capture(http, new.private_key, page, webhook=webhook)
    receiver.await_posts(1, within_s=120)
    connector = http.post("/api/v1/connectors", json={"name": "Office"}, headers=account).json()["data"]
    http.get(f"/nowhere?token={TELL}", headers={"Authorization": f"Bearer {TELL}"})
    secret = [TELL, *(key.rpartition("_")[2][4:] for key in (new.private_key, new.publishable_key)), new.secret_token]
    secret.append(str(connector["token"]))
    logged = _until_logged(stack, new.account.account_id, hostile.url("/missing"), "delivered")
    assert [line[:300] for line in logged.splitlines() if any(each in line for each in secret)] == []


def _until_logged(stack: Stack, *words: str) -> str:
    """The logs, once they hold what they are to hold: the silence of empty ones would mean nothing."""
    deadline = time.monotonic() + 60
    while not all(word in (found := _lines(stack)) for word in words):
        assert time.monotonic() < deadline, "nothing was logged"
        time.sleep(1)
    return found

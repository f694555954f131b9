"""What holds across the dialects of one deployment."""

from __future__ import annotations

import json

import httpx
import pytest
from tests.pixels import RED, near, pixel
from tests.site.server import Site

from pagelapse.accounts import Accounts
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_one_key_and_one_usage(stack: Stack, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """One account's key takes pictures by all five APIs, which all tell what the page's server answered; its usage is
    one number, and its limit ends all of them.
    """
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    accounts = Accounts(AccountTable(stack.outputs["TableName"]))
    new = accounts.create_account("all five", screenshot_limit=5)
    key, page = new.private_key, site.url("/simple.html?page=")
    with httpx.Client(base_url=stack.url, timeout=60) as http:

        def ask_all(name: str) -> list[httpx.Response]:
            """One capture by each API, of a page of its own."""
            urls = [f"{page}{name}{number}" for number in range(5)]
            return [
                http.post("/snap", json={"url": urls[0], "wait": 0}, headers={"Authorization": f"Bearer {key}"}),
                http.get("/api/v1/screenshot", params={"url": urls[1]}, headers={"X-API-Key": key}),
                http.get("/v1/", params={"q": urls[2], "key": key, "format": "png"}),
                http.get("/v1/get-screenshot", params={"url": urls[3], "apikey": key, "timewait": 0}),
                http.get("/api/v1/simple", params={"url": urls[4], "key": key, "delay": 0}, follow_redirects=True),
            ]

        taken = ask_all("a")
        assert [answer.status_code for answer in taken] == [200] * 5, [answer.text[:200] for answer in taken]
        for answer, url in zip(taken, [f"{page}a{number}" for number in range(5)], strict=True):
            told = {name: answer.headers[f"x-pagelapse-target-{name}"] for name in ("status", "url", "headers")}
            assert (told["status"], told["url"]) == ("200", url)
            assert json.loads(told["headers"])["content-type"] == "text/html; charset=utf-8"
        pictures = [taken[number].content for number in (0, 1, 2, 4)]
        pictures.append(httpx.get(taken[3].json()["screenshot"]).content)
        assert all(near(pixel(picture, 100, 50), RED) for picture in pictures)
        assert accounts.identify(key).usage == 5
        assert http.get("/v1/usage", params={"apikey": key}).json()["usedQuota"] == 5
        told = http.get("/api/v1/account/info", params={"key": key}).json()
        assert (told["balance"], told["free_screenshots_left"]) == ("0", "0")
        refused = ask_all("b")
        assert all(answer.status_code >= 400 for answer in refused), [answer.status_code for answer in refused]
        assert not [seen for seen in site.seen("/simple.html") if seen.query["page"][0].startswith("b")]
        assert accounts.identify(key).usage == 5

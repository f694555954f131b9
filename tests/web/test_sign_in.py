"""Who gets in, what the browser keeps, and which forms are believed."""

from __future__ import annotations

import logging
import re

import pytest
from starlette.routing import Route
from tests.dialects.client import Client
from tests.web_fakes import Browser, MemorySignIns
from tests.world import World

from pagelapse.services.sign_in import ATTEMPTS
from pagelapse.web.app import app

PLACES = {"configuration_id": "01a1ff46-52d7-728b-87b5-a99015bec1ab", "job_id": "j", "key_id": "k", "name": "n"}
ROUTES = [
    (method, re.sub(r"\{(\w+)\}", lambda found: PLACES[found[1]], route.path))
    for route in app.routes
    if isinstance(route, Route) and "{path:path}" not in route.path
    for method in sorted(route.methods or ())
    if method != "HEAD"
]
INSIDE = [(method, path) for method, path in ROUTES if "/static/" not in path and not path.endswith("/sign-in")]


def test_a_key_opens_the_pages(visitor: Browser, world: World) -> None:
    """Whoever has a private key sees their account's pages."""
    shown = visitor.sign_in(world.new.private_key)
    assert (shown.status_code, "<h1>Pictures</h1>" in shown.text) == (200, True)


def test_the_key_itself_stays_nowhere(visitor: Browser, world: World, sign_ins: MemorySignIns) -> None:
    """Neither the browser nor any page gets the key back, and the table holds hashes only."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(repr(vars(record)))  # type: ignore[method-assign]
    logging.getLogger("pagelapse").addHandler(handler)
    key = world.new.private_key
    shown = visitor.sign_in(key)
    refused = Browser(Client()).sign_in(key[:-1] + "x")
    logging.getLogger("pagelapse").removeHandler(handler)
    assert key not in shown.text + repr(visitor.set_cookies) + repr(lines)
    assert key[:-1] not in refused.text
    assert lines
    stored = repr(sign_ins.found)
    assert key not in stored
    assert visitor.cookies["pagelapse_session"].partition(".")[2] not in stored


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", False)])
def test_cookies_are_out_of_reach(visitor: Browser, world: World, scheme: str, secure: bool) -> None:
    """No script reads them, no other site makes browsers send them with forms, and https keeps them to itself."""
    world.configurations.public_url = f"{scheme}://pages.test"
    visitor.sign_in(world.new.private_key)
    session = [header for header in visitor.set_cookies if header.startswith("pagelapse_session=")][-1]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/app" in session
    assert ("Secure" in session) is secure


@pytest.mark.parametrize("kind", ["nobody's", "malformed", "publishable", "revoked", "suspended"])
def test_other_keys_open_nothing(visitor: Browser, world: World, kind: str) -> None:
    """A key that is not good is refused in a sentence, and nobody is signed in."""
    account_id, key = world.new.account.account_id, world.new.private_key
    given = {"nobody's": key[:-1] + ("0" if key[-1] != "0" else "1"), "malformed": "<b>", "publishable": ""}
    given["publishable"] = world.new.publishable_key
    if kind == "revoked":
        world.accounts.revoke_key(account_id, world.accounts.list_keys(account_id)[0].key_id)
        for each in world.accounts.list_keys(account_id):
            world.accounts.revoke_key(account_id, each.key_id)
    if kind == "suspended":
        world.accounts.suspend(account_id)
    shown = visitor.sign_in(given.get(kind, key))
    assert shown.status_code in (401, 403)
    assert 'role="alert"' in shown.text
    assert "pagelapse_session" not in visitor.cookies


def test_attempts_are_few(visitor: Browser, world: World) -> None:
    """After so many attempts within a minute an address must wait, even with a good key; others need not."""
    for _ in range(ATTEMPTS.requests):
        assert visitor.sign_in("nonsense").status_code == 401
    assert visitor.sign_in(world.new.private_key).status_code == 429
    visitor.client.address = "192.0.2.1"
    assert visitor.sign_in(world.new.private_key).status_code == 200


@pytest.mark.parametrize(("method", "path"), INSIDE)
def test_strangers_are_led_to_the_sign_in(visitor: Browser, method: str, path: str) -> None:
    """Without a sign-in, no page shows or does anything."""
    response = visitor.send(method, path, data={} if method == "POST" else None)
    assert (response.status_code, response.headers["Location"].partition("?")[0]) == (303, "/app/sign-in")


@pytest.mark.parametrize("path", [path for method, path in INSIDE if method == "POST"])
def test_only_our_own_forms_are_believed(browser: Browser, path: str) -> None:
    """A form without its page's token, with another browser's, or sent by another site changes nothing."""
    other = Browser(browser.client)
    for fields in ({}, {"_token": "0" * 64}, other.hidden("/app/sign-in")):
        assert browser.post(path, **fields).status_code == 403
    own = browser.hidden("/app/keys")
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert browser.send("POST", path, data=own, **headers).status_code == 403


def test_the_sign_in_form_is_the_browsers_own(visitor: Browser, world: World) -> None:
    """Nobody can sign a browser in with a key of theirs: the form of another browser is refused."""
    theirs = Browser(visitor.client).hidden("/app/sign-in")
    visitor.get("/app/sign-in")
    assert visitor.post("/app/sign-in", **theirs, key=world.new.private_key).status_code == 403
    assert "pagelapse_session" not in visitor.cookies


def test_signing_out_counts_on_our_side_too(browser: Browser) -> None:
    """After the sign-out the old cookie is worth nothing."""
    kept = dict(browser.cookies)
    browser.submit("/app/keys", "/app/sign-out")
    assert "pagelapse_session" not in browser.cookies
    browser.cookies = kept
    assert "<h1>Sign in</h1>" in browser.get("/app").text


@pytest.mark.parametrize("ending", ["revoked", "suspended"])
def test_what_ends_a_key_ends_its_sign_ins(browser: Browser, world: World, ending: str) -> None:
    """A browser that is signed in can do no more than its key, from the next page on."""
    account_id = world.new.account.account_id
    if ending == "suspended":
        world.accounts.suspend(account_id)
    else:
        for key in world.accounts.list_keys(account_id):
            world.accounts.revoke_key(account_id, key.key_id)
    shown = browser.get("/app")
    assert "<h1>Pictures</h1>" not in shown.text


def test_a_sign_in_ends_by_itself(browser: Browser, sign_ins: MemorySignIns) -> None:
    """A cookie is good until its end, which the table knows."""
    sign_ins.found = {place: (key_hash, 1) for place, (key_hash, _) in sign_ins.found.items()}
    assert "<h1>Sign in</h1>" in browser.get("/app").text


@pytest.mark.parametrize("value", ["", "x", "0" * 12 + "." + "0" * 64, "ünï"])
def test_made_up_cookies_are_nobodys(visitor: Browser, value: str) -> None:
    """A cookie that we have not given leads to the sign-in."""
    response = visitor.client.request("GET", "/app", headers={"Cookie": f"pagelapse_session={value}".encode()})
    assert response.status_code == 303


def test_people_come_to_where_they_wanted(visitor: Browser, world: World) -> None:
    """After the sign-in the page follows that was asked for before it."""
    page = visitor.get("/app/usage?month=2026-10")
    assert "<h1>Sign in</h1>" in page.text
    fields = visitor.hidden("/app/sign-in?next=/app/usage%3Fmonth%3D2026-10")
    response = visitor.post("/app/sign-in", **fields, key=world.new.private_key)
    assert response.headers["Location"] == "/app/usage?month=2026-10"


@pytest.mark.parametrize(
    "place", ["https://evil.test/", "//evil.test", "/app/\\evil", "/snap", "/app@evil", "javascript:1"]
)
def test_nobody_is_led_elsewhere(visitor: Browser, world: World, place: str) -> None:
    """A link to the sign-in can't lead to another site, or out of the pages."""
    fields = visitor.hidden("/app/sign-in")
    response = visitor.post("/app/sign-in", **{**fields, "next": place}, key=world.new.private_key)
    assert response.headers["Location"] == "/app"
    assert place not in visitor.client.get("/app/sign-in", params={"next": place}).text.partition("<main")[2]


def test_pages_are_of_no_origin_but_ours(browser: Browser, world: World) -> None:
    """An account for certain sites' pages can still be looked after here; one for certain addresses only from there."""
    account_id = world.new.account.account_id
    world.accounts.change_limits(account_id, {"allowed_origins": ("https://shop.test",)})
    assert browser.get("/app").status_code == 200
    assert "<h1>Pictures</h1>" in browser.get("/app").text
    world.accounts.change_limits(account_id, {"allowed_networks": ("192.0.2.0/24",)})
    assert "<h1>Pictures</h1>" not in browser.get("/app").text

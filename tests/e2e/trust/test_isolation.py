"""Accounts side by side: what is one's can't be told from what does not exist by another, in any dialect."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from tests.e2e.trust.conftest import VENDORS, NewAccounts
from tests.site.hostile import HostileSite

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

Json = dict[str, Any]
UNCOMPARED = {"date", "apigw-requestid", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}
"""Headers of which each answer has its own."""
SECRET = "/ada-s-secret-page"
SCRIPT = "<script>document.title = 'ran'</script>"


@dataclass
class Owner:
    """An account, as its client, and the ids of what is its own."""

    http: httpx.Client
    account: NewAccount
    ids: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The private key."""
        return self.account.private_key

    def ask(self, method: str, path: str, **parameters: object) -> httpx.Response:
        """A request with the key in every dialect's place of a query."""
        keys = {asks.key: self.key for asks in VENDORS.values()}
        dialect_keys = keys if path.startswith(("/api/v1/", "/v1/")) else {"access_token": self.key}
        given: Json = {**dialect_keys, **parameters}
        return self.http.request(method, path, params=given)

    def json(self, method: str, path: str, **parameters: object) -> Json:
        """The same, which must work."""
        response = self.ask(method, path, **parameters)
        assert response.status_code in (200, 201), response.text
        answer: Json = response.json()
        return answer


@dataclass(frozen=True)
class Case:
    """A request about something that somebody has."""

    kind: str
    method: str
    path: str
    parameters: tuple[tuple[str, str], ...] = ()

    def ask(self, who: Owner, identity: str) -> httpx.Response:
        """The answer to it."""
        given = {name: value.format(id=identity) for name, value in self.parameters}
        return who.ask(self.method, self.path.format(id=identity), **given)


def _case(kind: str, method: str, path: str, **parameters: str) -> Case:
    return Case(kind, method, path, tuple(parameters.items()))


_BROWSHOT = "/api/v1/screenshot"
_PAGE = "http://127.0.0.1:1/"
CASES = {
    "read a configuration": _case("configuration", "GET", "/screenshot_configs/{id}"),
    "change a configuration": _case("configuration", "PATCH", "/screenshot_configs/{id}", url=_PAGE),
    "delete a configuration": _case("configuration", "DELETE", "/screenshot_configs/{id}"),
    "capture a configuration": _case("configuration", "POST", "/screenshot_configs/{id}/capture"),
    "list its screenshots": _case("configuration", "GET", "/screenshot_configs/{id}/screenshots"),
    "list its changes": _case("configuration", "GET", "/screenshot_configs/{id}/change_notifications"),
    "read a job": _case("job", "GET", "/jobs/{id}"),
    "read a bulk job": _case("bulk job", "GET", "/api/v1/bulk-screenshot/{id}/status"),
    "download a bulk job": _case("bulk job", "GET", "/api/v1/bulk-screenshot/{id}/download"),
    "deactivate a key": _case("key", "DELETE", "/api/v1/keys/{id}"),
    "delete a connector": _case("connector", "DELETE", "/api/v1/connectors/{id}"),
    "take a connector's token": _case("connector", "POST", "/api/v1/connectors/{id}/regenerate-token"),
    "read an order": _case("order", "GET", f"{_BROWSHOT}/info", id="{id}", details="3"),
    "see a thumbnail": _case("order", "GET", f"{_BROWSHOT}/thumbnail", id="{id}"),
    "see an image": _case("order", "GET", f"{_BROWSHOT}/image/{{id}}"),
    "read its HTML": _case("order", "GET", f"{_BROWSHOT}/html", id="{id}"),
    "share an order": _case("order", "GET", f"{_BROWSHOT}/share", id="{id}"),
    "delete an order": _case("order", "GET", f"{_BROWSHOT}/delete", id="{id}", data="all"),
    "host an order": _case("order", "GET", f"{_BROWSHOT}/host", id="{id}", hosting="browshot"),
    "export an order": _case("order", "GET", f"{_BROWSHOT}/host", id="{id}", hosting="s3", bucket="some-bucket"),
    "continue an order": _case("order", "GET", "/api/v1/simple", id="{id}"),
    "see an order's page by its number": _case("order", "GET", "/share/{id}"),
    "see a job's page": _case("job", "GET", "/share/{id}"),
    "read an instance": _case("instance", "GET", "/api/v1/instance/info", id="{id}"),
    "use an instance": _case("instance", "GET", f"{_BROWSHOT}/create", instance_id="{id}", url=_PAGE),
    "use several instances": _case("instance", "GET", f"{_BROWSHOT}/multiple", instance_id="{id}", url=_PAGE),
    "read a browser": _case("browser", "GET", "/api/v1/browser/info", id="{id}"),
    "use a browser": _case("browser", "GET", "/api/v1/instance/create", browser_id="{id}"),
    "store a connector": _case("connector", "POST", "/screenshot_configs", url=_PAGE, connector_id="{id}"),
    "bulk by a connector": _case(
        "connector", "POST", "/api/v1/bulk-screenshot", sitemap_url="http://127.0.0.1:1/a.xml", connector_id="{id}"
    ),
    **{
        f"{name} by a connector": Case(
            "connector", "GET", asks.path, ((asks.url, _PAGE), ("connector_id", "{id}"), *asks.soon.items())
        )
        for name, asks in VENDORS.items()
    },
}


def _missing(identity: str) -> str:
    """An id of the same form that nobody has."""
    if identity.isdecimal() and len(identity) < 8:
        return str(int(identity) + 1)
    return identity[:-1] + ("1" if identity[-1] == "0" else "0")


def _told(response: httpx.Response, identity: str) -> tuple[int, str, dict[str, str]]:
    """Everything that a caller can see, but for the id."""
    named = re.compile(rf"(?<![\w.]){re.escape(identity)}(?![\w.%])")
    headers = {name: value for name, value in response.headers.items() if name not in UNCOMPARED}
    text = response.content.decode("latin-1")
    body = text if response.headers["Content-Type"].startswith("image/") else named.sub("ID", text)
    return response.status_code, body, {name: named.sub("ID", value) for name, value in headers.items()}


def _until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not found():
        assert time.monotonic() < deadline
        time.sleep(1)


def _own_browser(owner: Owner) -> str:
    owner.json("GET", "/api/v1/browser/create", name="Ada's")
    found = owner.json("GET", "/api/v1/browser/list")
    return next(number for number, browser in found.items() if browser["name"] == "Ada's")


@pytest.fixture(scope="module")
def bob(http: httpx.Client, new_account: NewAccounts) -> Owner:
    """Somebody else."""
    return Owner(http, new_account())


@pytest.fixture(scope="module")
def ada(http: httpx.Client, new_account: NewAccounts, hostile: HostileSite) -> Owner:
    """An account that has one of everything."""
    page = hostile.add(SECRET, f"<!doctype html><title>secret</title><p>secret{SCRIPT}")
    hostile.add("/ada.xml", f"<urlset><url><loc>{page}</loc></url></urlset>", Content_Type="text/xml")
    owner = Owner(http, new_account())
    made = owner.json("POST", "/screenshot_configs", url=page, wait=0)
    bulk = owner.json("POST", "/api/v1/bulk-screenshot", sitemap_url=hostile.url("/ada.xml"))["data"]
    order = owner.json("GET", f"{_BROWSHOT}/create", url=page, delay=0, html=1)
    own_browser = _own_browser(owner)
    owner.ids = {
        "configuration": made["screenshot_configuration_id"],
        "job": made["job_id"],
        "bulk job": bulk["job_id"],
        "key": owner.json("POST", "/api/v1/keys", name="second")["data"]["id"],
        "connector": owner.json("POST", "/api/v1/connectors", name="Office")["data"]["id"],
        "order": str(order["id"]),
        "browser": own_browser,
    }
    owner.ids["instance"] = str(owner.json("GET", "/api/v1/instance/create", width=321, height=321)["id"])
    _until(lambda: owner.ask("GET", f"/jobs/{owner.ids['job']}").status_code == 200)
    _until(lambda: owner.json("GET", f"{_BROWSHOT}/info", id=owner.ids["order"])["status"] == "finished")
    owner.links = [owner.json("GET", f"/jobs/{made['job_id']}")["screenshot"]["direct_link"]]
    return owner


def _belongings(owner: Owner) -> Json:
    """What others may not have changed."""
    info = owner.json("GET", "/api/v1/account/info")
    order = owner.json("GET", f"{_BROWSHOT}/info", id=owner.ids["order"])
    return {
        "configurations": owner.json("GET", "/screenshot_configs"),
        "keys": owner.json("GET", "/api/v1/keys"),
        "connectors": owner.json("GET", "/api/v1/connectors"),
        "order": [order[name] for name in ("status", "url", "screenshot_url")],
        "instances": info["instances"],
        "browsers": info["browsers"],
    }


@pytest.fixture(scope="module", autouse=True)
def unharmed(ada: Owner) -> Iterator[None]:
    """Whatever anybody tried, everything of Ada's is as it was."""
    before = _belongings(ada)
    yield
    assert _belongings(ada) == before


@pytest.mark.parametrize("name", CASES)
def test_somebody_elses_is_like_nobodys(ada: Owner, bob: Owner, name: str) -> None:
    """An id of another account's gets the answer of one that does not exist: status, body and headers."""
    case = CASES[name]
    identity = ada.ids[case.kind]
    theirs, nobodys = case.ask(bob, identity), case.ask(bob, _missing(identity))
    assert _told(theirs, identity) == _told(nobodys, _missing(identity))
    assert theirs.status_code >= 400 or theirs.json().get("error"), theirs.text


LISTS: dict[str, tuple[str, Json]] = {
    "configurations": ("/screenshot_configs", {}),
    "screenshots": ("/screenshots", {}),
    "changes": ("/change_notifications", {}),
    "keys": ("/api/v1/keys", {}),
    "connectors": ("/api/v1/connectors", {}),
    "orders": (f"{_BROWSHOT}/list", {"details": 3}),
    "orders found": (f"{_BROWSHOT}/search", {"url": "ada", "details": 3}),
    "instances": ("/api/v1/instance/list", {}),
    "browsers": ("/api/v1/browser/list", {}),
    "account": ("/api/v1/account/info", {"details": 3}),
    "usage": ("/v1/usage", {}),
    "limits": ("/account_limits", {}),
}


def test_lists_hold_ones_own(ada: Owner, bob: Owner, new_account: NewAccounts) -> None:
    """What one account lists is what a new account lists; nothing of another's shows in it."""
    stranger = Owner(bob.http, new_account())
    for name, (path, parameters) in LISTS.items():
        seen = bob.ask("GET", path, **parameters)
        assert seen.status_code == 200, name
        assert [word for word in (SECRET, "Office", "Ada's", "321") if word in seen.text] == [], name
        if name != "keys":
            assert seen.text == stranger.ask("GET", path, **parameters).text.replace(stranger.key, bob.key), name
    assert SECRET in ada.ask("GET", f"{_BROWSHOT}/list").text


@pytest.mark.parametrize("vendor", VENDORS)
def test_pictures_are_not_taken_from_anothers_cache(ada: Owner, bob: Owner, hostile: HostileSite, vendor: str) -> None:
    """A page that one account has just captured is opened anew for another, and counted for it."""
    asks = VENDORS[vendor]
    page = hostile.add(f"/cached-{vendor}", "<!doctype html>cached")
    for who in (ada, bob):
        assert asks.capture(who.http, who.key, page, **asks.lasting).status_code == 200
    assert hostile.asked.count(f"/cached-{vendor}") == 2


def test_pictures_have_links_that_nobody_guesses(ada: Owner, bob: Owner, stack: Stack) -> None:
    """Whoever knows no link can neither list the bucket, nor write to it, nor read what is not public."""
    (link,) = ada.links
    folder, _, name = link.rpartition("/")
    assert httpx.get(link).status_code == 200
    assert len(re.sub(r"\W", "", name.partition(".")[0])) >= 32
    bucket = f"{stack.ports.aws_url}/{stack.outputs['BucketName']}"
    tries = [
        httpx.get(f"{bucket}?list-type=2"),
        httpx.get(f"{bucket}/?versions"),
        httpx.put(link, content=b"x"),
        httpx.delete(link),
        httpx.get(f"{bucket}/archives/x.zip"),
        httpx.get(f"{folder}/{_missing(name.partition('.')[0])}.jpg"),
    ]
    assert [answer.status_code in (403, 404) for answer in tries] == [True] * len(tries)
    assert httpx.get(link).status_code == 200


def test_keys_of_another_sign_nothing(ada: Owner, bob: Owner, hostile: HostileSite) -> None:
    """A publishable key takes its own account's signatures only, and reads nothing."""
    page = hostile.add("/signed", "<!doctype html>signed")
    publishable = ada.account.publishable_key
    signed = hmac.new(bob.account.account.secret_token.encode(), page.encode(), hashlib.sha1).hexdigest()
    answer = ada.http.get("/snap", params={"access_token": publishable, "url": page, "hash_key": signed})
    hashed = hashlib.md5(f"{page}{bob.account.account.secret_token}".encode(), usedforsecurity=False).hexdigest()
    other = ada.http.get("/v1/", params={"key": publishable, "q": page, "hash": hashed})
    assert 400 <= answer.status_code < 500
    assert 400 <= other.status_code < 500
    assert "/signed" not in hostile.asked
    for path, _ in LISTS.values():
        keys = {asks.key: publishable for asks in VENDORS.values()}
        assert 400 <= ada.http.get(path, params=keys | {"url": "a"}).status_code < 500, path


@pytest.mark.parametrize("vendor", VENDORS)
def test_keys_are_not_told_apart(
    http: httpx.Client, accounts: Accounts, new_account: NewAccounts, hostile: HostileSite, vendor: str
) -> None:
    """A key that never was, one that was revoked, and one that is almost right get one answer; nothing is opened."""
    page, owner = hostile.add(f"/keys-{vendor}", "<!doctype html>keys"), new_account()
    revoked, text = accounts.create_key(owner.account.account_id)
    accounts.revoke_key(owner.account.account_id, revoked.key_id)
    almost = owner.private_key[:-4] + ("0000" if owner.private_key[-4:] != "0000" else "1111")
    keys = [text, "pl_000000000000_priv" + "0" * 32, almost]
    answers = [_told(VENDORS[vendor].capture(http, key, page), key) for key in keys]
    assert answers == [answers[0]] * len(keys)
    assert (answers[0][0] >= 400, f"/keys-{vendor}" in hostile.asked) == (True, False)


def test_what_is_served_back_runs_nowhere(ada: Owner, hostile: HostileSite) -> None:
    """Documents and pictures of hostile pages, and whatever names them, are inert on our origin."""
    page = hostile.url(SECRET)
    svg = hostile.add(
        "/picture.svg", f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>", Content_Type="image/svg+xml"
    )
    shared = ada.json("GET", f"{_BROWSHOT}/share", id=ada.ids["order"], note=SCRIPT)["url"]
    answers = {
        "html": ada.ask("GET", "/snap", url=page, html_only="true", wait=0),
        "html of an SVG": ada.ask("GET", "/snap", url=svg, html_only="true", wait=0),
        "html as JSON": ada.ask("GET", "/snap", url=page, html_only="true", json="true", wait=0),
        "html of an order": ada.ask("GET", f"{_BROWSHOT}/html", id=ada.ids["order"]),
        "shared page": ada.http.get(shared),
        "unknown path": ada.http.get(f"/{SCRIPT}"),
        "unknown path of Pixcap": ada.http.get(f"/api/v1/{SCRIPT}"),
        **{name: asks.capture(ada.http, ada.key, SCRIPT) for name, asks in VENDORS.items()},
        **{f"{name}'s key": asks.capture(ada.http, SCRIPT, page) for name, asks in VENDORS.items()},
    }
    for name, answer in answers.items():
        assert answer.headers.get("X-Content-Type-Options") == "nosniff", name
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "sandbox" in policy, name
        assert "default-src 'none'" in policy, name
        assert "allow-" not in policy, name
    assert SCRIPT in answers["html"].text
    assert SCRIPT not in answers["shared page"].text
    assert answers["html of an order"].headers["Content-Type"].startswith("text/plain")
    stored = answers["html as JSON"].json()["screenshot"]["direct_link"]
    assert "html" not in httpx.get(stored).headers["Content-Type"]

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import pytest
from PIL import Image
from tests.e2e.buckets import open_bucket
from tests.pixels import load
from tests.site.server import Seen, Site

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.stack import Stack

_T = TypeVar("_T")
Json = dict[str, Any]

BUCKET = "my-browshot-bucket-name"


@dataclass
class Api:
    """The deployed Browshot API, as one account's client."""

    http: httpx.Client
    accounts: Accounts
    account: NewAccount

    def get(self, path: str, **parameters: object) -> httpx.Response:
        """GET with the key."""
        given: dict[str, Any] = {"key": self.account.private_key, **parameters}
        return self.http.get(path, params=given)

    def json(self, path: str, **parameters: object) -> Json:
        """The JSON of a valid request."""
        response = self.get(f"/api/v1/{path}", **parameters)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def create(self, url: str, **parameters: object) -> str:
        """The id of a new screenshot, whose answer is the documented one."""
        answer = self.json("screenshot/create", url=url, **parameters)
        assert answer == {"id": answer["id"], "status": "in_queue", "priority": "1"}
        return str(answer["id"])

    def ended(self, number: str, **parameters: object) -> Json:
        """The details of a screenshot that is not in progress any more."""

        def answer() -> Json | None:
            got = self.json("screenshot/info", id=number, **parameters)
            return None if got["status"] in ("in_queue", "processing") else got

        return until(answer)

    def image(self, info: Json) -> Image.Image:
        """The picture that `screenshot_url` leads to."""
        assert info["status"] == "finished", info.get("error")
        return load(self.http.get(info["screenshot_url"]).raise_for_status().content)

    def thumbnail(self, number: str, **parameters: object) -> Image.Image:
        """A thumbnail, which must be a PNG."""
        response = self.get("/api/v1/screenshot/thumbnail", id=number, **parameters)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png"), response.text[:300]
        return load(response.content)

    def used(self) -> int:
        """This month's counted captures."""
        return self.accounts.identify(self.account.private_key).usage


def until(found: Callable[[], _T | None], *, within_s: float = 240) -> _T:
    """What `found` returns once it is not `None`."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = found()
        if value is not None:
            return value
        time.sleep(0.15)
    raise AssertionError("it did not happen in time")


@dataclass
class Gallery:
    """Screenshots that all tests look at, by what they show: ordered together, so that they take little time."""

    api: Api
    site: Site
    ids: dict[str, str] = field(default_factory=dict)
    infos: dict[str, Json] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    """What the pages' server was asked for meanwhile."""
    slow: Future[list[httpx.Response]] = field(default_factory=Future)
    """Every answer of a simple request for a page that takes at least 20 s: it never finishes loading."""
    statuses: Future[list[str]] = field(default_factory=Future)
    """What list said of it meanwhile."""

    def order(self, name: str, path: str, **parameters: object) -> None:
        """Order a screenshot, beside the slow one and at most one other: more at a time only hinder each other."""
        until(lambda: True if len(self.api.json("screenshot/list", status="in_process", details=0)) <= 2 else None)
        url = path if path.startswith("http") else self.site.url(path)
        self.ids[name] = self.api.create(url, **parameters)

    def requests(self, path: str) -> list[Seen]:
        """What the pages' server was asked for at a path."""
        return [request for request in self.seen if request.path == path]


@pytest.fixture(scope="session")
def accounts(stack: Stack) -> Iterator[Accounts]:
    """The deployed accounts, as the operator's command line reaches them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def api(stack: Stack, accounts: Accounts) -> Iterator[Api]:
    """The API, for a new account."""
    with httpx.Client(base_url=stack.url, timeout=60) as http:
        yield Api(http, accounts, accounts.create_account(f"browshot {time.time()}"))


@pytest.fixture(scope="session")
def gallery(stack: Stack, accounts: Accounts, site_server: Site) -> Iterator[Gallery]:
    """The screenshots, ended but for the slow one, of an account of their own."""
    with httpx.Client(base_url=stack.url, timeout=60) as http, ThreadPoolExecutor(2) as threads:
        made = Gallery(Api(http, accounts, accounts.create_account("gallery")), site_server)
        open_bucket(stack, BUCKET, made.api.account.account.account_id)
        made.slow = threads.submit(_follow, made.api, site_server.url("/neverending.html"))
        made.statuses = threads.submit(_watch, made.api)
        _order_all(made)
        made.infos = {name: made.api.ended(number, details=3) for name, number in made.ids.items()}
        made.seen = list(site_server.requests)
        yield made


def _follow(api: Api, url: str) -> list[httpx.Response]:
    answers = [api.get("/api/v1/simple", url=url, width=100)]
    while answers[-1].status_code == 302 and len(answers) < 32:
        answers.append(api.http.get(answers[-1].headers["Location"]))
    return answers


def _order_all(gallery: Gallery) -> None:
    api, order = gallery.api, gallery.order
    # The two examples of screenshot/create, as they are: with the default delay.
    order("google", "/facts.html", instance_id=3, size="screen", cache=0)
    order("browshot", "/tall.html?rows=2", screen="1200x800", size="page")
    api.json("browser/info", user_agent="my custom agent", mobile=0, flash=1, javascript=0)
    api.json("instance/create", width=300, height=200, browser_id=1000)
    order("own", "/scripts.html", instance_id=1000, delay=0, priority=1)
    order("phone", "/phone.html", instance_id=69, delay=0)
    sent = {"referer": gallery.site.url("/from"), "cookie": "a=1; b=2", "post_data": "name=a&password=secret"}
    order("form", "/login", delay=0, **sent)
    order("script", "/simple.html", delay=0, script=gallery.site.url("/paint.js"))
    order("late", "/late.html", delay=2)
    order("embeds", "/embeds.html", delay=0, html=1, hosting="s3", hosting_bucket=BUCKET, hosting_width=100)
    order("shared", "/simple.html?shared", delay=0)
    order("unreachable", "http://127.0.0.1:1/", delay=0)


def _watch(api: Api) -> list[str]:
    """The statuses of the slow screenshot, one after the other."""
    statuses: list[str] = []

    def ended() -> list[str] | None:
        found = api.json("screenshot/search", url="neverending", details=0).values()
        statuses.extend(each["status"] for each in found if each["status"] not in statuses)
        return statuses if {"finished", "error"} & set(statuses) else None

    return until(ended)

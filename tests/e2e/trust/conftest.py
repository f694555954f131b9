from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.faults.ledger import EGRESS, egress_row
from tests.site.hostile import HostileSite, serving_hostile
from tests.site.server import Canary

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.stack import Stack

NewAccounts = Callable[[], NewAccount]


@dataclass(frozen=True)
class Vendor:
    """How a dialect is asked for a capture at once, as quickly as it can be had."""

    path: str
    key: str
    """The parameter that takes the key."""
    url: str
    """The parameter that takes the page."""
    soon: Mapping[str, str]
    """What makes it quick."""
    delay: Mapping[str, str]
    """What makes it wait so long that a page's scripts have done their work."""
    lasting: Mapping[str, str]
    """What lets it be served from the cache for ten minutes."""

    def capture(self, http: httpx.Client, key: str, url: str, **parameters: str) -> httpx.Response:
        """The last answer to a request for a page."""
        given = {self.key: key, self.url: url, **self.soon, **parameters}
        return http.get(self.path, params=given, follow_redirects=True)


VENDORS = {
    "pagepixels": Vendor("/snap", "access_token", "url", {"wait": "0", "ttl": "0"}, {"wait": "400"}, {"ttl": "600"}),
    "pixcap": Vendor("/api/v1/screenshot", "api_key", "url", {"format": "jpeg"}, {"delay": "400"}, {}),
    "savepage": Vendor("/v1/", "key", "q", {"refresh": "-1"}, {"delay": "0.4"}, {"refresh": "600"}),
    "getscreenshot": Vendor(
        "/v1/get-screenshot", "apikey", "url", {"timewait": "0", "format": "jpeg"}, {"timewait": "400"}, {}
    ),
    "browshot": Vendor("/api/v1/simple", "key", "url", {"delay": "0", "cache": "0"}, {"delay": "1"}, {"cache": "600"}),
    "native": Vendor(
        "/pagelapse/v1/picture",
        "key",
        "url",
        {"delay_ms": "0", "type": "jpeg"},
        {"delay_ms": "400"},
        {"max_age": "600"},
    ),
}


@pytest.fixture(scope="session")
def accounts(stack: Stack) -> Iterator[Accounts]:
    """The deployed accounts, as the operator's command line reaches them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture(scope="module")
def new_account(accounts: Accounts) -> NewAccounts:
    """Makes accounts."""
    numbers = itertools.count()
    return lambda: accounts.create_account(f"trust {next(numbers)}")


@pytest.fixture(scope="module")
def http(stack: Stack) -> Iterator[httpx.Client]:
    """A client of the deployed API."""
    with httpx.Client(base_url=stack.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileSite]:
    """A site of pages that the tests fill."""
    with serving_hostile() as site:
        yield site


Attempt = Callable[[str, Iterable[str]], None]


@pytest.fixture
def attempts() -> dict[str, set[str]]:
    """What the test has tried: vectors, by the place where a caller or a page put them."""
    return {}


@pytest.fixture
def attempt(attempts: dict[str, set[str]]) -> Attempt:
    """Notes vectors that are tried in a place."""
    return lambda place, vectors: attempts.setdefault(place, set()).update(vectors)


@pytest.fixture
def silence(attempts: dict[str, set[str]], record_property: Callable[[str, object], None]) -> Iterator[Canary]:
    """A listener on every address of this machine, of which the deployment may reach 127.0.0.1 only.

    It must have heard nothing when the test ends.
    """
    canary = Canary(everywhere=True)
    yield canary
    canary.settle()
    canary.close()
    for place, vectors in attempts.items():
        record_property(EGRESS, egress_row(place, vectors, canary.hits))
    assert canary.hits == 0


def said(response: httpx.Response) -> str:
    """What an answer says of a failure, wherever its vendor puts that."""
    kind = response.headers["Content-Type"]
    text: Any = "" if kind.startswith("image/") else response.text
    return f"{response.headers.get('X-Error', '')} {text}"

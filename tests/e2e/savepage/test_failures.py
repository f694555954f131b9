"""SP2, SP5, SP6: the hash, the workers, and the errors by their numbers."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.e2e.savepage.conftest import Api
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"


def _failure(response: httpx.Response) -> tuple[str | None, str]:
    """The number and the text of a failure in the vendor's form."""
    assert response.status_code == 422, response.text[:500]
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    return response.headers.get("X-Error-Code"), body["error"]


def test_the_documented_error(api: Api, site: Site) -> None:
    """Without a key, or with nobody's: status 422 and the example of the text."""
    for key in ("", "123456"):
        response = api.get(site.url(PAGE), key=key)
        assert response.json() == {"error": "Cannot verify the API Key"}
        assert _failure(response)[0] == "461"


@pytest.mark.parametrize("url", ["", "nonsense", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/"])
def test_urls_that_are_not_captured(api: Api, url: str) -> None:
    """Blank, malformed and private URLs: 462, uncounted."""
    assert _failure(api.get(url)) == ("462", "Invalid or blank URL sent")
    assert api.used() == 0


def test_a_page_that_can_not_be_rendered(api: Api, site: Site) -> None:
    """A server that breaks off: 490, the reason beside it, uncounted."""
    response = api.get(site.url("/reset"))
    assert _failure(response) == ("490", "Rendering error, cannot generate screenshot")
    assert response.headers["X-Error-Reason"]
    assert api.used() == 0


def test_the_plans_limit(api: Api, site: Site) -> None:
    """With the month's screenshots used up: 483, while stored ones are still served."""
    api.account = api.accounts.create_account("limited", screenshot_limit=1)
    answers = [api.get(site.url(PAGE)), api.get(site.url(PAGE), width=800), api.get(site.url(PAGE))]
    assert [answer.status_code for answer in answers] == [200, 422, 200]
    assert _failure(answers[1]) == ("483", "Too many screenshots, limit exceeded for this plan")


def test_the_requests_limit(api: Api) -> None:
    """Above the account's requests a minute: 482."""
    api.account = api.accounts.create_account("slow", request_limit=2)
    texts = [_failure(api.get("")) for _ in range(12)]
    assert texts[-1] == ("482", "Too many requests, limit exceeded for this plan")


def test_a_bad_parameter_is_named(api: Api, site: Site) -> None:
    """A parameter out of range has no number, but its name."""
    number, text = _failure(api.get(site.url(PAGE), width=0))
    assert (number, text.partition(":")[0]) == (None, "width")


def test_the_hash(api: Api, site: Site) -> None:
    """Once the operator requires signatures, only md5(URL + secret) lets a request pass."""
    url = site.url(PAGE)
    api.change({"signature_required": True})
    for wrong in ("", "8udI3nt3xidnwq90In"):
        assert _failure(api.get(url, hash=wrong)) == ("471", "Invalid security hash, access denied")
    right = hashlib.md5((url + api.account.secret_token).encode(), usedforsecurity=False).hexdigest()
    assert api.get(url, hash=right).status_code == 200
    assert _failure(api.get(site.url("/late.html"), hash=right))[0] == "471"
    assert len(site.seen("/late.html")) == 0


def test_where_requests_may_come_from(api: Api, site: Site) -> None:
    """Accounts for other addresses and origins, and more requests from one address than it may send: 472, 473, 474."""
    url = site.url(PAGE)
    assert api.get(url).status_code == 200
    api.change({"allowed_networks": ("203.0.113.0/24",)})
    assert _failure(api.get(url)) == ("472", "IP restricted, access denied")
    api.change({"allowed_networks": ("127.0.0.0/8",), "allowed_origins": ("https://example.com",)})
    assert _failure(api.get(url)) == ("473", "Origin restricted, access denied")
    page = {"Referer": "https://example.com/gallery"}
    assert api.get(url, headers=page).status_code == 200
    api.change({"allowed_origins": (), "address_limit": 1})
    answers = [api.get(url) for _ in range(3)]
    assert _failure(answers[-1]) == ("474", "Too many requests from the same IP address")
    assert api.used() == 1


def test_one_worker_does_one_thing_at_a_time(api: Api, site: Site) -> None:
    """With a single worker busy another capture is 481, a stored image is served, and afterwards it is free again."""
    api.change({"workers": 1})
    assert api.get(site.url(PAGE)).status_code == 200
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(api.get, site.url("/held"))
        deadline = time.monotonic() + 30
        while not site.seen("/held") and time.monotonic() < deadline:
            time.sleep(0.02)
        busy, stored = api.get(site.url(PAGE), width=800), api.get(site.url(PAGE))
        site.released.set()
        assert _failure(busy) == ("481", "All workers are busy, please try again later")
        assert busy.headers["Retry-After"]
        assert (stored.status_code, slow.result().status_code) == (200, 200)
    assert api.get(site.url(PAGE), width=800).status_code == 200
    assert api.used() == 3


def test_a_failed_capture_frees_its_worker(api: Api, site: Site) -> None:
    """A capture that fails gives its worker back at once."""
    api.change({"workers": 1})
    assert _failure(api.get(site.url("/reset")))[0] == "490"
    assert api.get(site.url(PAGE)).status_code == 200


def test_unknown_paths_and_methods(api: Api) -> None:
    """Unknown paths: 404. Methods that the endpoint does not have: 405."""
    assert (api.http.get("/v1/nowhere").status_code, api.http.delete("/v1/").status_code) == (404, 405)
    assert set(api.http.get("/v1/nowhere").json()) == {"error"}

"""PP17: what fails in a snap, over HTTP; each error code is in `test_error_codes.py`."""

from __future__ import annotations

import socket

import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.site.server import Canary, Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]/",
    ],
)
def test_addresses_that_are_not_captured(api: Api, url: str) -> None:
    """No page, no web page, and nothing that is not public: 400 missing_or_invalid_url, uncounted."""
    response = api.snap(url)
    assert (response.status_code, response.json()["error_code"]) == (400, "missing_or_invalid_url")
    assert api.used() == 0


def test_unreachable_pages(api: Api, site: Site) -> None:
    """A port that nobody listens on and a name that does not exist: 400 missing_or_invalid_url."""
    for url in (f"http://127.0.0.1:{_closed_port()}/", "http://no-such-host.invalid/", site.url("/reset")):
        response = api.snap(url)
        assert (response.status_code, response.json()["error_code"]) == (400, "missing_or_invalid_url")


def test_a_redirect_to_a_forbidden_address(api: Api, site: Site, canary: Canary) -> None:
    """A page that redirects to where no capture may go is refused, and nothing is asked there."""
    response = api.snap(site.url(f"/redirect?to=http://127.0.0.2:{canary.port}/"))
    canary.settle()
    assert (response.status_code, canary.hits) == (400, 0)


def test_an_element_that_is_not_there(api: Api, site: Site) -> None:
    """A selector that matches nothing is named by the vendor's parameter."""
    response = api.snap(site.url(PAGE), selectors="#nothing")
    assert (response.status_code, response.json()["error_code"]) == (400, "unexpected_error")
    assert response.json()["note"].startswith("selectors: ")


def test_a_page_that_never_answers(api: Api, site: Site) -> None:
    """A page that never answers: 408 within the caller's time, uncounted."""
    response = api.snap(site.url("/never"))
    assert (response.status_code, response.json()["error_code"]) == (408, "unexpected_error")
    assert response.elapsed.total_seconds() < 29
    assert api.used() == 0


def test_the_monthly_limit(api: Api, site: Site) -> None:
    """With the month's screenshots used up: 403, while stored ones are still served."""
    api.account = api.accounts.create_account("limited", screenshot_limit=1)
    answers = [api.snap(site.url(PAGE)), api.snap(site.url(PAGE), page_width=800), api.snap(site.url(PAGE))]
    assert [answer.status_code for answer in answers] == [200, 403, 200]
    assert answers[1].json()["error_code"] == "usage_limit_exceeded"


def test_a_query_of_three_megabytes(api: Api) -> None:
    """A query of 3 MB is refused in the vendor's form, or by the gateway before it reaches us."""
    with socket.create_connection((api.http.base_url.host, api.http.base_url.port or 80), timeout=30) as connection:
        head = b"GET /snap?wait=" + b"x" * 3_000_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        try:
            connection.sendall(head)
        except OSError:
            pytest.skip("the emulator hung up before the query's end")
        status = connection.makefile("rb").readline()
    assert status.split()[1][:1] == b"4"


def test_garbage(api: Api) -> None:
    """A body that is not what it claims to be: 400 in the vendor's form."""
    headers = {"Authorization": f"Bearer {api.account.private_key}", "Content-Type": "application/json"}
    response = api.http.post("/snap", content=b"{garbage", headers=headers)
    assert (response.status_code, response.json()["success"]) == (400, False)


def test_unknown_paths_and_methods(api: Api) -> None:
    """Unknown paths: 404. Methods that an endpoint does not have: 405."""
    assert (api.get("/snap/nowhere").status_code, api.http.delete("/snap").status_code) == (404, 405)
    assert api.get("/snap/nowhere").json()["success"] is False

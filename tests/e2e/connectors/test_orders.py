"""Captures ordered for later, through a connector."""

from __future__ import annotations

import pytest
from tests.e2e.connectors.conftest import Office
from tests.pixels import RED, pixel
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_browshot_through_a_connector(office: Office, intranet: Site) -> None:
    """With connector_id, Browshot's simple API pictures a page that only the agent can reach, once and counted once."""
    url, key = intranet.url("/simple.html?browshot"), office.account.private_key
    asked: dict[str, str | int] = {"url": url, "delay": 0, "key": key, "connector_id": office.connector_id}
    with office.agent("orders"):
        office.wait_for("online")
        answer = office.http.get("/api/v1/simple", params=asked, follow_redirects=True)
    assert answer.status_code == 200, answer.headers.get("X-Error")
    assert pixel(answer.content, 100, 50) == RED
    told = office.http.get("/api/v1/screenshot/info", params={"id": 1, "key": key}).json()
    assert (told["status"], told["final_url"], told["response_code"], office.used()) == ("finished", url, "200", 1)

"""PX9: the agent's own life: killed, ended, displaced, with bad tokens and with limits."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.connectors.agents import WITHIN_S, wait_until
from tests.e2e.connectors.conftest import CONNECTORS, Office
from tests.pixels import RED, load, near, pixel
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def _is_open(intranet: Site, mark: str) -> bool:
    return any(mark in seen.query for seen in intranet.requests)


def test_an_agent_that_dies_in_the_middle(office: Office, intranet: Site) -> None:
    """An agent that is killed with a capture under way is noticed: CONNECTOR_TIMEOUT, uncounted, and offline then."""
    with office.agent("killed") as running, ThreadPoolExecutor(1) as pool:
        office.wait_for("online")
        assert office.status() == "online"
        asked = pool.submit(office.get, intranet.url("/never?killed"))
        wait_until(lambda: _is_open(intranet, "killed"), "the page was not asked for")
        running.end(signal.SIGKILL)
        answer = asked.result(WITHIN_S)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "CONNECTOR_TIMEOUT")
    assert office.used() == 0
    offline = office.get(intranet.url("/simple.html"))
    assert (offline.status_code, offline.json()["error"]["code"]) == (503, "CONNECTOR_OFFLINE")


def test_the_texts_variables_and_a_clean_end(office: Office, intranet: Site, site: Site) -> None:
    """Configured by the text's own variables, the agent keeps to its list of hosts and finishes its work on SIGTERM."""
    variables = {
        "PAGELAPSE_CONNECTOR_TOKEN": "",
        "PAGELAPSE_CONNECTOR_URL": "",
        "PAGELAPSE_CHROMIUM": "",
        "PIXCAP_CONNECTOR_TOKEN": office.token,
        "PIXCAP_API_URL": office.stack.connector_url,
        "PUPPETEER_EXECUTABLE_PATH": str(office.chromium),
        "DEFAULT_VIEWPORT_WIDTH": "640",
        "DEFAULT_VIEWPORT_HEIGHT": "480",
        "PAGELAPSE_CONNECTOR_ALLOW_HOSTS": f"127.0.0.2:{intranet.port}",
    }
    with office.agent("text", **variables) as running, ThreadPoolExecutor(1) as pool:
        office.wait_for("online")
        refused = office.get(site.url("/simple.html"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "URL_BLOCKED")
        asked = pool.submit(office.get, intranet.url("/slow?s=1&ending"))
        wait_until(lambda: _is_open(intranet, "ending"), "the page was not asked for")
        assert running.end() == 0
        taken = asked.result(WITHIN_S)
    assert taken.status_code == 200, taken.text
    assert load(taken.content).size == (640, 480)
    assert pixel(taken.content, 100, 50) == RED
    office.wait_for("offline")


def test_queued_captures_wait_for_an_agent(office: Office, intranet: Site) -> None:
    """A configuration's capture that is queued while nobody is connected is taken as soon as an agent is."""
    body = {"url": intranet.url("/simple.html?early"), "connector_id": office.connector_id, "wait": 0}
    made = office.pagepixels("/screenshot_configs", **body).raise_for_status().json()
    with office.agent("late"):
        assert near(pixel(office.screenshot(made["job_id"]), 100, 50), RED)


def test_tokens_that_are_not_good(office: Office) -> None:
    """A wrong token ends the agent with status 2 and a clear word; so does a token that is replaced while it runs."""
    with office.agent("wrong", token=office.token[:-1] + ("0" if office.token[-1] != "0" else "1")) as wrong:
        assert wrong.process.wait(WITHIN_S) == 2
        assert "the token is rejected" in wrong.said()
    with office.agent("revoked") as running:
        office.wait_for("online")
        made = office.http.post(f"{CONNECTORS}/{office.connector_id}/regenerate-token").json()["data"]
        assert running.process.wait(WITHIN_S) == 2
    assert made["token"] != office.token
    assert made["token"] not in office.http.get(CONNECTORS).text
    office.token = made["token"]


def test_one_agent_per_connector(office: Office) -> None:
    """A second agent with the same token takes over, and the first ends with status 3; deleting ends the second."""
    with office.agent("first") as first:
        office.wait_for("online")
        with office.agent("second") as second:
            assert first.process.wait(WITHIN_S) == 3
            second.wait_for('"connected"')
            assert office.status() == "online"
            assert office.http.delete(f"{CONNECTORS}/{office.connector_id}").status_code == 200
            assert second.process.wait(WITHIN_S) == 2
    assert office.http.get(CONNECTORS).json()["data"]["connectors"] == []

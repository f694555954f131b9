"""PX8: pages in a private network, captured through a real agent."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import pytest
from tests.e2e.connectors.agents import WITHIN_S, AgentProcess, wait_until
from tests.e2e.connectors.conftest import CONNECTORS, Office
from tests.pixels import BLUE, RED, load, near, pixel
from tests.site.server import Site

from pagelapse.accounts import Accounts
from pagelapse.adapters.connections_api import ConnectionsApi
from pagelapse.adapters.connector_store import ConnectorTable
from pagelapse.adapters.objects import Bucket
from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.fixture(scope="module")
def running(office: Office) -> Iterator[AgentProcess]:
    """The connector's agent, connected."""
    with office.agent("running") as process:
        office.wait_for("online")
        yield process


def test_nobody_is_connected(office: Office, intranet: Site) -> None:
    """Without an agent the answer is CONNECTOR_OFFLINE, at once, and nothing is counted."""
    answer = office.get(intranet.url("/simple.html"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "CONNECTOR_OFFLINE")
    assert office.status() == "offline"
    assert (office.used(), intranet.requests) == (0, [])


@pytest.mark.usefixtures("running")
def test_a_private_page_is_captured(office: Office, intranet: Site) -> None:
    """A page that the deployment may not reach is refused without a connector and captured through it, counted once."""
    url = intranet.url("/simple.html?private")
    alone = office.http.get("/api/v1/screenshot", params={"url": url})
    assert (alone.status_code, alone.json()["error"]["code"]) == (400, "URL_BLOCKED")
    before = office.used()
    taken = office.get(url)
    assert taken.status_code == 200, taken.text
    assert taken.headers["X-Connector-Used"] == office.connector_id
    assert (taken.headers["X-Screenshot-Width"], taken.headers["X-Screenshot-Height"]) == ("1280", "800")
    assert pixel(taken.content, 100, 50) == RED
    assert office.used() == before + 1


@pytest.mark.usefixtures("running")
def test_savepage_and_getscreenshot(office: Office, intranet: Site) -> None:
    """With connector_id, SavePage and GetScreenshot picture a page that only the agent can reach, once each."""
    url, key, before = intranet.url("/simple.html?of-others"), office.account.private_key, office.used()
    through = {"connector_id": office.connector_id}
    saved = office.http.get("/v1/", params={"key": key, "q": url, "format": "png", **through})
    assert (saved.status_code, saved.headers["Content-Type"]) == (200, "image/png"), saved.text[:300]
    shot = office.http.get("/v1/get-screenshot", params={"apikey": key, "url": url, "timewait": "0", **through})
    assert shot.status_code == 200, shot.text
    picture = httpx.get(shot.json()["screenshotImage"]).content
    assert [pixel(body, 100, 50) for body in (saved.content, picture)] == [RED, RED]
    assert (load(picture).size, office.used()) == ((1280, 800), before + 2)


@pytest.mark.usefixtures("running")
def test_post_takes_connector_id_in_camel_case(office: Office, intranet: Site) -> None:
    """The text's POST example: JSON with `connectorId`, width and height gives the picture in base64."""
    body = {"url": intranet.url("/png?color=0000ff"), "connectorId": office.connector_id, "width": 1920, "height": 1080}
    answer = office.http.post("/api/v1/screenshot", json=body)
    assert answer.headers["X-Connector-Used"] == office.connector_id
    picture = base64.b64decode(answer.json()["data"]["image"])
    assert load(picture).size == (1920, 1080)


@pytest.mark.usefixtures("running")
def test_large_jobs_and_thumbnails(office: Office, intranet: Site) -> None:
    """A document that is too large for a WebSocket message is rendered by the agent, with a thumbnail and by link."""
    html = (
        f"<body style='margin:0;background:#00f'><img src='{intranet.url('/png?color=ff0000')}' width=600 height=400>"
    )
    body = {"html_content": f"{html}<!--{'x' * 300_000}-->", "connector_id": office.connector_id, "wait": 0}
    answer = office.pagepixels("/snap_html", **body, json=True, image_format="png", thumb_width=192)
    shown = answer.raise_for_status().json()["screenshot"]
    picture = httpx.get(shown["direct_link"])
    assert picture.headers["Content-Type"] == "image/png"
    assert [pixel(picture.content, x, 300) for x in (100, 1500)] == [RED, BLUE]
    small = load(httpx.get(shown["direct_thumbnail_link"]).content)
    assert small.size == (192, 100)
    assert near(pixel(small, 20, 20), RED)


@pytest.mark.usefixtures("running")
def test_failures_come_back_and_are_not_counted(office: Office, intranet: Site) -> None:
    """A page that fails in the private network fails by the same code as anywhere else, and costs nothing."""
    before = office.used()
    answer = office.get(intranet.url("/reset"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "CAPTURE_ERROR")
    assert "the server closed the connection" in answer.json()["error"]["message"]
    assert office.used() == before


@pytest.mark.usefixtures("running")
def test_several_at_once(office: Office, intranet: Site) -> None:
    """An agent takes several captures at the same time, and more than it has browsers wait for their turn."""

    def take(number: int) -> httpx.Response:
        return office.get(intranet.url(f"/slow?s=0.3&n={number}"))

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(take, range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3, [answer.text[:200] for answer in answers]


@pytest.mark.usefixtures("running")
def test_another_accounts_connector_is_not_found(office: Office, deployed_accounts: Accounts, intranet: Site) -> None:
    """A connector of another account's does not exist, whatever is asked of it."""
    stranger = {"X-API-Key": deployed_accounts.create_account("stranger").private_key}
    params = {"url": intranet.url("/simple.html?stranger"), "connector_id": office.connector_id}
    answers = [
        office.http.get("/api/v1/screenshot", params=params, headers=stranger),
        office.http.delete(f"{CONNECTORS}/{office.connector_id}", headers=stranger),
        office.http.post(f"{CONNECTORS}/{office.connector_id}/regenerate-token", headers=stranger),
        office.get(params["url"], connector_id="conn_YOUR_ID"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CONNECTOR_NOT_FOUND")
    assert office.http.get(CONNECTORS, headers=stranger).json()["data"]["connectors"] == []
    assert [asked for asked in intranet.requests if "stranger" in asked.query] == []


def test_a_cut_connection_is_made_again(office: Office, intranet: Site, running: AgentProcess, stack: Stack) -> None:
    """An agent whose connection is cut in the middle of a capture comes back by itself, and the capture succeeds."""
    connections = running.said().count('"connected"')
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(office.get, intranet.url("/slow?s=3&cut"))
        wait_until(lambda: any("cut" in seen.query for seen in intranet.requests), "the page was not asked for")
        found = ConnectorTable(stack.outputs["TableName"]).find(office.account.account.account_id, office.connector_id)
        assert found
        assert found.session
        ConnectionsApi(stack.environment()["PAGELAPSE_CONNECTIONS_URL"]).close(found.session.connection_id)
        running.wait_for('"connected"', times=connections + 1)
        assert asked.result(WITHIN_S).status_code == 200


@pytest.mark.usefixtures("running")
def test_queued_captures(office: Office, intranet: Site) -> None:
    """A configuration's captures go through its connector."""
    body = {"url": intranet.url("/simple.html?queued"), "connector_id": office.connector_id, "wait": 0}
    made = office.pagepixels("/screenshot_configs", **body).json()
    assert near(pixel(office.screenshot(made["job_id"]), 100, 50), RED)
    refused = office.pagepixels("/screenshot_configs", url=intranet.url("/"), connector_id="conn_nobody")
    assert (refused.status_code, refused.json()["note"][:13]) == (404, "connector_id:")


def test_nothing_secret_is_logged(office: Office, running: AgentProcess, stack: Stack) -> None:
    """Neither the agent nor the deployment logs the token."""
    assert office.token not in running.said()
    assert office.token not in stack.layout.log.read_text(errors="replace")
    assert quote(office.token) not in running.said()


@pytest.mark.usefixtures("deployed_accounts")
def test_a_form_stores_one_file_only(stack: Stack) -> None:
    """The form of an upload is good for its key, its type and its size, and for nothing else."""
    key = "pictures/0123456789abcdef.png"
    bucket = Bucket(stack.outputs["BucketName"])
    url, fields = bucket.presigned_post(key, media_type="image/png", max_bytes=10, seconds=60)

    def post(body: bytes, **changes: str) -> int:
        return httpx.post(url, data={**fields, **changes}, files={"file": ("file", body)}).status_code

    assert [post(b"x" * 11), post(b"")] == [400, 400]
    assert post(b"x", key="pictures/other.png") == 403
    assert post(b"x", **{"Content-Type": "text/html"}) == 403
    assert bucket.look_at(key) is None
    assert post(b"picture") == 204
    assert bucket.look_at(key) == (7, "image/png")

"""Our own API through the deployed stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import httpx
import pytest
from tests.conftest import ROOT
from tests.e2e.native.conftest import BASE, Api, Json, until
from tests.pixels import RED, near, pixel
from tests.site.receiver import Receiver
from tests.site.server import Site

from pagelapse.monitoring.webhooks import sign, webhook_secret

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def _pages(api: Api, path: str, limit: int) -> Iterator[list[Json]]:
    """A list, page by page."""
    cursor: dict[str, str] = {}
    while True:
        page = api.get(path, limit=limit, **cursor).raise_for_status().json()
        yield page["data"]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


def test_captures(api: Api, site: Site, receiver: Receiver) -> None:
    """Captures come in the answer or later, once for each idempotency key, tell their webhook, and are kept in a list
    until they are deleted.
    """
    body = {"url": site.url("/simple.html"), "viewport": "300x200", "thumbnail": "100x", "webhook": receiver.url("/c")}
    made = api.post("/captures", body, Idempotency_Key="one")
    assert made.status_code == 201, made.text
    capture = made.json()
    assert api.post("/captures", body, Idempotency_Key="one").json() == capture
    assert (capture["status"], capture["page"]["status"], api.used()) == ("done", 200, 1)
    assert (capture["file"]["width"], capture["thumbnail"]["width"]) == (300, 100)
    assert near(pixel(httpx.get(capture["file"]["url"]).content, 100, 50), RED)

    later = api.post("/captures", {"url": site.url("/simple.html"), "wait": 0})
    assert (later.status_code, later.json()["status"]) == (202, "queued")
    assert later.headers["Location"] == f"{BASE}/captures/{later.json()['id']}"
    assert api.ended(f"/captures/{later.json()['id']}")["status"] == "done"

    failed = api.post("/captures", {"url": "http://127.0.0.1:1/", "webhook": receiver.url("/f")})
    assert (failed.status_code, failed.json()["code"], api.used()) == (422, "target_unreachable", 2)

    listed = [each["id"] for page in _pages(api, "/captures", 2) for each in page]
    assert (len(listed), listed[1:]) == (3, [later.json()["id"], capture["id"]])

    secret = webhook_secret(api.account.account.secret_token)
    posts = {post.path: post for post in receiver.await_posts(2, within_s=90)}
    told = posts["/c"]
    assert json.loads(told.body) == {"type": "capture.done", "capture": capture}
    stamp = int(told.headers["x-pagelapse-timestamp"])
    assert told.headers["x-pagelapse-signature"] == sign(secret, stamp, told.body)
    assert json.loads(posts["/f"].body)["capture"]["error"]["code"] == "target_unreachable"

    assert api.http.delete(f"{BASE}/captures/{capture['id']}").status_code == 204
    assert api.get(f"/captures/{capture['id']}").json()["file"] is None
    until(lambda: httpx.get(capture["file"]["url"]).status_code in (403, 404))


def test_watches(api: Api, site: Site, receiver: Receiver) -> None:
    """A watched page is captured at once and on demand; what changes on it is listed and posted to the webhook."""
    body = {"url": site.url("/counter"), "every": "hour", "texts": "#count", "webhook": receiver.url("/w")}
    watch = api.post("/watches", body).raise_for_status().json()
    first = api.ended(f"/captures/{watch['last_capture']}")
    assert (first["status"], first["watch"]) == ("done", watch["id"])
    again = api.post(f"/watches/{watch['id']}/captures", {})
    assert again.status_code == 202, again.text
    second = api.ended(f"/captures/{again.json()['id']}")
    captures = [each["id"] for page in _pages(api, f"/watches/{watch['id']}/captures", 1) for each in page]
    assert captures == [second["id"], first["id"]]
    (change,) = api.get(f"/watches/{watch['id']}/changes").json()["data"]
    assert (change["selector"], change["capture"]) == ("#count", second["id"])
    assert change["before"] != change["after"]
    (post,) = receiver.await_posts(1, within_s=90)
    assert json.loads(post.body) == change
    assert api.get("/changes", limit=1).json()["data"] == [change]

    other = api.post("/watches", {"url": site.url("/simple.html")}).raise_for_status().json()
    listed = [each["id"] for page in _pages(api, "/watches", 1) for each in page]
    assert listed == [other["id"], watch["id"]]
    changed = api.http.patch(f"{BASE}/watches/{watch['id']}", json={"every": None, "title": "Counter"}).json()
    assert (changed["next_capture_at"], changed["request"]["title"]) == (None, "Counter")
    assert api.http.delete(f"{BASE}/watches/{watch['id']}").status_code == 204
    assert api.get(f"/watches/{watch['id']}").status_code == 404


def test_batches(api: Api, site: Site) -> None:
    """Pages that are named are captured together, as single pictures and as one archive."""
    urls = [site.url(f"/simple.html?page={number}") for number in range(2)]
    batch = api.post("/batches", {"urls": urls, "viewport": "300x200"}).raise_for_status().json()
    batch = api.ended(f"/batches/{batch['id']}")
    assert (batch["status"], batch["done"], api.used()) == ("done", 2, 2)
    captures = [each for page in _pages(api, f"/batches/{batch['id']}/captures", 1) for each in page]
    assert [each["request"]["url"] for each in captures] == urls
    assert all(near(pixel(httpx.get(each["file"]["url"]).content, 100, 50), RED) for each in captures)
    with ZipFile(BytesIO(httpx.get(batch["archive"]["url"]).content)) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 2


def test_descriptions(api: Api) -> None:
    """A deployment shows its APIs at /docs, and serves the documents that are committed."""
    assert "/docs/native" in api.http.get("/docs").raise_for_status().text
    page = api.http.get("/docs/native").raise_for_status()
    assert (page.headers["Content-Type"], "curl" in page.text) == ("text/html; charset=utf-8", True)
    committed = (ROOT / "docs" / "openapi" / "native.json").read_text(encoding="utf-8")
    assert api.http.get("/docs/native.json").text == committed

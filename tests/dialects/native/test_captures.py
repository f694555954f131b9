"""Captures by our own API, over fakes."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.dialects.native.conftest import BASE, URL, Api
from tests.dialects.native.contract import error_of
from tests.world import World

from pagelapse.capture.jobs import CaptureJob, Failure
from pagelapse.capture.options import Cookie, Credentials, Header, Viewport
from pagelapse.errors import CaptureTimeout, ServiceBusy
from pagelapse.services.orders import MOST_ATTEMPTS


def test_a_capture_is_there_in_the_answer(api: Api, world: World) -> None:
    """Whoever waits gets the finished capture with its file's link, and finds it again under its id."""
    response = api.capture(full_page=True, thumbnail="320x")
    assert response.status_code == 201
    made = response.json()
    assert (made["object"], made["status"], made["complete"]) == ("capture", "done", True)
    assert made["request"] == {"url": URL, "full_page": True}
    assert made["file"]["url"].startswith("https://pictures.test/pictures/")
    assert made["thumbnail"]["url"].endswith(".jpg")
    assert made["page"] == {"url": URL, "status": 200}
    assert response.headers["Location"] == f"{BASE}/captures/{made['id']}"
    assert api.client.get(response.headers["Location"], headers=api.headers).json() == made
    assert (world.order_queue.sent, world.used()) == ([], 1)


def test_a_capture_for_later(api: Api, world: World) -> None:
    """With `wait: 0` the answer comes at once, and the capture waits for its turn."""
    world.order_queue.paused = True
    response = api.capture(wait=0)
    assert (response.status_code, response.json()["status"]) == (202, "queued")
    (queued,) = world.order_queue.sent
    world.order_queue.run(CaptureJob.model_validate_json(queued))
    assert api.get(f"/captures/{response.json()['id']}").json()["status"] == "done"


@pytest.mark.slow
def test_a_capture_that_outlasts_the_wait(api: Api, world: World) -> None:
    """A capture that takes longer than the caller waits is answered as under way, and is counted once."""

    def slow(_job: CaptureJob) -> None:
        raise CaptureTimeout("still capturing")

    world.runner.before = slow
    response = api.capture(wait=2)
    assert (response.status_code, response.json()["status"]) == (202, "queued")
    assert (world.order_queue.sent, world.used()) == ([], 1)


def test_no_browser_is_free(api: Api, world: World) -> None:
    """When no browser is free, the capture waits for its turn in the queue instead of failing."""
    tries: list[str] = []

    def busy(job: CaptureJob) -> None:
        tries.append(job.job_id)
        if len(tries) == 1:
            raise ServiceBusy("no browser is free")

    world.runner.before = busy
    response = api.capture()
    assert (response.status_code, response.json()["status"]) == (201, "done")
    assert (len(world.order_queue.sent), len(set(tries)), world.used()) == (1, 1, 1)


def test_failures(api: Api, world: World) -> None:
    """Whoever waits for a capture that fails gets its problem; the capture keeps it, and is not counted."""
    world.runner.failure = Failure(code="element_not_found", message="is not there", option="selector")
    response = api.capture(selector="#nowhere")
    assert (response.status_code, error_of(response)) == (422, "element_not_found")
    assert response.json()["parameter"] == "selector"
    (kept,) = api.get("/captures").json()["data"]
    assert (kept["status"], kept["error"]["code"]) == ("failed", "element_not_found")
    assert world.used() == 0


def test_equal_captures(api: Api, world: World) -> None:
    """`max_age` lets an equal capture of before answer."""
    first, second, third = api.capture(), api.capture(max_age=60), api.capture()
    assert [each.status_code for each in (first, second, third)] == [201, 200, 201]
    assert second.json()["id"] == first.json()["id"] != third.json()["id"]
    assert len(world.runner.jobs) == 2


def test_captures_that_were_asked_for_otherwise(api: Api, world: World) -> None:
    """A stored capture without the thumbnail, or with another webhook, is not what the caller asks for."""
    first = api.capture().json()
    small = api.capture(max_age=3600, thumbnail="320x").json()
    assert (small["id"] != first["id"], small["thumbnail"] is not None) == (True, True)
    assert api.capture(max_age=3600, thumbnail="320x").json()["id"] == small["id"]
    told = api.capture(max_age=3600, thumbnail="320x", webhook="https://93.184.216.34/hook").json()
    assert told["id"] != small["id"]
    assert (api.get("/captures/" + "0" * 36 + "_" + "9" * 4400).status_code, world.used()) == (404, 3)


def test_every_short_form(api: Api, world: World) -> None:
    """Sizes, headers, cookies, credentials and selectors have short forms, in JSON and in a query."""
    short = {
        "viewport": "800x600", "headers": {"X-A": "1"}, "cookies": "a=1; b=2", "hide": "[hidden]",
        "http_credentials": "me:pass:word",
    }  # fmt: skip
    assert api.capture(**short).status_code == 201
    written = short | {"headers": '[{"name": "X-A", "value": "1"}]', "cookies": '{"a": "1", "b": "2"}'}
    assert api.get("/picture", url=URL, **written).status_code == 200
    for job in world.runner.jobs:
        options = job.options
        assert (options.viewport, options.hide) == (Viewport(width=800, height=600), ("[hidden]",))
        assert options.extra_http_headers == (Header(name="X-A", value="1"),)
        assert options.cookies == (Cookie(name="a", value="1"), Cookie(name="b", value="2"))
        assert options.http_credentials == Credentials(username="me", password="pass:word")
    shown = api.get("/captures").text
    assert "pass:word" not in shown


def test_parameters_at_fault_are_named(api: Api, world: World) -> None:
    """A parameter that is wrong, contradictory or unknown is named, with the one that was probably meant."""
    for body, parameter, code in (
        ({"viewport": "large"}, "viewport", "invalid_option"),
        ({"viewport": {"width": 0}}, "viewport", "invalid_option"),
        ({"headers": "{"}, "headers", "invalid_option"),
        ({"headers": {"a b": "c"}}, "headers", "invalid_option"),
        ({"html": "<p>"}, "html", "invalid_option"),
        ({"url": ""}, "url", "invalid_url"),
        ({"fullpage": True}, "fullpage", "invalid_option"),
        ({"wait": 26}, "wait", "invalid_option"),
        ({"webhook": "ftp://x"}, "webhook", "invalid_option"),
    ):
        response = api.capture(**body)
        assert (response.status_code, error_of(response)) == (400, code), body
        assert response.json()["parameter"] == parameter
    assert "did you mean full_page?" in api.capture(fullpage=True).json()["detail"]
    assert world.runner.jobs == []


def test_requests_may_be_sent_again(api: Api, world: World) -> None:
    """A POST with an `Idempotency-Key` is done once; its repetition gets the same answer."""
    first, again = (api.post("/captures", {"url": URL}, Idempotency_Key="one") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (len(world.runner.jobs), world.used()) == (1, 1)
    other = api.post("/captures", {"url": URL, "full_page": True}, Idempotency_Key="one")
    assert (other.status_code, error_of(other)) == (422, "idempotency_key_reused")
    too_long = api.post("/captures", {"url": URL}, Idempotency_Key="x" * 256)
    assert (too_long.status_code, error_of(too_long)) == (400, "invalid_option")


def test_a_failed_request_may_be_sent_again(api: Api, world: World) -> None:
    """A key whose request failed may be used again: nothing was done."""
    world.limit(0)
    assert api.post("/captures", {"url": URL}, Idempotency_Key="one").status_code == 403
    world.limit(1)
    assert api.post("/captures", {"url": URL}, Idempotency_Key="one").status_code == 201


def test_a_request_under_way(api: Api, world: World) -> None:
    """The repetition of a request that has no answer yet is refused, so that it is not done twice."""
    met: list[Response] = []

    def again(_job: CaptureJob) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            met.append(pool.submit(api.post, "/captures", {"url": URL}, Idempotency_Key="one").result())

    world.runner.before = again
    assert api.post("/captures", {"url": URL}, Idempotency_Key="one").status_code == 201
    assert [(each.status_code, error_of(each)) for each in met] == [(409, "request_under_way")]


def test_pages_of_a_list(api: Api) -> None:
    """A list is read page by page, newest first; a cursor of nobody's is refused."""
    made = [api.capture().json()["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = api.get("/captures", limit=2, **({"cursor": cursor} if cursor else {})).json()
        seen += [each["id"] for each in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]
    for wrong in ("ü", "!!", "eHh4"):
        response = api.get("/captures", cursor=wrong)
        assert (response.status_code, response.json()["parameter"]) == (400, "cursor")


def test_webhooks(api: Api, world: World) -> None:
    """A capture's webhook gets the capture once it has ended, done or failed."""
    done = api.capture(webhook="https://example.org/hook").json()
    world.runner.failure = Failure(code="target_unreachable", message="it is gone")
    api.capture(webhook="https://example.org/hook")
    first, second = (json.loads(body) for body in world.notices.sent)
    assert (first["url"], first["payload"]) == ("https://example.org/hook", {"type": "capture.done", "capture": done})
    assert second["payload"]["type"] == "capture.failed"
    assert second["payload"]["capture"]["error"]["code"] == "target_unreachable"


def test_given_up_captures_are_told(api: Api, world: World) -> None:
    """A capture that is given up, because nothing is heard of it, tells its webhook too."""
    world.order_queue.paused = True
    made = api.capture(wait=0, webhook="https://example.org/hook").json()
    for place, order in world.orders_table.orders.items():
        world.orders_table.orders[place] = replace(order, attempts=MOST_ATTEMPTS, overdue_at=0)
    assert world.tick() == ["given_up"]
    (sent,) = map(json.loads, world.notices.sent)
    assert (sent["payload"]["type"], sent["payload"]["capture"]["id"]) == ("capture.failed", made["id"])


def test_given_up_captures_are_told_in_the_end(api: Api, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook that can't be queued when a capture is given up is queued by a later tick, once."""
    world.order_queue.paused = True
    made = api.capture(wait=0, webhook="https://example.org/hook").json()
    for place, order in world.orders_table.orders.items():
        world.orders_table.orders[place] = replace(order, attempts=MOST_ATTEMPTS, overdue_at=0)
    with monkeypatch.context() as broken:
        broken.setattr(world.notices, "send", _refuse)
        with pytest.raises(ServiceBusy):
            world.tick()
    assert api.get(f"/captures/{made['id']}").json()["status"] == "failed"
    for place in world.orders_table.untold:
        world.orders_table.untold[place] = 0
    assert world.tick() == ["given_up"]
    assert (len(world.notices.sent), world.tick()) == (1, [])


def _refuse(_body: str) -> None:
    raise ServiceBusy("the queue is not there")


def test_deletion(api: Api, world: World) -> None:
    """A deleted capture shows neither its file nor its page, and its files are swept."""
    made = api.capture().json()
    assert api.send("DELETE", f"/captures/{made['id']}").status_code == 204
    left = api.get(f"/captures/{made['id']}").json()
    assert (left["file"], left["page"], left["request"]) == (None, None, {"url": None})
    assert made["file"]["url"].rpartition("/")[2] in world.sweep_queue.sent[0]


def test_captures_of_others(api: Api, world: World, client: Client) -> None:
    """Another account's capture, and what is none, are not found."""
    made = api.capture().json()
    stranger = {"Authorization": f"Bearer {world.accounts.create_account('other').private_key}"}
    for capture_id in (made["id"], "nonsense", "0" * 36, "0" * 24):
        for method in ("GET", "DELETE"):
            response = client.request(method, f"{BASE}/captures/{capture_id}", headers=stranger)
            assert (response.status_code, error_of(response)) == (404, "job_not_found")


def test_signed_pictures(client: Client, world: World) -> None:
    """A publishable key takes the pictures whose query its account has signed, with nothing changed, and no others."""
    key, secret = world.new.publishable_key, world.new.secret_token.encode()
    query = urlencode({"url": URL, "key": key, "full_page": "true"})
    signature = hmac.new(secret, query.encode(), hashlib.sha256).hexdigest()
    assert client.get(f"{BASE}/picture?{query}&signature={signature}").status_code == 200
    for other in (f"{query}&signature=00", query, f"{query.replace('true', 'false')}&signature={signature}",
                  f"{query}&hide=p&signature={signature}"):  # fmt: skip
        response = client.get(f"{BASE}/picture?{other}")
        assert (response.status_code, error_of(response)) == (403, "invalid_signature")
    signed = f"{BASE}/picture?{query}&signature={signature}"
    for more in (client.get(f"{signed}&hide=p"), client.request("GET", signed, json={"hide": "p"})):
        assert (more.status_code, error_of(more)) == (403, "invalid_signature")
    assert client.get(f"{BASE}/captures", params={"key": key}).status_code == 403


def test_documents_are_posted(api: Api) -> None:
    """A document of the caller's own is captured by POST, and has no place in a query."""
    assert api.post("/captures", {"html": "<h1>Hello</h1>"}).status_code == 201
    response = api.get("/picture", html="<h1>Hello</h1>")
    assert (response.status_code, response.json()["parameter"]) == (400, "html")

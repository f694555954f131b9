"""Exactly the keys, and the types, that the vendor's text shows."""

from __future__ import annotations

import time

import pytest
from tests.dialects.browshot.conftest import CONTENT_MS, LOADED_MS, STARTED_MS, URL, Api, Json

from pagelapse.capture.jobs import CaptureStarted, Failure

BASIC = {
    "id", "status", "screenshot_url", "priority", "url", "size", "width", "height", "final_url", "scale", "instance_id",
    "cost", "referer", "post_data", "cookie", "delay", "flash_delay", "script",
}  # fmt: skip
PAGE = {"response_code", "content_type"}
TIMES = {"started", "finished", "load", "request_time", "content"}
EMBEDDED = {"images", "scripts", "stylesheets", "embeds", "applets", "iframes"}
LEVELS = [BASIC, BASIC | PAGE, BASIC | PAGE | TIMES, BASIC | PAGE | TIMES | EMBEDDED]
REFUSED = {"error", "status", "priority", "cost"}


def _assert_strings(answer: Json) -> None:
    assert {name for name, value in answer.items() if not isinstance(value, str)} <= EMBEDDED | {"hosting"}


def test_an_accepted_request(api: Api) -> None:
    """The answer to a new order is its id, its status and its priority, as strings."""
    api.pause()
    assert api.create() == {"id": "1", "status": "in_queue", "priority": "1"}


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("path", ["create", "info", "list"])
def test_each_level_has_exactly_its_keys(api: Api, path: str, level: int) -> None:
    """`details` decides which keys there are, in every endpoint, and all but the lists are strings."""
    api.create()
    required: dict[str, dict[str, object]] = {"create": {"url": URL}, "info": {"id": 1}, "list": {}}
    answer = api.json(f"screenshot/{path}", details=level, **required[path])
    answer = answer["1"] if path == "list" else answer
    assert answer.keys() == LEVELS[level]
    _assert_strings(answer)


@pytest.mark.parametrize("path", ["info", "list"])
def test_two_is_the_default_level(api: Api, path: str) -> None:
    """Without `details`, the times are told and the lists aren't."""
    api.create()
    answer = api.json(f"screenshot/{path}", **({"id": 1} if path == "info" else {}))
    assert (answer if path == "info" else answer["1"]).keys() == LEVELS[2]


def test_a_finished_screenshot(api: Api) -> None:
    """A finished screenshot is told of as in the text: ids and numbers as strings, times in milliseconds but one."""
    before = int(time.time())
    api.create(post_data="foo=bar", referer=URL, cookie="a=1", instance_id=10, delay=3)
    found = api.json("screenshot/info", id=1, details=3)
    key = api.world.new.private_key
    assert before <= int(found.pop("request_time")) <= time.time()
    assert before * 1000 <= int(found.pop("finished")) <= time.time() * 1000
    assert found == {
        "id": "1",
        "status": "finished",
        "screenshot_url": f"http://api.test/screenshot/image/1?scale=1&key={key}",
        "priority": "1",
        "url": URL,
        "size": "screen",
        "width": "1024",
        "height": "768",
        "started": str(STARTED_MS),
        "load": str(LOADED_MS),
        "content": str(CONTENT_MS),
        "instance_id": "10",
        "response_code": "200",
        "final_url": URL,
        "content_type": "text/html",
        "scale": "1",
        "cost": "0",
        "referer": URL,
        "post_data": "foo=bar",
        "cookie": "a=1",
        "delay": "3",
        "flash_delay": "10",
        "script": "",
        "images": ["http://www.google.com/logo.png"],
        "scripts": [],
        "stylesheets": [],
        "embeds": [],
        "applets": [],
        "iframes": ["http://www.google.com/frame"],
    }


def test_a_screenshot_that_is_not_ready(api: Api) -> None:
    """In the queue and in process, info has four keys and no address."""
    api.pause()
    api.create()
    waiting = {"id": "1", "status": "in_queue", "screenshot_url": "", "cost": "0"}
    assert api.json("screenshot/info", id=1) == waiting
    job = api.last_job()
    started = CaptureStarted(job_id=job.job_id, account_id=job.account_id, purpose="order", started_at_ms=1)
    api.world.order_recorder.begin(started)
    assert api.json("screenshot/info", id=1) == waiting | {"status": "processing"}
    listed = api.json("screenshot/list")["1"]
    assert listed.keys() == LEVELS[2]
    _assert_strings(listed)
    assert (listed["status"], listed["started"], listed["load"], listed["finished"]) == ("processing", "1", "0", "0")


def test_a_failed_screenshot(api: Api) -> None:
    """A page that failed has all keys of its level, unknown times as 0, and the reason beside them."""
    api.world.runner.failure = Failure(code="target_unreachable", message="the host was not found", option="url")
    api.create()
    found = api.json("screenshot/info", id=1)
    assert found.keys() == LEVELS[2] | {"error"}
    _assert_strings(found)
    expected = {
        "status": "error", "error": "url: the host was not found", "load": "0", "content": "0", "response_code": "",
        "final_url": "", "content_type": "", "cost": "0", "width": "1024", "height": "768", "started": str(STARTED_MS),
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert found["screenshot_url"].startswith("http://api.test/screenshot/image/1?scale=1&key=")


def test_a_screenshot_that_failed_before_it_began(api: Api) -> None:
    """When no capture ever began, info has the text's short form, and the reason."""
    api.pause()
    api.create()
    order = api.world.orders.get(api.world.new.account.account_id, 1)
    api.world.orders_table.fail(order, Failure(code="capture_failed", message="The capture broke down."))
    assert api.json("screenshot/info", id=1) == {
        "id": "1", "status": "error", "screenshot_url": "", "priority": "1", "error": "The capture broke down.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"url": "-"}, "Wrong URL format"),
        ({}, "Wrong URL format"),
        ({"url": URL, "delay": "11"}, "delay: Input should be less than or equal to 10"),
        ({"url": URL, "instance_id": "999"}, "instance_id: Instance not found"),
        ({"url": URL, "hosting": "s3"}, "hosting_bucket: is needed with hosting=s3"),
        ({"url": URL, "hosting": "s3", "hosting_bucket": "../x"}, "hosting_bucket: is not the name of an S3 bucket"),
        (
            {"url": URL, "connector_id": "conn_1"},
            "connector_id: There is no such connector in this account.",
        ),
    ],
)
def test_malformed_requests_are_403(api: Api, parameters: dict[str, str], message: str) -> None:
    """What is malformed is 403, in the form that the text shows for create."""
    answer = api.malformed("screenshot/create", **parameters)
    assert answer == {"error": message, "status": "error", "priority": "1", "cost": "0"}


def test_nothing_left(api: Api) -> None:
    """A well-formed request without a screenshot left is 200 with the text's error."""
    api.world.limit(0)
    answer = api.json("screenshot/create", url=URL)
    assert answer == {"error": "No free screenshots available", "status": "error", "priority": "1", "cost": "0"}


@pytest.mark.parametrize("number", ["1", "0", "999999999999"])
def test_no_such_screenshot(api: Api, number: str) -> None:
    """An id that is nobody's, or somebody else's, is not found."""
    other = api.world.accounts.create_account("other")
    api.client.get("/api/v1/screenshot/create", params={"url": URL, "key": other.private_key})
    answer = api.json("screenshot/info", id=number)
    assert answer == {"error": "Invalid screenshot id", "status": "error"}
    for path in ("host", "share", "delete"):
        more = {"hosting": "browshot"} if path == "host" else {}
        answer = api.json(f"screenshot/{path}", id=number, **more)
        assert answer == {"error": "Invalid screenshot id", "status": "error", "id": int(number)}


def test_the_latest_screenshots(api: Api) -> None:
    """list tells of so many as are wanted, newest first, by their ids, and of one status if wanted."""
    for number in range(5):
        api.create(f"http://example.com/{number}")
    api.pause()
    api.create("http://example.com/waiting")
    assert list(api.json("screenshot/list", limit=3)) == ["6", "5", "4"]
    assert list(api.json("screenshot/list", status="finished", limit=2)) == ["5", "4"]
    assert list(api.json("screenshot/list", status="in_process")) == ["6"]
    assert api.json("screenshot/list", status="error") == {}
    assert "limit" in api.get("/api/v1/screenshot/list", limit=101).json()["error"]


def test_search_by_a_part_of_the_url(api: Api) -> None:
    """search tells of those whose url holds the text, whatever its case."""
    for url in ("http://example.com/a", "http://www.google.com/", "http://example.com/b"):
        api.create(url)
    found = api.json("screenshot/search", url="EXAMPLE.com", details=0)
    assert {number: each["url"] for number, each in found.items()} == {
        "3": "http://example.com/b",
        "1": "http://example.com/a",
    }
    assert found["1"].keys() == LEVELS[0]
    assert api.get("/api/v1/screenshot/search").status_code == 403

"""Watches, batches and the account by our own API, over fakes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dialects.native.conftest import URL, Api
from tests.dialects.native.contract import error_of
from tests.services.bulk import Bulk
from tests.services.monitoring import made as made_elsewhere
from tests.world import World

from pagelapse.capture.jobs import CaptureJob, Observation
from pagelapse.capture.options import Viewport
from pagelapse.dialects.native.values import schedule_of

HOOK = "https://example.org/hook"


def _report(world: World, *texts: str) -> None:
    """Record what `snap` reports of the capture queued last."""
    job = CaptureJob.model_validate_json(world.capture_queue.sent[-1])
    seen = tuple(Observation(action_index=i, selector="p", text=text) for i, text in enumerate(texts, start=1))
    world.recorder.record(world.runner.report(job).model_copy(update={"observations": seen}))


def _watch(api: Api, **body: Any) -> dict[str, Any]:
    response = api.post("/watches", {"url": URL, **body})
    assert response.status_code == 201, response.text
    watch: dict[str, Any] = response.json()
    return watch


def test_a_page_is_watched(api: Api, world: World) -> None:
    """A watch captures its page at once and then as often as it says; its captures look like any other."""
    watch = _watch(api, every="2 hours", title="Home", viewport="800x600")
    assert watch["request"] == {
        "url": URL, "every": "2 hours", "title": "Home", "viewport": {"width": 800, "height": 600},
    }  # fmt: skip
    assert watch["next_capture_at"] > watch["created_at"]
    assert api.get(f"/captures/{watch['last_capture']}").json()["status"] == "queued"
    _report(world)
    capture = api.get(f"/captures/{watch['last_capture']}").json()
    assert (capture["status"], capture["watch"]) == ("done", watch["id"])
    assert api.get(f"/watches/{watch['id']}/captures").json()["data"] == [capture]
    assert capture.keys() == api.capture().json().keys()


def test_changes_are_told(api: Api, world: World) -> None:
    """A watched text that changes is listed and posted to the webhook; without a webhook it is listed alone."""
    for hook in ({"webhook": HOOK}, {}):
        world.notices.sent.clear()
        watch = _watch(api, texts=["#price", "#stock"], **hook)
        _report(world, "10", "many")
        captured = api.post(f"/watches/{watch['id']}/captures", {})
        assert captured.status_code == 202
        _report(world, "11", "many")
        (change,) = api.get(f"/watches/{watch['id']}/changes").json()["data"]
        assert (change["selector"], change["before"], change["after"]) == ("#price", "10", "11")
        assert (change["type"], change["capture"]) == ("watch.changed", captured.json()["id"])
        assert [json.loads(body)["payload"] for body in world.notices.sent] == ([change] if hook else [])
    assert len(api.get("/changes").json()["data"]) == 2


def test_a_watch_is_changed(api: Api, world: World) -> None:
    """PATCH changes what is given and takes away what is null; what is wrong changes nothing."""
    watch = _watch(api, every="hour", viewport="800x600", texts="#price")
    path = f"/watches/{watch['id']}"
    changed = api.send("PATCH", path, {"every": None, "full_page": True}).json()
    assert changed["request"] == {
        "url": URL, "viewport": {"width": 800, "height": 600}, "texts": ["#price"], "full_page": True,
    }  # fmt: skip
    assert changed["next_capture_at"] is None
    plan = world.monitor.configurations_[watch["id"]].plan
    assert (plan.options.full_page, plan.options.viewport) == (True, Viewport(width=800, height=600))
    refused = api.send("PATCH", path, {"every": "now and then"})
    assert (refused.status_code, refused.json()["parameter"]) == (400, "every")
    assert api.get(path).json() == changed


def test_a_watch_of_another_api(api: Api, world: World) -> None:
    """Watches made by another API are shown here and changed there."""
    other = made_elsewhere(world).configuration_id
    assert api.get(f"/watches/{other}").json()["request"] == {"url": "https://example.com/"}
    response = api.send("PATCH", f"/watches/{other}", {"full_page": True})
    assert (response.status_code, error_of(response)) == (409, "made_elsewhere")
    watch = _watch(api)
    key = {"access_token": world.new.private_key}
    there = api.client.request("PATCH", f"/screenshot_configs/{watch['id']}", data={**key, "fullpage": "true"})
    assert (there.status_code, there.json()["error_code"]) == (400, "unexpected_error")


def test_a_watch_is_deleted(api: Api) -> None:
    """A deleted watch is found no more, and neither is another account's."""
    watch = _watch(api)
    path = f"/watches/{watch['id']}"
    assert api.send("DELETE", path).status_code == 204
    for method, place in (("GET", path), ("DELETE", path), ("GET", f"{path}/captures"), ("POST", f"{path}/captures")):
        response = api.send(method, place)
        assert (response.status_code, error_of(response)) == (404, "configuration_not_found")


def test_lists_of_watches(api: Api) -> None:
    """Watches are listed newest first, page by page."""
    made = sorted(_watch(api)["id"] for _ in range(3))
    first = api.get("/watches", limit=2).json()
    second = api.get("/watches", limit=2, cursor=first["next"]).json()
    assert [each["id"] for each in first["data"] + second["data"]] == made[::-1]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("hour", (1, "hours")), ("30 minutes", (30, "minutes")), ("2 Weeks", (2, "weeks")), ("1 month", (1, "months"))],
)
def test_how_often(text: str, expected: tuple[int, str]) -> None:
    """A time is a number of minutes, hours, days, weeks, months or years; one of them needs no number."""
    assert schedule_of(text) == expected


@pytest.mark.parametrize("text", ["0 hours", "often", "5", "101 years", "1.5 hours", "hours 2"])
def test_what_is_no_time(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="must"):
        schedule_of(text)


def test_a_batch_of_named_pages(api: Api, bulk: Bulk) -> None:
    """Pages that are named are captured together, each once, with the same options, and packed into one archive."""
    urls = ["https://a.example/", "https://b.example/x", "https://a.example/"]
    response = api.post("/batches", {"urls": urls, "full_page": True})
    assert response.status_code == 202
    batch = response.json()
    assert (batch["status"], batch["total"], batch["archive"]) == ("queued", 2, None)
    bulk.work()
    captures = bulk.queued()
    assert {(each.options.url, each.options.full_page) for each in captures} == {(url, True) for url in urls}
    for number, each in enumerate(captures):
        bulk.recorder.record(bulk.report(each, fails=number == 1))
    bulk.work()
    batch = api.get(f"/batches/{batch['id']}").json()
    assert (batch["status"], batch["done"], batch["failed"]) == ("done", 1, 1)
    assert batch["archive"]["url"].startswith("https://")
    first = api.get(f"/batches/{batch['id']}/captures", limit=1).json()
    second = api.get(f"/batches/{batch['id']}/captures", limit=1, cursor=first["next"]).json()
    pages = first["data"] + second["data"]
    assert [(page["request"]["url"], page["status"]) for page in pages] == [(urls[0], "done"), (urls[1], "failed")]
    assert second["next"] is None
    assert [api.get(f"/captures/{page['id']}").json() for page in pages] == pages
    assert api.get(f"/captures/{batch['id']}_7").status_code == 404


def test_batches_that_can_not_be(api: Api, bulk: Bulk) -> None:
    """A batch without pages, of two kinds, of too many pages or of none is refused by its parameter."""
    many = [f"https://example.com/{number}" for number in range(bulk.max_pages + 1)]
    for body, parameter in (
        ({}, "urls"), ({"urls": [URL], "site": "example.com"}, "urls"), ({"urls": many}, "urls"),
        ({"urls": ["nothing"]}, "urls"), ({"site": "http://"}, "site"), ({"urls": [URL], "url": URL}, "url"),
        ({"sitemap": "ftp://x"}, "sitemap"),
    ):  # fmt: skip
        response = api.post("/batches", body)
        assert response.status_code == 400, body
        assert response.json()["parameter"] == parameter
    assert bulk.store.jobs == {}


def test_a_batch_of_a_site(api: Api, bulk: Bulk) -> None:
    """A site's pages are found by its sitemap."""
    bulk.site.files["https://example.com/sitemap.xml"] = b"https://example.com/1\nhttps://example.com/2"
    batch = api.post("/batches", {"site": "example.com", "max_pages": 1}).json()
    assert (batch["total"], batch["sitemap"]) == (1, "https://example.com/sitemap.xml")


def test_the_account(api: Api, world: World) -> None:
    """The account tells its limits and what it has used."""
    world.limit(5)
    api.capture()
    told = api.get("/account").json()
    assert (told["limits"]["captures_per_month"], told["usage"]) == (5, {"captures": 1, "captures_left": 4})


def test_a_webhook_is_tried(api: Api, world: World) -> None:
    """A receiver can be tried with a message that is signed and repeated as any other."""
    response = api.post("/webhooks/test", {"url": HOOK})
    (sent,) = map(json.loads, world.notices.sent)
    assert (response.status_code, sent["payload"]["type"], sent["url"]) == (202, "test", HOOK)
    assert sent["delivery_id"] == response.json()["id"]

"""NX7 over HTTP: watched pages that change, with real captures, the deployed queues and a receiver of webhooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import become_due, finished, form, listed, tick, until
from tests.pixels import load
from tests.site.receiver import Receiver
from tests.site.server import Site

from pagelapse.cli import main
from pagelapse.local.stack import Stack
from pagelapse.monitoring.webhooks import sign

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

Json = dict[str, Any]
LOOK = {"page_width": 600, "page_height": 400, "wait": 0, "image_format": "png"}


def _page(price: str, ad: str, extra: str = "") -> str:
    """A page with a price, an advertisement of its own colour, and something more above them."""
    return (
        f"{extra}<p id=price style='margin:20px'>Price: {price}</p>"
        f"<div id=ad style='background:{ad};height:100px'>Advertisement {ad}</div><p>Imprint</p>"
    )


def _watching(
    api: Api, site: Site, receiver: Receiver, schedule: dict[str, Any] | None = None, **settings: object
) -> str:
    """A new configuration whose first capture is compared with nothing."""
    compare = {"url": receiver.url("/changes"), "ignore_selectors": ["#ad"], **settings}
    given = {"url": site.url("/watched"), "compare": json.dumps(compare), **LOOK, **(schedule or {})}
    made = form(api, "POST", "/screenshot_configs", **given)
    assert finished(api, made["job_id"])["success"] is True
    assert _compared(api, made["screenshot_configuration_id"], 1)["verdict"] == "first"
    return str(made["screenshot_configuration_id"])


def _captured(api: Api, configuration_id: str, count: int) -> Json:
    """What comparing the next capture, the configuration's number `count`, has found."""
    job = form(api, "POST", f"/screenshot_configs/{configuration_id}/capture")
    assert finished(api, job["job_id"])["success"] is True
    return _compared(api, configuration_id, count)


def _compared(api: Api, configuration_id: str, count: int) -> Json:
    """The comparison of the newest of `count` screenshots, once it is recorded."""

    def newest() -> Json | None:
        shots = listed(api, f"/screenshot_configs/{configuration_id}/screenshots")["screenshots"]
        return shots[0].get("comparison") if len(shots) == count else None

    return until(newest)


def test_a_change_is_recorded_and_told_with_its_numbers_and_links(api: Api, site: Site, receiver: Receiver) -> None:
    """A capture that looks otherwise is told by a signed webhook: numbers, text and pictures."""
    site.watched = _page("18", "#fc0")
    configuration_id = _watching(api, site, receiver)
    site.watched = _page("18", "#0cf")
    assert _captured(api, configuration_id, 2)["verdict"] == "same"
    site.watched = _page("19", "#c0f")
    found = _captured(api, configuration_id, 3)
    (posted,) = receiver.await_posts(1, within_s=90)
    notice = json.loads(posted.body)
    assert (found["verdict"], found["ratio"], found["regions"]) == ("changed", notice["ratio"], 1)
    (region,) = notice["regions"]
    assert 60 < region["x"] < 130
    assert 15 < region["y"] < 50
    assert (region["width"] < 40, region["height"] < 40, 0 < notice["ratio"] < 0.01) == (True, True, True)
    assert (notice["text_changes"]["added"], notice["text_changes"]["removed"]) == (1, 1)
    assert "+Price: 19" in notice["text_changes"]["diff"]
    links = [notice["before"]["link"], notice["after"]["link"], notice["diff_link"]]
    assert [load(api.http.get(link).content).size for link in links] == [(600, 400)] * 3
    assert notice["diff_link"] == found["diff_link"]
    secret = api.accounts.webhook_secret(api.account.account.account_id)
    timestamp = int(posted.headers["x-pagelapse-timestamp"])
    assert posted.headers["x-pagelapse-signature"] == sign(secret, timestamp, posted.body)


def test_a_scheduled_capture_is_compared(api: Api, site: Site, receiver: Receiver, stack: Stack) -> None:
    """A change that a schedule's own run finds is told like any other."""
    site.watched = _page("18", "#fc0")
    every_hour = {"scheduled_screenshot": "true", "scheduled_every": 1, "scheduled_interval": "hours"}
    configuration_id = _watching(api, site, receiver, every_hour)
    site.watched = _page("19", "#fc0")
    become_due(api, stack, configuration_id)
    tick(stack)
    found = _compared(api, configuration_id, 2)
    (posted,) = receiver.await_posts(1, within_s=90)
    assert (found["verdict"], found["ratio"]) == ("changed", json.loads(posted.body)["ratio"])


def test_a_page_that_flips_is_silent_after_its_first_change(
    api: Api, site: Site, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `last`, a page that goes back to what it was is no change, though it differs from the capture before."""
    site.watched = _page("18", "#fc0")
    configuration_id = _watching(api, site, receiver, last=2)
    site.watched = _page("18", "#fc0", "<div style='height:60px;background:#060;color:#fff'>Sale</div>")
    assert _captured(api, configuration_id, 2)["verdict"] == "changed"
    site.watched = _page("18", "#fc0")
    back = _captured(api, configuration_id, 3)
    assert (back["verdict"], back["ratio"] > 0.05) == ("seen", True)
    (posted,) = receiver.await_posts(1, within_s=90)
    came, went = json.loads(posted.body)["regions"]
    assert (came["kind"], came["y"], came["height"]) == ("inserted", 0, 60)
    assert (went["kind"], went["before_y"], went["before_height"]) == ("removed", 340, 60)
    _export(api, configuration_id, tmp_path / "history.webp", monkeypatch)


def _export(api: Api, configuration_id: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command writes the whole history, and nothing but it."""
    monkeypatch.setenv("PAGELAPSE_URL", str(api.http.base_url))
    monkeypatch.setenv("PAGELAPSE_KEY", api.account.private_key)
    assert main(["timelapse", configuration_id, "-o", str(path), "--width", "300"]) == 0
    assert (getattr(load(path.read_bytes()), "n_frames", 0), load(path.read_bytes()).width) == (3, 300)


def test_two_pages_are_compared_on_demand(api: Api, site: Site) -> None:
    """One request captures two pages and tells what differs, but for ignored elements, with a picture of it."""
    pages = [
        site.url(f"/html?{urlencode({'body': _page(price, ad)})}") for price, ad in (("18", "#fc0"), ("19", "#0cf"))
    ]
    look = {"viewport": "600x400", "compare": {"ignore_selectors": ["#ad"]}}
    headers = {"Authorization": f"Bearer {api.account.private_key}"}

    def compared(before: str, after: str) -> Json:
        body = {"before": before, "after": after, **look}
        answer = api.http.post("/pagelapse/v1/comparisons", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    found = compared(*pages)
    assert (found["verdict"], len(found["regions"]), found["text"]["added"]) == ("changed", 1, 1)
    assert load(api.http.get(found["diff"]).content).size == (600, 400)
    assert [found[side]["capture"] for side in ("before", "after")] == [None, None]
    assert api.used() == 2
    again = compared(pages[0], pages[0])
    assert (again["verdict"], again["diff"], api.used()) == ("same", None, 2)

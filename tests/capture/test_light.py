"""Tabs that Playwright knows nothing of: they are to look as those that it has made, and to behave so."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from tests.capture.conftest import Take
from tests.site.server import Seen, Site

from pagelapse.adapters.browser import Chromium
from pagelapse.adapters.browser.light import SUFFICIENT, LightContext, suffices
from pagelapse.capture.options import CaptureOptions

pytestmark = pytest.mark.browser

FULL = {"delay_ms": 1000, "wait_for_selector": "body"}
LIGHT = {"delay_ms": 1000}


def _told(site: Site, number: int) -> Any:
    deadline = time.monotonic() + 30
    while len(site.seen("/report")) < number:
        assert time.monotonic() < deadline, "the page did not report"
        time.sleep(0.02)
    return json.loads(site.seen("/report")[number - 1].body)


def _differences(one: Any, other: Any, where: str = "") -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            line
            for key in one.keys() | other.keys()
            for line in _differences(one.get(key), other.get(key), f"{where}.{key}")
        ]
    return [] if one == other else [f"{where}: {one} | {other}"]


def _sent(seen: list[Seen]) -> dict[str, Any]:
    """Headers without those that tell a user's click, as which whatever is evaluated meanwhile counts."""
    return {str(number): {**request.headers, "sec-fetch-user": ""} for number, request in enumerate(seen)}


def test_a_page_can_not_tell_which_tab_it_is_in(take: Take, site: Site) -> None:
    """A light tab and Playwright's give a page, and a frame of another site, the same to know, and its server too."""
    assert not suffices(CaptureOptions.model_validate({"url": site.url("/likeness.html"), **FULL}))
    assert suffices(CaptureOptions.model_validate({"url": site.url("/likeness.html"), **LIGHT}))
    take(url=site.url("/likeness.html"), **FULL)
    full, requests = _told(site, 1), len(site.seen("/likeness.html"))
    take(url=site.url("/likeness.html"), **LIGHT)
    assert "\n".join(_differences(_told(site, 2), full)) == ""
    seen = site.seen("/likeness.html")
    assert "\n".join(_differences(_sent(seen[requests:]), _sent(seen[:requests]))) == ""


SIMPLE: dict[str, Any] = {
    "type": "webp",
    "quality": 50,
    "viewport": {"width": 500, "height": 400},
    "device_scale_factor": 2,
    "delay_ms": 10,
    "wait_until": "domcontentloaded",
    "inventory": True,
    "keep_text": True,
    "ignored": ["h1"],
    "referer": "https://example.org/",
    "cookies": [{"name": "a", "value": "1"}],
    "block_ads": True,
    "block_trackers": True,
    "hide_widgets": True,
    "hide": ["h1"],
    "style": "h1 { color: red }",
    "script": "document.title = 'new'",
}
ELSEWHERE = {"url", "location", "connector"}
"""What other parts of `snap` do before there is a page."""


@pytest.mark.parametrize("path", ["/redirect?to=/headers", "/redirect?to=/simple.html&status=307", "/status?code=302"])
def test_servers_answers_are_told_alike(take: Take, site: Site, path: str) -> None:
    """Status and headers of the page's own answer are the same from both tabs, redirects and cookies or not."""
    light, full = (take(url=site.url(path), **tab).target.model_dump() for tab in (LIGHT, FULL))
    for answer in (light, full):
        assert answer["headers"].pop("date")
    assert light["status"]
    assert "\n".join(_differences(light, full)) == ""


def test_every_simple_option_is_tried() -> None:
    """Whatever a light tab is said to do has a case here."""
    assert SIMPLE.keys() | ELSEWHERE == SUFFICIENT


@pytest.mark.parametrize("name", SIMPLE)
def test_simple_options_take_a_light_tab(take: Take, site: Site, name: str, light_tabs: list[None]) -> None:
    """An option that a light tab is said to do makes no capture fail in it."""
    taken = take(url=site.url("/simple.html"), **{name: SIMPLE[name]})
    assert taken.file.body
    assert taken.shortfalls == ()
    assert light_tabs


@pytest.mark.parametrize("name", sorted(CaptureOptions.model_fields.keys() - SUFFICIENT))
def test_other_options_do_not(name: str) -> None:
    """An option that nobody has said a light tab can do is done by Playwright's."""
    options = CaptureOptions.model_construct(url="http://example.org/", delay_ms=0)
    assert suffices(options)
    assert not suffices(options.model_copy(update={name: "something else"}))


def test_waits_for_events_take_playwrights_tab() -> None:
    """A page that is waited for until it, or its network, is quiet is listened to all the time."""
    assert not suffices(CaptureOptions(url="http://example.org/"))
    assert not suffices(CaptureOptions(url="http://example.org/", delay_ms=0, wait_until="networkidle"))


@pytest.fixture
def light_tabs(chromium: Chromium, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each light tab that is opened; none has been made ready in advance."""
    runner.run(chromium.close())
    opened: list[None] = []
    new_tab = LightContext.new_tab

    async def counted(*arguments: Any) -> Any:
        opened.append(None)
        return await new_tab(*arguments)

    monkeypatch.setattr(LightContext, "new_tab", counted)
    return opened

"""PP7: "Multi-Step Screenshots" through the deployed stack, judged by pixels or by what the page's server saw."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.pixels import GREEN, RED, Color, pixel
from tests.site.server import Canary, Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

LOG_IN: list[dict[str, Any]] = [
    {"type": "text_field", "selector": "#name", "value": "ada"},
    {"type": "text_field", "selector": "#password", "value": "secret"},
]
LAMPS = {"hot": 50, "pressed": 150, "chosen": 250, "checked": 350, "typed": 450, "late": 550}
"""Rows of the lamps in `widgets.html`."""


def _snap(api: Api, url: str, actions: list[dict[str, Any]], **options: object) -> httpx.Response:
    return api.snap(url, multi_step_actions=json.dumps(actions), image_format="png", **options)


def _color(response: httpx.Response, x: int = 600, y: int = 600) -> Color:
    assert response.status_code == 200, response.text[:500]
    return pixel(response.content, x, y)


@pytest.mark.parametrize("send", [{"type": "click", "selector": "#enter"}, {"type": "submit"}])
def test_logging_in(api: Api, site: Site, send: dict[str, Any]) -> None:
    """A form is filled and sent by its button or by Enter, and what only members see is pictured."""
    assert _color(_snap(api, site.url("/login.html"), [*LOG_IN, send])) == GREEN
    assert site.seen("/login")[0].form == {"name": ["ada"], "password": ["secret"]}


def test_an_array_in_a_json_body(api: Api, site: Site) -> None:
    """The actions come as an array in a JSON body too, and an action may lead to another page."""
    actions = [*LOG_IN, {"type": "submit"}, {"type": "redirect", "value": site.url("/members")}]
    response = api.post("/snap", {"url": site.url("/login.html"), "image_format": "png", "multi_step_actions": actions})
    assert _color(response) == GREEN
    assert len(site.seen("/members")) == 2


def test_html_behind_a_form(api: Api, site: Site) -> None:
    """With `html_only` the document is the one that the actions led to."""
    response = _snap(api, site.url("/login.html"), [*LOG_IN, {"type": "submit"}], html_only="true")
    assert "<h1>Members</h1>" in response.text


def test_document_of_the_callers(api: Api) -> None:
    """Actions work on the caller's own document as well."""
    content = "<input type=checkbox id=a onchange='document.body.style.background=\"#00ff00\"'>"
    actions = json.dumps([{"type": "checkbox", "selector": "#a", "value": "true"}])
    assert _color(api.html(content, multi_step_actions=actions, image_format="png")) == GREEN


@pytest.mark.parametrize(
    ("actions", "lamp"),
    [
        ([{"type": "hover", "selector": "#hot"}], "hot"),
        ([{"type": "select", "selector": "#colour", "value": "Green"}], "chosen"),
        ([{"type": "checkbox", "selector": "#box", "value": True}], "checked"),
        ([{"type": "text_field", "selector": "#text", "value": "new"}], "typed"),
        ([{"type": "javascript", "value": "light('typed', true)"}], "typed"),
        ([{"type": "evaluateJs", "value": "light('typed', true)"}], "typed"),
        ([{"type": "css", "value": "#typed { background: #00ff00 }"}], "typed"),
        ([{"type": "click", "selector": "#press"}, {"type": "wait", "value": "1000"}], "late"),
        ([{"type": "click", "selector": "#press"}, {"type": "wait_for_selector", "selector": "#arrived"}], "late"),
    ],
)
def test_each_action(api: Api, site: Site, actions: list[dict[str, Any]], lamp: str) -> None:
    """Each action changes the page as its name says."""
    plain = api.picture(site.url("/widgets.html"))
    changed = _snap(api, site.url("/widgets.html"), actions)
    assert [pixel(plain, 50, LAMPS[lamp]), _color(changed, 50, LAMPS[lamp])] == [RED, GREEN]


def test_change_on_a_snap(api: Api, site: Site) -> None:
    """A `change` action on a snap, which has no earlier text to compare with, only takes the picture."""
    actions = [{"type": "change", "selector": "#price", "send_to": "webhook", "url": site.url("/hook")}]
    assert _color(_snap(api, site.url("/widgets.html"), actions), 50, LAMPS["typed"]) == RED
    assert site.seen("/hook") == []


def test_failing_action(api: Api, site: Site) -> None:
    """An action that can't be done: 400, and the note names its place, type, selector and reason; it is not counted."""
    response = _snap(api, site.url("/login.html"), [*LOG_IN, {"type": "click", "selector": "#nothing"}])
    assert (response.status_code, response.json()["error_code"]) == (400, "unexpected_error")
    assert response.json()["note"] == ("multi_step_actions: action 3 (click #nothing): nothing on the page matches it")
    assert api.used() == 0


def test_endless_script(api: Api, site: Site) -> None:
    """JavaScript that never returns is stopped in time, the picture is taken and the answer says what is missing."""
    response = _snap(api, site.url("/widgets.html"), [{"type": "javascript", "value": "for (;;);"}])
    assert _color(response, 50, LAMPS["typed"]) == RED
    assert response.headers["X-Pagelapse-Complete"] == "false"
    assert "action 1" in response.headers["X-Pagelapse-Shortfall"]


def test_way_to_a_forbidden_address(api: Api, site: Site, canary: Canary) -> None:
    """An action that leads to where no capture may go is refused, and nothing is asked there."""
    refused = f"http://127.0.0.2:{canary.port}/"
    for value in (refused, site.url(f"/redirect?to={refused}")):
        response = _snap(api, site.url("/login.html"), [{"type": "redirect", "value": value}])
        assert response.status_code == 400
        assert "action 1 (redirect): 127.0.0.2 is not an address" in response.json()["note"]
    canary.settle()
    assert canary.hits == 0


def test_bad_actions(api: Api, site: Site) -> None:
    """A bad action: 400 `invalid_multi_step_actions`, the note says which and why, and no page is visited."""
    response = _snap(api, site.url("/login.html"), [{"type": "submit"}, {"type": "click"}])
    assert (response.status_code, response.json()["error_code"]) == (400, "invalid_multi_step_actions")
    assert response.json()["note"] == "multi_step_actions: action 2 (click): selector: is missing"
    assert site.requests == []

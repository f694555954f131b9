"""The translation of "Multi-Step Screenshots" into a capture's actions, without a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dialects.client import Client
from tests.dialects.pagepixels.contract import error_of
from tests.world import World

from pagelapse.capture.jobs import Failure
from pagelapse.dialects.pagepixels.params import SnapParams, parse
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidActions

URL = "https://example.com/"
HOOK = "https://example.com/webhook-url"


def _actions(value: object) -> list[dict[str, Any]]:
    """What `/snap` makes of `multi_step_actions`, as plain data."""
    options = parse(SnapParams, Parameters({"url": URL, "multi_step_actions": value})).options()
    return [action.model_dump() for action in options.actions]


def _refusal(value: object) -> str:
    with pytest.raises(InvalidActions) as raised:
        _actions(value)
    assert raised.value.option == "multi_step_actions"
    return raised.value.message


DOCUMENTED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "click", "selector": "#a"}, {"type": "click", "selector": "#a"}),
    ({"type": "hover", "selector": "#a"}, {"type": "hover", "selector": "#a"}),
    (
        {"type": "change", "selector": "#a", "send_to": "webhook", "url": HOOK},
        {"type": "observe", "selector": "#a"},
    ),
    ({"type": "redirect", "value": "https://example.com"}, {"type": "goto", "url": "https://example.com"}),
    ({"type": "javascript", "value": "console.log(1);"}, {"type": "run_script", "source": "console.log(1);"}),
    ({"type": "evaluateJs", "value": "console.log(1);"}, {"type": "evaluate", "source": "console.log(1);"}),
    ({"type": "css", "value": "#a{ color: red }"}, {"type": "add_style", "css": "#a{ color: red }"}),
    ({"type": "text_field", "selector": "#a", "value": "x"}, {"type": "fill", "selector": "#a", "value": "x"}),
    ({"type": "select", "selector": "#a", "value": "x"}, {"type": "select_option", "selector": "#a", "value": "x"}),
    (
        {"type": "checkbox", "selector": "#a", "value": True},
        {"type": "set_checked", "selector": "#a", "checked": True},
    ),
    ({"type": "submit"}, {"type": "press_enter"}),
    ({"type": "wait", "value": "5000"}, {"type": "wait", "ms": 5000}),
    ({"type": "wait_for_selector", "selector": "#a"}, {"type": "wait_for_selector", "selector": "#a"}),
]
"""The 13 examples of the vendor's table, shortened."""


@pytest.mark.parametrize(("sent", "expected"), DOCUMENTED)
def test_each_documented_action(sent: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each action of the vendor's table becomes the capture's own."""
    assert _actions([sent]) == [expected]


def test_order_is_kept_in_every_form() -> None:
    """An array and a JSON string of it ask for the same actions, in the order given."""
    sent = [each for each, _ in DOCUMENTED]
    assert _actions(sent) == _actions(f"  {json.dumps(sent)} ") == [each for _, each in DOCUMENTED]


@pytest.mark.parametrize(
    ("sent", "field", "expected"),
    [
        ({"type": "text_field", "selector": "#a", "value": ""}, "value", ""),
        ({"type": "text_field", "selector": "#a", "value": 12}, "value", "12"),
        ({"type": "select", "selector": "#a", "value": 1.5}, "value", "1.5"),
        ({"type": "checkbox", "selector": "#a", "value": False}, "checked", False),
        ({"type": "checkbox", "selector": "#a", "value": "false"}, "checked", False),
        ({"type": "checkbox", "selector": "#a", "value": "True"}, "checked", True),
        ({"type": "wait", "value": 0}, "ms", 0),
        ({"type": "wait", "value": 20_000}, "ms", 20_000),
        ({"type": "change", "selector": "#a", "send_to": "slack", "url": HOOK}, "selector", "#a"),
        ({"type": "change", "selector": "#a", "url": HOOK}, "selector", "#a"),
        ({"type": "click", "selector": "#a", "value": "", "note": "x"}, "selector", "#a"),
    ],
)
def test_values_may_be_typed_or_texts(sent: dict[str, Any], field: str, expected: object) -> None:
    """Numbers and flags come as themselves or as texts, and keys without a use are ignored."""
    assert _actions([sent])[0][field] == expected


@pytest.mark.parametrize("value", ["[]", [], "", None])
def test_no_actions(value: object) -> None:
    """An empty array asks for nothing."""
    assert _actions(value) == []


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"type": "secret"}, "action 2: type must be one of click, hover, change, redirect, javascript, evaluateJs"),
        ({"selector": "#a"}, "action 2: type must be one of click"),
        ({"type": ["click"]}, "action 2: type must be one of click"),
        ("submit", "action 2: must be an object"),
        ({"type": "click"}, "action 2 (click): selector: is missing"),
        ({"type": "hover", "selector": None}, "action 2 (hover): selector: is missing"),
        ({"type": "click", "selector": ""}, "action 2 (click): selector: String should have at least 1 character"),
        ({"type": "click", "selector": ["#secret"]}, "action 2 (click): selector: Input should be a valid string"),
        ({"type": "click", "selector": "\ud800"}, "action 2 (click): selector: "),
        ({"type": "wait_for_selector", "value": "#a"}, "action 2 (wait_for_selector): selector: is missing"),
        ({"type": "text_field", "value": "x"}, "action 2 (text_field): selector: is missing"),
        ({"type": "text_field", "selector": "#a"}, "action 2 (text_field): value: is missing"),
        ({"type": "text_field", "selector": "#a", "value": {"secret": 1}}, "action 2 (text_field): value: Input"),
        ({"type": "select", "selector": "#a"}, "action 2 (select): value: is missing"),
        ({"type": "checkbox", "selector": "#a"}, "action 2 (checkbox): value: is missing"),
        (
            {"type": "checkbox", "selector": "#a", "value": "secret"},
            "action 2 (checkbox): value: must be true or false",
        ),
        ({"type": "checkbox", "value": True}, "action 2 (checkbox): selector: is missing"),
        ({"type": "redirect"}, "action 2 (redirect): value: is missing"),
        ({"type": "redirect", "value": "file:///secret"}, "action 2 (redirect): value: must begin with http://"),
        ({"type": "redirect", "value": "secret"}, "action 2 (redirect): value: must begin with http://"),
        ({"type": "javascript"}, "action 2 (javascript): value: is missing"),
        ({"type": "javascript", "value": 5}, "action 2 (javascript): value: Input should be a valid string"),
        ({"type": "evaluateJs", "value": "x" * 200_001}, "action 2 (evaluateJs): value: String should have at most"),
        ({"type": "css", "value": []}, "action 2 (css): value: Input should be a valid string"),
        ({"type": "wait"}, "action 2 (wait): value: is missing"),
        ({"type": "wait", "value": "secret"}, "action 2 (wait): value: Input should be a valid integer"),
        ({"type": "wait", "value": -1}, "action 2 (wait): value: Input should be greater than or equal to 0"),
        ({"type": "wait", "value": "20001"}, "action 2 (wait): value: Input should be less than or equal to 20000"),
        ({"type": "change", "send_to": "webhook", "url": HOOK}, "action 2 (change): selector: is missing"),
        ({"type": "change", "selector": "#a", "send_to": "webhook"}, "action 2 (change): url: is missing"),
        ({"type": "change", "selector": "#a", "url": "secret"}, "action 2 (change): url: must begin with http://"),
        ({"type": "change", "selector": "#a", "url": 5}, "action 2 (change): url: must be a text"),
        ({"type": "change", "selector": "#a", "url": HOOK + "\ud800"}, "action 2 (change): url: holds half a"),
        (
            {"type": "change", "selector": "#a", "send_to": "email", "url": HOOK},
            "action 2 (change): send_to: must be webhook or slack",
        ),
    ],
)
def test_bad_action_is_named(sent: object, message: str) -> None:
    """A bad action is refused with its place, its type, the key at fault and why, and no value is quoted."""
    note = _refusal([{"type": "submit"}, sent])
    assert note.startswith(message)
    assert "secret" not in note


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[{", "is not JSON"),
        ("click", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ({"type": "submit"}, "must be an array"),
        ('{"type": "submit"}', "must be an array"),
        (5, "must be an array"),
        ([{"type": "submit"}] * 51, "holds more than 50 actions"),
        ([{"type": "change", "selector": "#a", "url": HOOK}] * 11, "read more than 10 texts"),
    ],
)
def test_bad_arrays(value: object, message: str) -> None:
    """What is no array of actions, or too long a one, is refused."""
    assert message in _refusal(value)


def test_picture_does_not_depend_on_who_is_told() -> None:
    """The receiver of a change is no part of the capture, so two receivers share a picture."""
    ways = [("webhook", HOOK), ("slack", "https://example.com/other")]
    sent = [[{"type": "change", "selector": "#a", "send_to": to, "url": url}] for to, url in ways]
    digests = {
        parse(SnapParams, Parameters({"url": URL, "multi_step_actions": each})).options().digest() for each in sent
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"params": {"multi_step_actions": '[{"type": "nonsense"}]'}},
        {"data": {"multi_step_actions": '[{"type": "nonsense"}]'}},
        {"json": {"multi_step_actions": [{"type": "nonsense"}]}},
        {"data": {"multi_step_actions[0][type]": "submit"}},
        {"data": {"multi_step_actions": ["[]", "[]"]}},
        {"data": {"multi_step_actions": "[\x00]"}},
    ],
)
def test_bad_actions_over_http(client: Client, world: World, arguments: dict[str, Any]) -> None:
    """Bad actions are `invalid_multi_step_actions`, 400, however they are sent, and nothing is captured."""
    headers = {"Authorization": f"Bearer {world.new.private_key}"}
    path = f"/snap?url={URL}" if "params" not in arguments else "/snap"
    arguments.get("params", {}).update({"url": URL})
    response = client.post(path, headers=headers, **arguments)
    assert (response.status_code, error_of(response)) == (400, "invalid_multi_step_actions")
    assert response.json()["note"].startswith("multi_step_actions: ")
    assert world.runner.jobs == []


def test_failed_action_is_named_in_the_vendors_terms(client: Client, world: World) -> None:
    """An action that fails in the page is 400, and the note names it as the caller did."""
    world.runner.failure = Failure(
        code="action_failed", message="action 1 (fill #fill): nothing on the page matches it", option="actions"
    )
    sent = json.dumps([{"type": "text_field", "selector": "#fill", "value": "x"}])
    key = world.new.private_key
    response = client.get("/snap", params={"url": URL, "access_token": key, "multi_step_actions": sent})
    assert (response.status_code, error_of(response)) == (400, "unexpected_error")
    assert response.json()["note"] == (
        "multi_step_actions: action 1 (text_field #fill): nothing on the page matches it"
    )

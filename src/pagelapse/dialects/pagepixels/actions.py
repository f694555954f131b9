"""`multi_step_actions` ("Multi-Step Screenshots"): the vendor's 13 actions, and what they are here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pagelapse.capture.actions import MAX_ACTIONS, Action
from pagelapse.capture.urls import checked_url

SEND_TO = ("webhook", "slack")
"""Whom a `change` may tell, the first one when it names nobody."""

Given = Mapping[str, object]

_ACTION: TypeAdapter[Action] = TypeAdapter(Action)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_VENDOR_KEYS = {"source": "value", "css": "value", "checked": "value", "ms": "value"}


def parse(value: object) -> tuple[Action, ...]:
    """Read an array of actions, or a JSON string of one. Keys that an action has no use for are ignored.

    Raises:
        ValueError: Says which action is wrong, counted from 1, and why; it never quotes a value.
    """
    entries = _array(value)
    if len(entries) > MAX_ACTIONS:
        raise ValueError(f"holds more than {MAX_ACTIONS} actions")
    return tuple(_action(index, entry) for index, entry in enumerate(entries, start=1))


def in_vendor_terms(message: str) -> str:
    """A failed action's message with the vendor's name of its type."""
    return re.sub(r"(?<=^action )(\d+) \((\w+)", _renamed, message)


def _renamed(found: re.Match[str]) -> str:
    return f"{found[1]} ({_VENDOR_TYPES.get(found[2], found[2])}"


def _array(value: object) -> list[object]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("is not JSON") from None
    if not isinstance(value, list):
        raise ValueError("must be an array of actions, or a JSON string of one")
    return value


def _action(index: int, entry: object) -> Action:
    if not isinstance(entry, dict):
        raise ValueError(f"action {index}: must be an object")
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise ValueError(f"action {index}: type must be one of {', '.join(_TYPES)}")
    our_type, fields = _TYPES[kind]
    try:
        return _ACTION.validate_python({"type": our_type, **fields(entry)})
    except ValidationError as error:
        raise ValueError(f"action {index} ({kind}): {_problem(error)}") from None
    except ValueError as error:
        raise ValueError(f"action {index} ({kind}): {error}") from None


def _problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = str(problem["loc"][-1])
    key = "value" if field == "url" else _VENDOR_KEYS.get(field, field)
    return f"{key}: {problem['msg'].removeprefix('Value error, ')}"


def _required(given: Given, key: str) -> object:
    if given.get(key) is None:
        raise ValueError(f"{key}: is missing")
    return given[key]


def _selector(given: Given) -> dict[str, object]:
    return {"selector": _required(given, "selector")}


def _text(given: Given) -> object:
    """The value; a number as it is written."""
    value = _required(given, "value")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _on_element(given: Given) -> dict[str, object]:
    return {**_selector(given), "value": _text(given)}


def _checkbox(given: Given) -> dict[str, object]:
    checked = _FLAGS.get(str(_required(given, "value")).strip().lower())
    if checked is None:
        raise ValueError("value: must be true or false")
    return {**_selector(given), "checked": checked}


def _change(given: Given) -> dict[str, object]:
    """What is watched; whom to tell belongs to the configuration, and is only checked here."""
    if (given.get("send_to") or SEND_TO[0]) not in SEND_TO:
        raise ValueError(f"send_to: must be {' or '.join(SEND_TO)}")
    url = _required(given, "url")
    if not isinstance(url, str):
        raise ValueError("url: must be a text")
    try:
        checked_url(url.encode().decode())
    except UnicodeEncodeError:
        raise ValueError("url: holds half a character") from None
    except ValueError as error:
        raise ValueError(f"url: {error}") from None
    return _selector(given)


def _value_as(field: str) -> Callable[[Given], dict[str, object]]:
    return lambda given: {field: _required(given, "value")}


def _nothing(_given: Given) -> dict[str, object]:
    return {}


_TYPES: dict[str, tuple[str, Callable[[Given], dict[str, Any]]]] = {
    "click": ("click", _selector),
    "hover": ("hover", _selector),
    "change": ("observe", _change),
    "redirect": ("goto", _value_as("url")),
    "javascript": ("run_script", _value_as("source")),
    "evaluateJs": ("evaluate", _value_as("source")),
    "css": ("add_style", _value_as("css")),
    "text_field": ("fill", _on_element),
    "select": ("select_option", _on_element),
    "checkbox": ("set_checked", _checkbox),
    "submit": ("press_enter", _nothing),
    "wait": ("wait", _value_as("ms")),
    "wait_for_selector": ("wait_for_selector", _selector),
}
"""The vendor's types, ours, and how the fields of ours are read."""

_VENDOR_TYPES = {ours: vendors for vendors, (ours, _) in _TYPES.items()}

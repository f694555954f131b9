"""Our own parameter of configurations, in every dialect that has them: `compare` (docs/visual-changes.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import JsonValue, ValidationError

from pagelapse.comparison.model import Settings
from pagelapse.errors import InvalidOption
from pagelapse.monitoring.comparisons import Comparing, ComparisonSummary

NAME = "compare"

_TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE = frozenset({"false", "0", "no", "off", "f", "n"})
_SETTINGS = frozenset(Settings.model_fields)
_OWN = frozenset(Comparing.model_fields) - {"settings"}


def comparing_of(value: object, *, option: str = NAME) -> Comparing | None:
    """How captures are to be compared.

    Args:
        value: `true`, `false`, an object of settings, or a JSON string of one.
        option: The caller's name of it.

    Raises:
        InvalidOption: When it is none of them, or a setting has a value that it can't have; the message names it.
    """
    given = _parsed(value, option)
    if given is None:
        return None
    for name in sorted(given.keys() - _SETTINGS - _OWN):
        known = ", ".join(sorted(_SETTINGS | _OWN))
        raise InvalidOption(f"has no setting {name[:50]!r}; there are {known}", option=option)
    own = {name: inner for name, inner in given.items() if name in _OWN}
    settings = {name: inner for name, inner in given.items() if name in _SETTINGS}
    try:
        return Comparing.model_validate({**own, "settings": settings})
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"] if part != "settings")
        message = problem["msg"].removeprefix("Value error, ")
        raise InvalidOption(f"{where}: {message}", option=option) from None


def summary_json(summary: ComparisonSummary, link: Callable[[str], str]) -> dict[str, JsonValue]:
    """A comparison in brief, beside its screenshot; `link` gives the public address of a stored file."""
    diff = link(summary.diff_key) if summary.diff_key else None
    return {**summary.model_dump(mode="json", exclude={"diff_key"}), "diff_link": diff}


def schema() -> dict[str, Any]:
    """The parameter's JSON schema."""
    made = Comparing.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = made.pop("$defs")
    settings, area = definitions["Settings"]["properties"], definitions["Area"]
    settings["ignore"]["items"] = {key: area[key] for key in ("type", "properties", "required")}
    properties = {name: found for name, found in made["properties"].items() if name != "settings"} | settings
    plain = {"type": "object", "additionalProperties": False, "properties": properties}
    return {
        "description": "Compare each screenshot with the one before it: true, or settings. Pagelapse's own.",
        "oneOf": [{"type": "boolean"}, plain, {"type": "string", "description": "JSON of the same."}],
    }


def _parsed(value: object, option: str) -> dict[str, Any] | None:
    """The settings as given; `None` when nothing is to be compared."""
    wrong = InvalidOption("must be true, false, or an object of settings, or JSON of one", option=option)
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in _TRUE | _FALSE:
            return {} if text.lower() in _TRUE else None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise wrong from None
    if value in (None, False):
        return None
    if value is True:
        return {}
    if not isinstance(value, dict):
        raise wrong
    return value

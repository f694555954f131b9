"""Short forms of values, beside those of `CaptureOptions`."""

from __future__ import annotations

import json
import re
from typing import Any

from pagelapse.dialects import models
from pagelapse.errors import InvalidOption
from pagelapse.monitoring.schedules import INTERVALS, LONGEST_YEARS, Interval, is_too_long

STRUCTURED = frozenset(
    [
        "actions",
        "compare",
        "cookies",
        "geolocation",
        "headers",
        "hide",
        "http_credentials",
        "ignored",
        "last_scripts",
        "texts",
        "thumbnail",
        "urls",
        "viewport",
    ]
)
"""Parameters whose values have an inner structure; in a query they are JSON or a short form."""

_SIZE = re.compile(r"(\d{0,6})x(\d{0,6})", re.IGNORECASE)
_EVERY = re.compile(r"(?:(\d{1,9}) +)?(minute|hour|day|week|month|year)s?", re.IGNORECASE)
_LISTS = frozenset({"hide", "ignored", "last_scripts", "texts", "urls"})


def structured(name: str, value: object) -> object:
    """A value in the form of `CaptureOptions`.

    Raises:
        InvalidOption: When it looks like JSON and is none, or a short form is malformed.
    """
    if name not in STRUCTURED:
        return value
    value = _from_json(name, value)
    if name in ("viewport", "thumbnail"):
        return _size(name, value)
    if name in _LISTS and isinstance(value, str):
        return [value]
    if name in ("headers", "cookies"):
        return _pairs(name, value)
    if name == "http_credentials" and isinstance(value, str):
        username, _, password = value.partition(":")
        return {"username": username, "password": password}
    return value


def schedule_of(every: str) -> tuple[int, Interval]:
    """`hour`, `30 minutes`, `2 weeks`: how many of what.

    Raises:
        ValueError: When it is none of these.
    """
    found = _EVERY.fullmatch(every.strip())
    if found is None:
        raise ValueError("must be a time such as 30 minutes, hour, 2 days, week or month")
    count = int(found[1] or 1)
    interval = next(interval for interval in INTERVALS if interval.startswith(found[2].lower()))
    if count < 1 or is_too_long(count, interval):
        raise ValueError(f"must lie between a minute and {LONGEST_YEARS} years")
    return count, interval


def _from_json(name: str, value: object) -> object:
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{") or _is_selector(name, value):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise InvalidOption("looks like JSON and is none", option=name) from None


def _is_selector(name: str, value: str) -> bool:
    """`[hidden]` is CSS; JSON arrays of texts begin with a quote or end at once."""
    return name in ("hide", "texts") and value.lstrip()[:1] == "[" and value.lstrip()[1:].lstrip()[:1] not in ('"', "]")


def _size(name: str, value: object) -> object:
    """`1280x800`; a thumbnail may leave one side open, `320x`."""
    if not isinstance(value, str):
        return value
    found = _SIZE.fullmatch(value.strip())
    if found is None or not (found[1] or found[2]):
        raise InvalidOption("must be a size such as 1280x800", option=name)
    return {side: int(text) for side, text in (("width", found[1]), ("height", found[2])) if text}


def _pairs(name: str, value: object) -> object:
    """An object of names and values, or `a=1; b=2` for cookies and `Name: value` lines for headers."""
    if isinstance(value, dict):
        return [{"name": each, "value": text} for each, text in value.items()]
    if not isinstance(value, str):
        return value
    if name == "headers":
        lines = [line.partition(":") for line in value.splitlines() if line.strip()]
        return [{"name": each.strip(), "value": text.strip()} for each, _, text in lines]
    try:
        return models.cookies(value)
    except ValueError as error:
        raise InvalidOption(str(error), option=name) from None


def plain(value: Any) -> Any:
    """What of a value may be stored and shown again: JSON."""
    return json.loads(json.dumps(value, default=str))

"""Values that PagePixels takes in more than one form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from pydantic import ValidationError

from pagelapse.capture.options import Cookie, Header

_NAME_KEYS = ("key", "name")


def image_format(value: object) -> object:
    """Lower case, and `jpg`, the ending of the vendor's own links, for `jpeg`."""
    if not isinstance(value, str):
        return value
    name = value.strip().lower()
    return "jpeg" if name == "jpg" else name


def location(value: object) -> object:
    """PagePixels documents `false` as the default of `real_location`: no location."""
    return None if value is False or (isinstance(value, str) and value.strip().lower() == "false") else value


def headers(value: object) -> tuple[Header, ...]:
    """`[{"key": …, "value": …}]`, an object, a JSON string of either, or `Name: value` lines.

    The vendor's text says "Text" and its clients send arrays.

    Raises:
        ValueError: When it is none of them, or holds a name or a value that HTTP forbids.
    """
    pairs = _pairs(value, _header_lines)
    try:
        return tuple(Header(name=name, value=text) for name, text in pairs)
    except ValidationError:
        raise ValueError("must hold names and values that HTTP allows") from None


def cookies(value: object) -> tuple[Cookie, ...]:
    """As `headers`; the plain text is that of a `Cookie` header, `a=1; b=2` (RFC 6265, 4.2.1).

    Raises:
        ValueError: When it is none of them, or holds a name or a value that cookies can't have.
    """
    pairs = _pairs(value, _cookie_string)
    try:
        return tuple(Cookie(name=name, value=text) for name, text in pairs)
    except ValidationError:
        raise ValueError("must hold names and values that cookies allow") from None


def _pairs(value: object, from_text: Callable[[str], Iterable[tuple[str, str]]]) -> list[tuple[str, str]]:
    if isinstance(value, str):
        text = value.strip()
        return _pairs(_from_json(text), from_text) if text[:1] in ("[", "{") else list(from_text(text))
    if isinstance(value, dict):
        return [(name, _text(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return [_pair(entry) for entry in value]
    raise ValueError("must be a text, an array of {key, value}, or a JSON string of one")


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("looks like JSON and is none") from None


def _pair(entry: object) -> tuple[str, str]:
    if isinstance(entry, dict):
        name = next((entry[key] for key in _NAME_KEYS if key in entry), None)
        if isinstance(name, str) and "value" in entry:
            return name, _text(entry["value"])
    raise ValueError("must hold objects with key and value")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError("must hold texts or numbers as values")


def _header_lines(text: str) -> Iterable[tuple[str, str]]:
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("must have a colon in each line, as in Name: value")
        yield name.strip(), value.strip()


def _cookie_string(text: str) -> Iterable[tuple[str, str]]:
    for part in filter(None, map(str.strip, text.replace("\n", ";").split(";"))):
        name, equals, value = part.partition("=")
        if not equals:
            raise ValueError("must be written as name=value; name2=value2")
        yield name.strip(), value.strip()

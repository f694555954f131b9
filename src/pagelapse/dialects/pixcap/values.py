"""Values that Pixcap takes in more than one form."""

from __future__ import annotations

import json

from pydantic import ValidationError

from pagelapse.capture.options import Cookie


def image_format(value: object) -> object:
    """Lower case, and `jpg` for `jpeg`."""
    if not isinstance(value, str):
        return value
    name = value.strip().lower()
    return "jpeg" if name == "jpg" else name


def cookies(value: object) -> tuple[Cookie, ...]:
    """An array of `{name, value, domain?, path?}`, or a JSON string of one. Other attributes that browsers export
    with cookies, such as `expires` or `httpOnly`, change nothing that one page load could see.

    Raises:
        ValueError: When it is neither, or holds what cookies can't have.
    """
    entries = _from_json(value) if isinstance(value, str) else value
    if isinstance(entries, dict):
        entries = [entries]
    if not isinstance(entries, list | tuple):
        raise ValueError("must be an array of {name, value, domain?, path?}, or a JSON string of one")
    return tuple(_cookie(entry) for entry in entries)


def selectors(value: object) -> tuple[str, ...]:
    """An array of CSS selectors, a JSON string of one, or one text, in which commas are CSS's own.

    Raises:
        ValueError: When it is none of them.
    """
    if isinstance(value, str):
        # `[` also begins a CSS attribute selector.
        parsed = _json_list(value) if value.lstrip().startswith("[") else None
        value = [value] if parsed is None else parsed
    if not isinstance(value, list | tuple) or not all(isinstance(selector, str) for selector in value):
        raise ValueError("must be an array of CSS selectors, a JSON string of one, or selectors with commas between")
    return tuple(filter(None, (selector.strip(" \t\n,") for selector in value)))


def _json_list(text: str) -> list[object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is text that is no JSON") from None


def _cookie(entry: object) -> Cookie:
    if not isinstance(entry, dict):
        raise ValueError("must hold objects with name and value")
    value = entry.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    try:
        return Cookie(
            name=entry.get("name"), value=value, domain=entry.get("domain") or None, path=entry.get("path") or None
        )
    except ValidationError:
        raise ValueError("must hold names, values, domains and paths that cookies allow") from None

"""Values that Browshot writes in its own way."""

from __future__ import annotations

import re

from pydantic import ValidationError

from pagelapse.capture.options import Cookie

_SCREEN = re.compile(r"([0-9]{1,4})[xX]([0-9]{1,4})", re.ASCII)


def screen(text: str) -> tuple[int, int]:
    """Width and height of `1200x800`, px.

    Raises:
        ValueError: When it is no such text.
    """
    found = _SCREEN.fullmatch(text.strip())
    if found is None or "0" in found.groups():
        raise ValueError("must be written as width x height, as in 1200x800")
    return int(found[1]), int(found[2])


def cookies(text: str) -> tuple[Cookie, ...]:
    """The cookies of `a=1; b=2`, the form of a `Cookie` header (RFC 6265, 4.2.1).

    Raises:
        ValueError: When it is none, or holds a name or a value that cookies can't have.
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals:
            raise ValueError("must be written as name=value; name2=value2")
        try:
            found.append(Cookie(name=name.strip(), value=value.strip()))
        except ValidationError:
            raise ValueError("must hold names and values that cookies allow") from None
    return tuple(found)

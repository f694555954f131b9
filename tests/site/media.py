"""Pictures and lists that pages of the tests ask for."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO

from PIL import Image


@cache
def png(color: str, width: int = 20, height: int = 20) -> bytes:
    """A picture of one colour, given as RRGGBB; px."""
    out = BytesIO()
    Image.new("RGB", (width, height), f"#{color}").save(out, "PNG")
    return out.getvalue()


@cache
def gif() -> bytes:
    """An animated GIF without end: 100 ms of green, then red, then blue."""
    frames = [Image.new("RGB", (20, 20), color) for color in ("#00ff00", "#ff0000", "#0000ff")]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return out.getvalue()


def items(first: int, count: int) -> bytes:
    """A page of a list, as JSON."""
    return json.dumps({"items": list(range(first, first + count))}).encode()

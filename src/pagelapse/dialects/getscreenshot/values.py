"""Values that GetScreenshot takes in forms of its own."""

from __future__ import annotations

import re
from typing import get_args

from pagelapse.capture.actions import Click, ClickPoint
from pagelapse.capture.options import Cookie, LoadState, PaperFormat
from pagelapse.dialects import models

_POINT = re.compile(r"\[\s*(\d{1,5}(?:\.\d{1,3})?)\s*,\s*(\d{1,5}(?:\.\d{1,3})?)\s*\]", re.ASCII)
_PAIR = re.compile(r"\s*([^=;,\s]+)\s*,(.*)", re.DOTALL)
_PAPERS: dict[str, PaperFormat] = {name.lower(): name for name in get_args(PaperFormat)}
_EVENTS: dict[str, LoadState] = {
    "load": "load",
    "domcontentloaded": "domcontentloaded",
    "networkidle": "networkidle",
    "networkidle0": "networkidle",
    "networkidle2": "networkidle",
}


def image_format(value: object) -> object:
    """Lower case, and `jpg` for `jpeg`."""
    name = value.strip().lower() if isinstance(value, str) else value
    return "jpeg" if name == "jpg" else name


def paper(value: object) -> PaperFormat:
    """A paper's name in any case; raises `ValueError`."""
    found = _PAPERS.get(str(value).strip().lower())
    if found is None:
        raise ValueError(f"must be one of {', '.join(_PAPERS)}")
    return found


def event(value: object) -> LoadState | None:
    """Puppeteer's names of the events of loading; raises `ValueError`."""
    if value is None:
        return None
    found = _EVENTS.get(str(value).strip().lower())
    if found is None:
        raise ValueError(f"must be one of {', '.join(_EVENTS)}")
    return found


def click(value: object) -> Click | ClickPoint | None:
    """`[x,y]`, CSS px, or a CSS selector; raises `ValueError`."""
    if value is None:
        return None
    text = str(value).strip()
    point = _POINT.fullmatch(text)
    if point:
        return ClickPoint(type="click_point", x=float(point[1]), y=float(point[2]))
    return Click(type="click", selector=text)


def cookie(value: object) -> tuple[Cookie, ...]:
    """`name,value`, as the vendor has it, or `a=1; b=2`; raises `ValueError`."""
    pair = _PAIR.fullmatch(value) if isinstance(value, str) else None
    return models.cookies(f"{pair[1]}={pair[2].strip()}" if pair and ";" not in pair[2] else value)

"""One capture, as each dialect would be asked for it with curl.

`dialects/<name>/curl.py` holds `def request(capture: SimpleCapture) -> Asked`.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from pagelapse.capture.options import CaptureOptions, Viewport

KEY = "$PAGELAPSE_KEY"
"""Stands for the key, so that nobody has to show it; `make run` writes it to `.local/env` under this name."""


@dataclass(frozen=True, slots=True)
class SimpleCapture:
    """What all dialects can be asked for, more or less."""

    url: str
    width: int = 1280
    height: int = 800
    full_page: bool = False
    type: Literal["png", "jpeg", "webp"] = "png"
    delay_s: int | None = None
    """After the page has loaded, seconds; `None` waits until it is painted and quiet."""
    block_ads: bool = False
    reject_cookies: bool = False

    def options(self) -> CaptureOptions:
        """The capture; raises `pydantic.ValidationError`."""
        return CaptureOptions(
            url=self.url,
            viewport=Viewport(width=self.width, height=self.height),
            full_page=self.full_page,
            type=self.type,
            delay_ms=None if self.delay_s is None else self.delay_s * 1000,
            block_ads=self.block_ads,
            block_trackers=self.block_ads,
            cookie_banners="reject" if self.reject_cookies else "keep",
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A dialect's request."""

    vendor: str
    """As it writes its name."""
    path: str
    parameters: Mapping[str, str | int]
    key_parameter: str
    differs: tuple[str, ...] = ()
    """What the picture will not be as asked for, in people's words."""
    saves: bool = True
    """Whether the answer is the picture itself."""


@dataclass(frozen=True, slots=True)
class Curl:
    """A request that can be pasted into a shell."""

    dialect: str
    vendor: str
    command: str
    differs: tuple[str, ...]


def curl(dialect: str, base: str, capture: SimpleCapture) -> Curl:
    """A dialect's request for a capture from the API at `base`."""
    asked: Asked = import_module(f"pagelapse.dialects.{dialect}.curl").request(capture)
    output = f" -o page.{'jpg' if capture.type == 'jpeg' else capture.type}" if asked.saves else ""
    lines = [f"curl -sSL --fail-with-body -G{output} {shlex.quote(base + asked.path)}"]
    lines += [f'--data-urlencode "{asked.key_parameter}={KEY}"']
    lines += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in asked.parameters.items()]
    return Curl(dialect, asked.vendor, " \\\n  ".join(lines), asked.differs)


def flags(**given: bool) -> dict[str, str]:
    """Those that are set, as `true`."""
    return {name: "true" for name, value in given.items() if value}

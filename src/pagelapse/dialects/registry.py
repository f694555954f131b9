"""Which dialects there are: one line each, and nothing of a dialect is imported before its first request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True, slots=True)
class Dialect:
    """A vendor's API.

    Attributes:
        name: Of its folder, its tests' folder and its OpenAPI document.
        paths: Those that are its own, with everything below them unless another dialect's path goes deeper.
    """

    name: str
    paths: frozenset[str]


_PAGEPIXELS = (
    "/snap /snap_html /screenshot_configs /screenshots /jobs /change_notifications /ai /real_locations"
    " /account_limits /app"
)

_BROWSHOT = (
    "/api/v1/simple /api/v1/account /api/v1/instance /api/v1/browser /screenshot/image /share"
    " /api/v1/screenshot/create /api/v1/screenshot/info /api/v1/screenshot/list /api/v1/screenshot/host"
    " /api/v1/screenshot/thumbnail /api/v1/screenshot/share /api/v1/screenshot/delete /api/v1/screenshot/search"
    " /api/v1/screenshot/multiple /api/v1/screenshot/html"
)
_PIXCAP = "/api/v1/screenshot /api/v1/bulk-screenshot /api/v1/connectors /api/v1/register /api/v1/keys"

DIALECTS = (
    Dialect("pagepixels", frozenset(_PAGEPIXELS.split())),
    Dialect("pixcap", frozenset(_PIXCAP.split())),
    Dialect("savepage", frozenset({"/v1"})),
    Dialect("getscreenshot", frozenset({"/v1/get-screenshot", "/v1/usage"})),
    Dialect("browshot", frozenset(_BROWSHOT.split())),
    Dialect("native", frozenset({"/pagelapse/v1"})),
)


def dialect_of(path: str) -> Dialect | None:
    """The dialect that a request's path belongs to."""
    while path:
        for dialect in DIALECTS:
            if path in dialect.paths:
                return dialect
        path = path.rpartition("/")[0]
    return None


@cache
def application(name: str) -> FastAPI:
    """A dialect's FastAPI application, imported on first use."""
    app: FastAPI = import_module(f"pagelapse.dialects.{name}.routes").app
    return app

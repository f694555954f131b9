"""Style and script, at addresses that change with their contents, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).with_name("static")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages refer to."""

    path: str
    """Of its address."""
    body: bytes
    media_type: str


def url(name: str) -> str:
    """The path of a file in `static/`."""
    return _assets()[name].path


async def serve(request: Request) -> Response:
    """A file by its hashed name; an older or a made-up name is not found."""
    found = {asset.path: asset for asset in _assets().values()}.get(request.url.path)
    if found is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(found.body, media_type=found.media_type, headers=headers)


@cache
def _assets() -> dict[str, Asset]:
    files = [path for path in _FOLDER.iterdir() if path.suffix in _TYPES]
    return {path.name: _asset(path) for path in files}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Asset(f"/app/static/{path.stem}.{digest}{path.suffix}", body, _TYPES[path.suffix])

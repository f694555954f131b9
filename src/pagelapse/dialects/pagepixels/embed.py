"""The embed URL: a configuration's newest picture for anybody, without a key, at an address that never changes."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from pagelapse import services as composition
from pagelapse.dialects.pagepixels.access import guarded
from pagelapse.dialects.pagepixels.errors import SAFE_HEADERS

EMBED_AGE_S = 60
_PLACEHOLDER = Path(__file__).with_name("placeholder.png")
_PLACEHOLDER_PATH = "/app/placeholder.png"


class _Png(Response):
    media_type = "image/png"


router = APIRouter(prefix="/app")


@router.get(
    "/screenshots/{configuration_id}/embed", operation_id="embed", status_code=302, response_class=RedirectResponse
)
async def embed(request: Request, configuration_id: str) -> Response:
    """Redirect to the newest picture, or to the placeholder before there is one."""

    async def handle() -> Response:
        configurations = composition.configurations()
        shown = configurations.embed(configuration_id)
        target = shown.placeholder_url or _PLACEHOLDER_PATH
        if shown.picture_key is not None:
            target = configurations.link(shown.picture_key)
        return RedirectResponse(target, 302, headers=_cached(EMBED_AGE_S))

    return await guarded(request, handle)


@router.get("/placeholder.png", operation_id="placeholder", response_class=_Png)
async def placeholder() -> Response:
    """The picture that stands for one that does not exist yet."""
    return Response(_PLACEHOLDER.read_bytes(), media_type="image/png", headers=_cached(86_400))


def _cached(seconds: int) -> dict[str, str]:
    return {**SAFE_HEADERS, "Cache-Control": f"public, max-age={seconds}"}

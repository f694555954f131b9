"""PagePixels' real locations ("Real Location Screenshots")."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from pagelapse import services as composition
from pagelapse.dialects.pagepixels.access import guarded, private_caller
from pagelapse.dialects.pagepixels.errors import SAFE_HEADERS
from pagelapse.dialects.pagepixels.openapi import FAILURES
from pagelapse.dialects.parameters import read_parameters

_ANSWER = {
    "type": "object",
    "properties": {"success": {"const": True}, "results": {"type": "array", "items": {"type": "string"}}},
}
_OPERATION: dict[str, Any] = {
    "responses": {
        "200": {"description": "What `real_location` may be.", "content": {"application/json": {"schema": _ANSWER}}},
        **FAILURES,
    }
}

router = APIRouter()


@router.get("/real_locations", operation_id="getRealLocations", openapi_extra=_OPERATION)
async def real_locations(request: Request) -> Response:
    """List the locations that a screenshot can be taken from."""
    return await guarded(request, lambda: _real_locations(request))


async def _real_locations(request: Request) -> Response:
    private_caller(request, await read_parameters(request))
    answer = {"success": True, "results": composition.locations().names()}
    return JSONResponse(answer, headers={**SAFE_HEADERS, "Cache-Control": "no-store"})

"""Pixcap's endpoints.

The handlers block: Lambda gives a sandbox one request at a time, so a thread would only cost a hop.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from pagelapse.dialects.pixcap import bulk, connectors, keys, screenshot
from pagelapse.dialects.pixcap.access import guarded
from pagelapse.dialects.pixcap.errors import failure
from pagelapse.dialects.pixcap.limits import GENERAL

app = FastAPI(
    title="Pagelapse: Pixcap API",
    version="1",
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
)

_ROUTERS = (screenshot.router, keys.router, bulk.router, connectors.router)
for _router in _ROUTERS:
    app.include_router(_router)


@app.exception_handler(HTTPException)
async def no_route(request: Request, error: HTTPException) -> Response:
    """An unknown path or method, in the vendor's form."""
    status = HTTPStatus(error.status_code)
    headers = {"Allow": _allowed(request)} if status is HTTPStatus.METHOD_NOT_ALLOWED else {}

    async def refuse() -> Response:
        return failure(status, status.name, f"{status.phrase}.", headers=headers)

    return await guarded(request, GENERAL, refuse)


def _allowed(request: Request) -> str:
    """The methods of all routes at the path (RFC 9110, 15.5.6); Starlette names those of the first."""
    routes = [route for router in _ROUTERS for route in router.routes]
    found = [route for route in routes if route.matches(request.scope)[0] is Match.PARTIAL]
    return ", ".join(sorted({method for route in found for method in getattr(route, "methods", ())}))

"""Pixcap's endpoints.

The handlers block: Lambda gives a sandbox one request at a time, so a thread would only cost a hop.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from pagelapse.dialects.pixcap import keys, screenshot
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

app.include_router(screenshot.router)
app.include_router(keys.router)
# bulk: include its router here.
# connectors: include its router here.


@app.exception_handler(HTTPException)
async def no_route(request: Request, error: HTTPException) -> Response:
    """An unknown path or method, in the vendor's form."""
    status = HTTPStatus(error.status_code)

    async def refuse() -> Response:
        return failure(status, status.name, f"{status.phrase}.", headers=dict(error.headers or {}))

    return await guarded(request, GENERAL, refuse)

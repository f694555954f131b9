"""Our own API's endpoints.

The handlers block: Lambda gives a sandbox one request at a time, so a thread would only cost a hop.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from pagelapse.dialects.native import account, batches, captures, comparisons, watches
from pagelapse.dialects.native.problems import problem


class _App(FastAPI):
    """Describes itself only when asked: that takes what no other request needs."""

    def openapi(self) -> dict[str, Any]:
        from pagelapse.dialects.native.openapi import described

        return described(super().openapi())


app = _App(title="Pagelapse API", version="1", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)

for _router in (captures.router, watches.router, comparisons.router, batches.router, account.router):
    app.include_router(_router)


@app.exception_handler(HTTPException)
async def no_route(_request: Request, error: HTTPException) -> Response:
    """An unknown path or method, as a problem."""
    status = HTTPStatus(error.status_code)
    return problem(status, status.name.lower(), f"{status.phrase}.", headers=dict(error.headers or {}))

"""Browshot's endpoints.

The handlers block: Lambda gives a sandbox one request at a time, so a thread would only cost a hop.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from pagelapse.dialects.browshot import account, hosting, multiple, screenshots, sharing, simple
from pagelapse.dialects.browshot.errors import json_failure

app = FastAPI(
    title="Pagelapse: Browshot API",
    version="1.11",
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
)

app.include_router(simple.router)
app.include_router(screenshots.router)
app.include_router(multiple.router)
app.include_router(hosting.router)
app.include_router(sharing.router)
app.include_router(account.router)


@app.exception_handler(HTTPException)
async def no_route(_request: Request, error: HTTPException) -> Response:
    """An unknown path or method, in the vendor's form."""
    phrase = f"{HTTPStatus(error.status_code).phrase}."
    content = {"error": phrase, "status": "error"}
    return json_failure(error.status_code, content, phrase, dict(error.headers or {}))

"""`/docs`: the APIs' descriptions to be read, and as OpenAPI documents. Plain HTML: no script, nothing fetched."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from pagelapse.api.openapi import described, document
from pagelapse.api.pages import api_page, index_page
from pagelapse.dialects.registry import DIALECTS

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
}
_NAMES = tuple(dialect.name for dialect in DIALECTS)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request below `/docs`."""
    await _response(scope["method"], scope["path"])(scope, receive, send)


def _response(method: str, path: str) -> Response:
    if method not in ("GET", "HEAD"):
        return _problem(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"})
    name = path.removeprefix("/docs").strip("/")
    if not name:
        return HTMLResponse(index_page({each: described(each) for each in _NAMES}), headers=_HEADERS)
    if name in _NAMES:
        return HTMLResponse(api_page(name, described(name)), headers=_HEADERS)
    if name.removesuffix(".json") in _NAMES:
        return Response(document(name.removesuffix(".json")), headers=_HEADERS, media_type="application/json")
    return _problem(HTTPStatus.NOT_FOUND, {})


def _problem(status: HTTPStatus, headers: dict[str, str]) -> Response:
    text = f"<!doctype html><html lang=en><title>{status.phrase}</title><p>{status.phrase}. <a href=/docs>The APIs</a>"
    return HTMLResponse(text, status, headers=_HEADERS | {"Cache-Control": "no-store"} | headers)

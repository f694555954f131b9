"""Browshot's `screenshot/share` with its public page, and `screenshot/delete`."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.browshot.access import answer, failure_with_id, own_base, success
from pagelapse.dialects.browshot.errors import Refused
from pagelapse.dialects.browshot.openapi import json_operation
from pagelapse.dialects.browshot.parsing import parse
from pagelapse.dialects.browshot.query_params import DeleteParams, ShareParams
from pagelapse.dialects.browshot.screenshots import finished, order_of
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import JobNotFound, JobPending
from pagelapse.services.order_pictures import SharedPicture

_PRIVATE_WORDS = {
    "picture": (),
    "url": ("url",),
    "metadata": ("post_data", "cookie", "referer"),
}
"""The caller's words that go with each part."""

_PARTS = {"image": "picture"}

_STYLE = (
    "body{font:16px sans-serif;margin:2em}h1{font-size:1.2em;overflow-wrap:anywhere}img{max-width:100%;height:auto}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

router = APIRouter()


async def share(request: Request) -> Response:
    """Make a public page of a screenshot."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(ShareParams, parameters)
        order = finished(order_of(caller, params.id))
        token = composition.order_pictures().share(order, params.note)
        return success({"status": "ok", "url": f"{own_base(request)}/share/{token}", "id": order.number})

    return await answer(request, handle, failure_with_id, knows=(ShareParams,))


async def delete(request: Request) -> Response:
    """Delete parts of a screenshot."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(DeleteParams, parameters)
        parts = {_PARTS.get(part, part) for part in params.parts()}
        order = order_of(caller, params.id)
        words = {word for part in parts for word in _PRIVATE_WORDS[part]}
        try:
            composition.order_pictures().erase(order, parts, words)
        except JobPending:
            raise Refused("Screenshot is not finished") from None
        return success({"status": "ok", "id": order.number})

    return await answer(request, handle, failure_with_id, knows=(DeleteParams,))


for _name, _handler, _model in (("share", share, ShareParams), ("delete", delete, DeleteParams)):
    for _method in ("GET", "POST"):
        router.add_api_route(
            f"/api/v1/screenshot/{_name}",
            _handler,
            methods=[_method],
            operation_id=f"{_method.lower()}Screenshot{_name.title()}",
            openapi_extra=json_operation(_model, body=_method == "POST"),
        )


@router.get("/share/{token}", operation_id="sharePage")
async def share_page(token: str) -> Response:
    """The public page of a screenshot."""
    try:
        shared = composition.order_pictures().shared(token)
    except JobNotFound:
        return HTMLResponse(_page("Not found", "<h1>Not found</h1>"), 404, headers=_headers("'none'"))
    link = composition.order_pictures().link(shared.result.file)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    return HTMLResponse(_page("Screenshot", _content(shared, link)), headers=_headers(origin))


def _content(shared: SharedPicture, link: str) -> str:
    """The page's inside. Urls and notes are other people's words: as text only, and no address becomes a link."""
    url = escape(str(shared.order.wishes.get("url", "")))
    parts = [f"<h1>{url or 'Screenshot'}</h1>"]
    if shared.result.taken_at_ms:
        taken = datetime.fromtimestamp(shared.result.taken_at_ms / 1000, UTC)
        parts.append(f"<p><time>{taken:%Y-%m-%d %H:%M} UTC</time></p>")
    if shared.note:
        parts.append(f"<p>{escape(shared.note)}</p>")
    size = f'width="{shared.result.file.width}" height="{shared.result.file.height}"'
    return "".join([*parts, f'<p><img src="{escape(link)}" alt="Screenshot of {url}" {size}></p>'])


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_STYLE}</style>{content}</html>"
    )


def _headers(pictures: str) -> dict[str, str]:
    allowed = f"img-src {pictures}; style-src 'sha256-{_STYLE_HASH}'"
    return {
        "Content-Security-Policy": f"default-src 'none'; {allowed}; frame-ancestors 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }

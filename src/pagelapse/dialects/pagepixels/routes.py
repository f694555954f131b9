"""PagePixels' endpoints.

The handlers block: Lambda gives a sandbox one request at a time, so a thread would only cost a hop.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.pagepixels import analysis, configurations, embed, limits, locations
from pagelapse.dialects.pagepixels.access import guarded, key_of
from pagelapse.dialects.pagepixels.analysis import analysed, check_analysis, with_analysis
from pagelapse.dialects.pagepixels.errors import UNEXPECTED, failure
from pagelapse.dialects.pagepixels.openapi import snap_html_operation, snap_operation
from pagelapse.dialects.pagepixels.params import SnapHtmlParams, SnapParams, ignored_names, parse
from pagelapse.dialects.pagepixels.responses import file_response, links_response
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidOption, InvalidSignature
from pagelapse.observability import log_url
from pagelapse.records import RECORD_DAYS
from pagelapse.signatures import check_signature

_P = TypeVar("_P", SnapParams, SnapHtmlParams)
_LONGEST_TTL_S = RECORD_DAYS * 86_400

app = FastAPI(
    title="Pagelapse: PagePixels API",
    version="1",
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
)


async def snap(request: Request) -> Response:
    """Capture a page and answer with the image, its links, or its HTML."""
    return await guarded(request, lambda: _snap(request, SnapParams))


async def snap_html(request: Request) -> Response:
    """Capture a document and answer with the image or its links."""
    return await guarded(request, lambda: _snap(request, SnapHtmlParams))


app.get("/snap", operation_id="getSnap", openapi_extra=snap_operation())(snap)
app.post("/snap", operation_id="postSnap", openapi_extra=snap_operation(body=True))(snap)
app.get("/snap_html", operation_id="getSnapHtml", openapi_extra=snap_html_operation())(snap_html)
app.post("/snap_html", operation_id="postSnapHtml", openapi_extra=snap_html_operation(body=True))(snap_html)

app.include_router(configurations.router)
app.include_router(embed.router)
app.include_router(limits.router)
app.include_router(analysis.router)
app.include_router(locations.router)


@app.exception_handler(HTTPException)
async def no_route(_request: Request, error: HTTPException) -> Response:
    """An unknown path or method, in the vendor's form."""
    phrase = HTTPStatus(error.status_code).phrase
    return failure(error.status_code, UNEXPECTED, f"{phrase}.", headers=dict(error.headers or {}))


async def _snap(request: Request, model: type[_P]) -> Response:
    """Answer a snap. The key is judged first, though its lookup already fetches the capture's record."""
    parameters = await read_parameters(request)
    asked = _asked(model, parameters)
    digest = None if isinstance(asked, InvalidOption) else asked[1].digest()
    caller = composition.services().accounts.identify(key_of(request, parameters), digest=digest)
    note(request.scope, account_id=caller.account.account_id)
    if isinstance(asked, InvalidOption):
        raise asked
    params, options = asked
    note(request.scope, target=log_url(options.url))
    _check_permission(caller, params)
    return _take(request, caller, params, options, ignored_names(model, parameters))


def _asked(model: type[_P], parameters: Parameters) -> tuple[_P, CaptureOptions] | InvalidOption:
    try:
        params = parse(model, parameters)
        return params, params.options()
    except InvalidOption as error:
        return error


def _check_permission(caller: Caller, params: SnapParams | SnapHtmlParams) -> None:
    """A publishable key needs the url's signature; a document has no url that could be signed."""
    if caller.kind != "publishable":
        return
    if isinstance(params, SnapHtmlParams):
        raise InvalidSignature("A publishable key can only capture a signed url; use the private key here.")
    check_signature(caller.account, params.url, params.hash_key)


def _take(
    request: Request,
    caller: Caller,
    params: SnapParams | SnapHtmlParams,
    options: CaptureOptions,
    ignored: list[str],
) -> Response:
    started = time.time()
    if params.analyze_image_with_ai:
        check_analysis(caller, document=params.document)
    snap = composition.services().snaps.snap(
        caller,
        options,
        ttl_s=min(params.ttl, _LONGEST_TTL_S),
        thumbnail=params.thumbnail() if params.json_links and not params.document else None,
        want_bytes=bool(params.document) or not params.json_links,
    )
    note(request.scope, job_id=snap.picture.job_id, source=snap.source, shortfall=snap.picture.shortfall)
    response = links_response(snap, ignored) if params.json_links else file_response(snap, ignored)
    if params.analyze_image_with_ai:
        return with_analysis(response, analysed(caller, snap, params.ai_prompt, started=started))
    return response

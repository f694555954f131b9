"""SavePage's endpoint.

The handlers block: Lambda gives a sandbox one request at a time, so a thread would only cost a hop.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.answers import guarded
from pagelapse.dialects.models import known_names
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.dialects.savepage.access import check_hash, key_of
from pagelapse.dialects.savepage.errors import error_response, failure, internal_error
from pagelapse.dialects.savepage.openapi import operation
from pagelapse.dialects.savepage.params import Params, parse
from pagelapse.dialects.savepage.responses import has_not_changed, image_response, not_modified
from pagelapse.errors import InvalidOption
from pagelapse.observability import log_url

app = FastAPI(
    title="Pagelapse: SavePage API",
    version="1",
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
)


async def save_page(request: Request) -> Response:
    """Capture a page and answer with the image."""
    return await guarded(request, lambda: _save_page(request), error_response, internal_error)


app.get("/v1", include_in_schema=False)(save_page)
app.get("/v1/", operation_id="getImage", openapi_extra=operation())(save_page)
app.post("/v1", include_in_schema=False)(save_page)
app.post("/v1/", operation_id="postImage", openapi_extra=operation(body=True))(save_page)


@app.exception_handler(HTTPException)
async def no_route(_request: Request, error: HTTPException) -> Response:
    """An unknown path or method, in the vendor's form."""
    phrase = HTTPStatus(error.status_code).phrase
    return failure(f"{phrase}.", status=error.status_code, headers=dict(error.headers or {}))


async def _save_page(request: Request) -> Response:
    """Answer a request. The key is judged first, though its lookup already fetches the capture's record."""
    parameters = await read_parameters(request)
    asked = _asked(request, parameters)
    digest = None if isinstance(asked, InvalidOption) else asked[1].digest()
    caller = composition.services().accounts.identify(key_of(parameters), digest=digest)
    note(request.scope, account_id=caller.account.account_id)
    if isinstance(asked, InvalidOption):
        raise asked
    params, options = asked
    note(request.scope, target=log_url(options.url))
    check_hash(caller, params)
    ignored = sorted(parameters.values.keys() - known_names(Params) - {"key"})
    return _answer(request, caller, params, options, ignored)


def _asked(request: Request, parameters: Parameters) -> tuple[Params, CaptureOptions] | InvalidOption:
    try:
        if "cookie" in request.query_params:
            raise InvalidOption("can only be sent in the body of a POST request", option="cookie")
        params = parse(parameters)
        return params, params.options()
    except InvalidOption as error:
        return error


def _answer(request: Request, caller: Caller, params: Params, options: CaptureOptions, ignored: list[str]) -> Response:
    snaps = composition.services().snaps
    stored = snaps.cached(caller, ttl_s=params.ttl_s)
    if stored and request.method == "GET" and has_not_changed(stored, request.headers.get("if-modified-since")):
        note(request.scope, job_id=stored.job_id, source="not modified")
        return not_modified(stored, params.maxage)
    snap = snaps.snap(
        caller, options, ttl_s=params.ttl_s, thumbnail=params.thumbnail, resized=params.thumbnail is not None
    )
    note(request.scope, job_id=snap.picture.job_id, source=snap.source, shortfall=snap.picture.shortfall)
    return image_response(snap, params.maxage, ignored)

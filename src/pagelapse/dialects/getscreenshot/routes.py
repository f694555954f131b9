"""GetScreenshot's endpoints.

The handlers block: Lambda gives a sandbox one request at a time, so a thread would only cost a hop.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.capture.jobs import record_digest
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.getscreenshot.access import guarded, private_caller
from pagelapse.dialects.getscreenshot.errors import error_response, failure
from pagelapse.dialects.getscreenshot.openapi import key_operation, screenshot_operation, usage_operation
from pagelapse.dialects.getscreenshot.params import COSMETIC, Params, parse
from pagelapse.dialects.getscreenshot.responses import plain_response, screenshot_response, usage_response
from pagelapse.dialects.getscreenshot.webhooks import announce
from pagelapse.dialects.models import known_names
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidOption, PagelapseError
from pagelapse.observability import log_url
from pagelapse.services.exports import Destination

EXPORT_S = 6.0
"""Seconds of the request's time that are kept for the copy in the caller's own bucket."""

app = FastAPI(
    title="Pagelapse: GetScreenshot API",
    version="1",
    openapi_url=None,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that is in order."""

    params: Params
    options: CaptureOptions
    export: Destination | None
    ignored: list[str]

    @property
    def digest(self) -> str:
        """What the capture's record is found by."""
        return record_digest(self.options, self.params.retention_days)


@app.get("/v1/get-screenshot", operation_id="getScreenshot", openapi_extra=screenshot_operation())
async def get_screenshot(request: Request) -> Response:
    """Capture a page and answer with the picture's address."""
    return await guarded(request, lambda: _get_screenshot(request))


@app.get("/v1/get-screenshot/validate-key", operation_id="validateKey", openapi_extra=key_operation())
async def validate_key(request: Request) -> Response:
    """Tell whether a key is good, as the vendor's own clients ask."""
    return await guarded(request, lambda: _validate_key(request))


@app.get("/v1/usage", operation_id="getUsage", openapi_extra=usage_operation())
async def usage(request: Request) -> Response:
    """The month's usage and quota."""
    return await guarded(request, lambda: _usage(request))


@app.exception_handler(HTTPException)
async def no_route(_request: Request, error: HTTPException) -> Response:
    """An unknown path or method, in the vendor's form."""
    phrase = HTTPStatus(error.status_code).phrase
    return failure(error.status_code, "failed", f"{phrase}.", headers=dict(error.headers or {}))


async def _validate_key(request: Request) -> Response:
    private_caller(request, await read_parameters(request))
    return plain_response({"status": "success", "message": "The API key is valid."})


async def _usage(request: Request) -> Response:
    return usage_response(private_caller(request, await read_parameters(request)))


async def _get_screenshot(request: Request) -> Response:
    """Answer a request. The key is judged first, though its lookup already fetches the capture's record."""
    parameters = await read_parameters(request)
    asked = _asked(parameters)
    caller = private_caller(request, parameters, digest=None if isinstance(asked, InvalidOption) else asked.digest)
    if isinstance(asked, InvalidOption):
        raise asked
    note(request.scope, target=log_url(asked.options.url))
    response = _answer(request, caller, asked)
    announce(caller, asked.params.webhook, response)
    return response


def _asked(parameters: Parameters) -> _Asked | InvalidOption:
    try:
        params = parse(parameters)
        known = known_names(Params) | COSMETIC.keys() | {"apikey"}
        return _Asked(params, params.options(), params.export(), sorted(parameters.values.keys() - known))
    except InvalidOption as error:
        return error


def _answer(request: Request, caller: Caller, asked: _Asked) -> JSONResponse:
    """The final answer, whether it came to a picture or not: a webhook gets either."""
    try:
        return _take(request, caller, asked)
    except PagelapseError as error:
        note(request.scope, error=error.code, why=error.message, option=error.option)
        return error_response(error)


def _take(request: Request, caller: Caller, asked: _Asked) -> JSONResponse:
    snap = composition.services().snaps.snap(
        caller,
        asked.options,
        ttl_s=0,
        want_bytes=False,
        retention_days=asked.params.retention_days,
        reserve_s=EXPORT_S if asked.export else 0,
    )
    note(request.scope, job_id=snap.picture.job_id, source=snap.source, shortfall=snap.picture.shortfall)
    exported = None
    if asked.export is not None:
        exported = composition.exports().export(caller.account, snap.picture.file, asked.export)
    return screenshot_response(snap, asked.options, exported=exported, ignored=asked.ignored)

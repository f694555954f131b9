"""Pixcap's screenshots: the image by GET, JSON with the image in it by POST.

Nothing says how old a picture may be, and each call costs a credit, so each gets a fresh one. Equal requests of an
account at the same moment share one capture.
"""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.pixcap.access import KEY_NAMES, caller_of, guarded, parameters_of
from pagelapse.dialects.pixcap.limits import SCREENSHOT
from pagelapse.dialects.pixcap.names import Named, named
from pagelapse.dialects.pixcap.openapi import screenshot_operation
from pagelapse.dialects.pixcap.params import OPTION_NAMES, ScreenshotParams, screenshot_options
from pagelapse.dialects.pixcap.responses import capture_headers, credits_left, image_response, json_response
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidOption, PagelapseError
from pagelapse.observability import log_url

router = APIRouter(prefix="/api/v1")


@router.get("/screenshot", operation_id="getScreenshot", openapi_extra=screenshot_operation())
async def get_screenshot(request: Request) -> Response:
    """Capture a page and answer with the image. Each parameter is known in camelCase, too."""
    return await guarded(request, SCREENSHOT, lambda: _screenshot(request, as_json=False))


@router.post("/screenshot", operation_id="postScreenshot", openapi_extra=screenshot_operation(body=True))
async def post_screenshot(request: Request) -> Response:
    """Capture a page and answer with JSON that holds the image. Each parameter is known in camelCase, too."""
    return await guarded(request, SCREENSHOT, lambda: _screenshot(request, as_json=True))


async def _screenshot(request: Request, *, as_json: bool) -> Response:
    """The key is judged first, though its lookup already fetches the capture's record."""
    started = time.perf_counter()
    parameters = await parameters_of(request)
    asked = _asked(request, parameters)
    digest = None if isinstance(asked, InvalidOption) else asked[1].digest()
    caller = caller_of(request, parameters, digest=digest)
    if isinstance(asked, InvalidOption):
        raise asked
    given, options = asked
    note(request.scope, target=log_url(options.url))
    try:
        return _take(request, caller, given, options, started, as_json=as_json)
    except PagelapseError as error:
        if error.option is None:
            raise
        raise _in_callers_terms(error, given) from None


def _in_callers_terms(error: PagelapseError, given: Named) -> PagelapseError:
    """The error under the parameter's name as written. A cookie that can't be set is the caller's to mend."""
    name = OPTION_NAMES.get(error.option or "", error.option or "")
    if name == "cookies":
        return given.error(name, error.message)
    error.option = given.written.get(name, name)
    return error


def _asked(request: Request, parameters: Parameters) -> tuple[Named, CaptureOptions] | InvalidOption:
    try:
        given = _named(request, parameters)
        return given, screenshot_options(given)
    except InvalidOption as error:
        return error


def _named(request: Request, parameters: Parameters) -> Named:
    """The parameters; selectors to block may come several times in a query, as HTTP clients write arrays."""
    values = dict(parameters.values)
    repeated = set(parameters.repeated)
    for name in ("block_selectors", "blockSelectors"):
        for spelling in (name, f"{name}[]"):
            every = request.query_params.getlist(spelling)
            if every and values.get(spelling) == every[-1] and (len(every) > 1 or spelling != name):
                del values[spelling]
                values[name] = every
                repeated.discard(spelling)
    for name in KEY_NAMES:
        values.pop(name, None)
    return named(values, ScreenshotParams.model_fields, repeated=repeated)


def _take(
    request: Request, caller: Caller, given: Named, options: CaptureOptions, started: float, *, as_json: bool
) -> Response:
    snap = composition.services().snaps.snap(caller, options, ttl_s=0)
    note(request.scope, job_id=snap.picture.job_id, source=snap.source, shortfall=snap.picture.shortfall)
    elapsed_ms = round((time.perf_counter() - started) * 1000)
    remaining = credits_left(caller, spent=1 if snap.source == "captured" else 0)
    headers = capture_headers(snap, elapsed_ms, remaining, given.ignored)
    # connectors: X-Connector-Used goes into these headers.
    if as_json:
        return json_response(snap, options, elapsed_ms, remaining, headers)
    return image_response(snap, headers)

"""Browshot's simple API: one request for a picture, with redirects to itself as long as there is none."""

from __future__ import annotations

import time
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.answers import SAFE_HEADERS
from pagelapse.dialects.browshot.access import answer, key_of
from pagelapse.dialects.browshot.errors import OURS, retry_after, simple_status, text_failure
from pagelapse.dialects.browshot.errors import describe as describe_error
from pagelapse.dialects.browshot.openapi import picture_operation
from pagelapse.dialects.browshot.ordering import place
from pagelapse.dialects.browshot.params import SimpleParams
from pagelapse.dialects.browshot.parsing import parse
from pagelapse.dialects.browshot.picture_params import ContinuedParams, ThumbnailParams
from pagelapse.dialects.browshot.pictures import picture_response
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import PagelapseError
from pagelapse.observability import log_url
from pagelapse.records import Order

HOLD_S = 15.0
"""How long a request waits before it is redirected.

The vendor's clients follow up to 32 redirects, most languages' own libraries 10 or 20; what comes after the wait, such
as making a thumbnail, must fit API Gateway's 30 s.
"""

PATH = "/api/v1/simple"

router = APIRouter()


async def simple(request: Request) -> Response:
    """Take a screenshot and answer with it, or with its thumbnail."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        started = time.time()
        order, thumbnail = _ordered(request, caller, parameters)
        note(request.scope, order=order.number, job_id=order.job_id)
        order = composition.orders().wait(order, until=started + HOLD_S)
        if order.pending:
            return _to_itself(order, thumbnail, str(key_of(parameters)))
        return picture_response(order, thumbnail.thumbnail())

    return await answer(request, handle, failed, knows=(SimpleParams, ContinuedParams))


router.get(PATH, operation_id="getSimple", openapi_extra=picture_operation(SimpleParams))(simple)
router.post(PATH, operation_id="postSimple", openapi_extra=picture_operation(SimpleParams, body=True))(simple)


def failed(error: PagelapseError | None, _parameters: Parameters | None) -> Response:
    """The simple API's answer to an error; to `None`, one of our own."""
    if error is None:
        return text_failure(500, OURS, {})
    return text_failure(simple_status(error), describe_error(error), retry_after(error))


def _ordered(request: Request, caller: Caller, parameters: Parameters) -> tuple[Order, ThumbnailParams]:
    """The order that the request is about: a new one, one of the cache, or the one that a redirect named."""
    if parameters.values.get("id") in (None, ""):
        params = parse(SimpleParams, parameters)
        params.thumbnail()
        note(request.scope, target=log_url(params.url))
        return place(caller, params).order, params
    continued = parse(ContinuedParams, parameters)
    return composition.orders().get(caller.account.account_id, continued.id), continued


def _to_itself(order: Order, thumbnail: ThumbnailParams, key: str) -> Response:
    """302 to the same order, whatever the cache may say by then."""
    names = set(ThumbnailParams.model_fields)
    wanted = thumbnail.model_dump(include=names, exclude_defaults=True)
    query = urlencode({"id": order.number, **wanted, "key": key})
    return RedirectResponse(f"{PATH}?{query}", 302, headers={**SAFE_HEADERS, "Cache-Control": "no-store"})

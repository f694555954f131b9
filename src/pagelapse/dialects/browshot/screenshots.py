"""Browshot's screenshots: create, info, list, search, multiple, and their pictures."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.answers import SAFE_HEADERS
from pagelapse.dialects.browshot.access import (
    Json,
    answer,
    failure_with,
    key_of,
    own_base,
    success,
)
from pagelapse.dialects.browshot.details import STATUSES, Links, accepted, details, never_taken, not_ready
from pagelapse.dialects.browshot.errors import Refused, not_found_picture
from pagelapse.dialects.browshot.openapi import json_operation, picture_operation
from pagelapse.dialects.browshot.ordering import place
from pagelapse.dialects.browshot.params import CreateParams
from pagelapse.dialects.browshot.parsing import parse
from pagelapse.dialects.browshot.picture_params import ContinuedParams, IdParams, ThumbnailParams
from pagelapse.dialects.browshot.pictures import picture_response
from pagelapse.dialects.browshot.query_params import InfoParams, ListParams, SearchParams
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import JobNotFound, PagelapseError
from pagelapse.observability import log_url
from pagelapse.records import Order

MOST_SEARCHED = 500
"""Latest screenshots that a search looks at, by one query."""

CREATE_FAILED = failure_with(priority="1", cost="0")
_IN_PROCESS = frozenset({"in_queue", "processing"})

router = APIRouter()


async def create(request: Request) -> Response:
    """Order a screenshot, or find it in the cache."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(CreateParams, parameters)
        note(request.scope, target=log_url(params.url))
        placed = place(caller, params)
        note(request.scope, order=placed.order.number, job_id=placed.order.job_id)
        return success(created(placed.order, links_of(request, parameters), params.details))

    return await answer(request, handle, CREATE_FAILED, knows=(CreateParams,))


async def info(request: Request) -> Response:
    """Tell of one screenshot."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(InfoParams, parameters)
        order = order_of(caller, params.id)
        return success(_info(order, links_of(request, parameters), params.details))

    return await answer(request, handle, failure_with(), knows=(InfoParams,))


async def list_screenshots(request: Request) -> Response:
    """Tell of the latest screenshots."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(ListParams, parameters)
        found = composition.orders().recent(caller.account.account_id, 100 if params.status else params.limit)
        return success(_listed(found, params, links_of(request, parameters)))

    return await answer(request, handle, failure_with(), knows=(ListParams,))


async def search(request: Request) -> Response:
    """Tell of the latest screenshots of matching urls."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(SearchParams, parameters)
        found = composition.orders().recent(caller.account.account_id, MOST_SEARCHED)
        matching = [order for order in found if params.url.lower() in str(order.wishes.get("url", "")).lower()]
        return success(_listed(matching, params, links_of(request, parameters)))

    return await answer(request, handle, failure_with(), knows=(SearchParams,))


async def thumbnail(request: Request) -> Response:
    """A thumbnail of a screenshot, as PNG."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(ContinuedParams, parameters)
        size = params.thumbnail()
        return picture_response(order_of(caller, params.id), size)

    return await answer(request, handle, picture_failed, knows=(ContinuedParams,))


async def html(request: Request) -> Response:
    """The page's HTML, for screenshots that were ordered with html=1."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        order = order_of(caller, parse(IdParams, parameters).id)
        source = order.picture.source if order.picture else None
        body = composition.order_pictures().body(source) if source else None
        if source is None or body is None:
            raise Refused("There is no HTML of this screenshot; order it with html=1.")
        return text_response(body)

    return await answer(request, handle, failure_with(), knows=(IdParams,))


def text_response(body: bytes) -> Response:
    """The HTML as plain text, so that it can't run on our origin."""
    return Response(body, media_type="text/plain; charset=utf-8", headers=SAFE_HEADERS)


@router.get("/screenshot/image/{number}", operation_id="getImage", openapi_extra=picture_operation(ThumbnailParams))
async def image(request: Request, number: str) -> Response:
    """The picture that `screenshot_url` leads to."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        named = Parameters({**parameters.values, "id": number}, parameters.repeated - {"id"})
        params = parse(ContinuedParams, named)
        return picture_response(order_of(caller, params.id), params.thumbnail())

    return await answer(request, handle, picture_failed, knows=(ThumbnailParams,))


for _path, _handler, _model in (
    ("create", create, CreateParams),
    ("info", info, InfoParams),
    ("list", list_screenshots, ListParams),
    ("search", search, SearchParams),
    ("html", html, IdParams),
):
    for _method in ("GET", "POST"):
        router.add_api_route(
            f"/api/v1/screenshot/{_path}",
            _handler,
            methods=[_method],
            operation_id=f"{_method.lower()}Screenshot{_path.title()}",
            openapi_extra=json_operation(_model, body=_method == "POST"),
        )
for _method in ("GET", "POST"):
    router.add_api_route(
        "/api/v1/screenshot/thumbnail",
        thumbnail,
        methods=[_method],
        operation_id=f"{_method.lower()}ScreenshotThumbnail",
        openapi_extra=picture_operation(ContinuedParams, body=_method == "POST"),
    )


def picture_failed(error: PagelapseError | None, parameters: Parameters | None) -> Response:
    """The answer to an error where a picture is asked for: clients take whatever comes with 200 for one."""
    return not_found_picture(error.message) if isinstance(error, Refused) else failure_with()(error, parameters)


def order_of(caller: Caller, number: int) -> Order:
    """One of the caller's screenshots.

    Raises:
        Refused: When there is none such, or it is somebody else's.
    """
    try:
        return composition.orders().get(caller.account.account_id, number)
    except JobNotFound:
        raise Refused("Invalid screenshot id") from None


def finished(order: Order) -> Order:
    """The same order, which must have a picture.

    Raises:
        Refused: When it has none, or none yet.
    """
    if order.pending:
        raise Refused("Screenshot is not finished")
    if order.failure is not None:
        raise Refused("Screenshot failed previously")
    if order.picture is None:
        raise Refused("Screenshot was deleted")
    return order


def links_of(request: Request, parameters: Parameters) -> Links:
    """Where the caller's screenshots are downloaded."""
    return Links(own_base(request), key_of(parameters) or "")


def created(order: Order, links: Links, level: int) -> Json:
    """The answer about an order that was just placed, or found in the cache."""
    return accepted(order) if order.pending else details(order, links, level)


def _info(order: Order, links: Links, level: int) -> Json:
    if order.pending:
        return not_ready(order)
    if order.failure is not None and order.started_at_ms is None:
        return never_taken(order)
    return details(order, links, level)


def _listed(orders: Iterable[Order], params: ListParams, links: Links) -> Json:
    wanted = _IN_PROCESS if params.status == "in_process" else frozenset({params.status})
    matching = [order for order in orders if params.status is None or STATUSES[order.state] in wanted]
    return {str(order.number): details(order, links, params.details) for order in matching[: params.limit]}

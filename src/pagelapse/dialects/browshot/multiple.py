"""Browshot's `screenshot/multiple`: up to ten pages on up to ten instances, in one request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, TypeAdapter, ValidationError

from pagelapse.accounts import Caller
from pagelapse.capture.urls import checked_url
from pagelapse.dialects.browshot.access import answer, success
from pagelapse.dialects.browshot.catalog import Instance
from pagelapse.dialects.browshot.details import details
from pagelapse.dialects.browshot.openapi import json_operation
from pagelapse.dialects.browshot.ordering import chosen_instance, place_on, script_of
from pagelapse.dialects.browshot.params import CreateParams, OrderParams
from pagelapse.dialects.browshot.parsing import parse
from pagelapse.dialects.browshot.screenshots import CREATE_FAILED, links_of
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidOption, InvalidUrl, UsageLimitExceeded
from pagelapse.records import Order

MOST = 10
"""Pages, and instances."""

_SEVERAL = ("url", "instance_id")
_NUMBER: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, le=10**9)])
_T = TypeVar("_T")

router = APIRouter()


async def multiple(request: Request) -> Response:
    """Order screenshots of several pages on several instances."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(OrderParams, parameters, several=_SEVERAL)
        urls = _each(parameters, "url", _url)
        if not urls:
            raise InvalidUrl("is missing", option="url")
        numbers: list[int | None] = [*_each(parameters, "instance_id", _number)] or [None]
        instances = [chosen_instance(caller, number, params.screen) for number in numbers]
        orders = _place_all(caller, params, urls, instances)
        note(request.scope, orders=len(orders))
        links = links_of(request, parameters)
        return success({str(order.number): details(order, links, params.details) for order in orders})

    return await answer(request, handle, CREATE_FAILED, knows=(CreateParams,))


for _method in ("GET", "POST"):
    router.add_api_route(
        "/api/v1/screenshot/multiple",
        multiple,
        methods=[_method],
        operation_id=f"{_method.lower()}ScreenshotMultiple",
        openapi_extra=json_operation(CreateParams, body=_method == "POST"),
    )


def _place_all(caller: Caller, params: OrderParams, urls: list[str], instances: list[Instance]) -> list[Order]:
    """Place the orders, as many as the account may; those that were placed must be told of.

    Raises:
        UsageLimitExceeded: When it may none at all.
    """
    script = script_of(params)
    orders: list[Order] = []
    for url in urls:
        for instance in instances:
            try:
                orders.append(place_on(caller, params, url, instance, script).order)
            except UsageLimitExceeded:
                if not orders:
                    raise
                return orders
    return orders


def _each(parameters: Parameters, name: str, read: Callable[[object], _T]) -> list[_T]:
    """All values of a parameter, each once, in order; JSON may send them as an array."""
    values: list[object] = []
    for value in parameters.lists.get(name, ()):
        values += value if isinstance(value, list) else [value]
    found = list(dict.fromkeys(read(value) for value in values if value not in (None, "")))
    if len(found) > MOST:
        raise InvalidOption(f"was given more than {MOST} times", option=name)
    return found


def _url(value: object) -> str:
    try:
        return checked_url(str(value))
    except ValueError as error:
        raise InvalidUrl(str(error), option="url") from None


def _number(value: object) -> int:
    try:
        return _NUMBER.validate_python(value)
    except ValidationError:
        raise InvalidOption("must be a number of an instance", option="instance_id") from None

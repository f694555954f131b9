"""Browshot's `screenshot/host`: screenshots and thumbnails at public addresses, ours or the caller's own."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.browshot.access import answer, failure_with_id, success
from pagelapse.dialects.browshot.openapi import json_operation
from pagelapse.dialects.browshot.ordering import check_destination, file_name
from pagelapse.dialects.browshot.params import HostParams, parse
from pagelapse.dialects.browshot.screenshots import finished, order_of
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption
from pagelapse.records import Account, Order, PictureCopy
from pagelapse.services.exports import destination

PATH = "/api/v1/screenshot/host"

router = APIRouter()


async def host(request: Request) -> Response:
    """Give a screenshot or its thumbnail a public address."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(HostParams, parameters)
        _check_place(params)
        order = finished(order_of(caller, params.id))
        url = _hosted(caller.account, order, params)
        composition.order_pictures().remember_copy(order, PictureCopy(wishes=params.wishes(), url=url))
        return success({"status": "ok", "url": url, "id": order.number})

    return await answer(request, handle, failure_with_id)


router.get(PATH, operation_id="getScreenshotHost", openapi_extra=json_operation(HostParams))(host)
router.post(PATH, operation_id="postScreenshotHost", openapi_extra=json_operation(HostParams, body=True))(host)


def _check_place(params: HostParams) -> None:
    if params.hosting != "s3":
        return
    if not params.bucket:
        raise InvalidOption("is needed with hosting=s3", option="bucket")
    check_destination(params.bucket, params.file or "a")


def _hosted(account: Account, order: Order, params: HostParams) -> str:
    """The address of the screenshot or its thumbnail, copied there if need be; raises `ExportFailed`."""
    pictures, size = composition.order_pictures(), params.thumbnail()
    file = pictures.original(order) if size is None else pictures.thumbnail(order, size)
    if params.hosting != "s3":
        return pictures.link(file)
    name = params.file or f"{order.number}{file_name(params.width, params.height, params.scale)}"
    return composition.exports().export(account, file, destination(params.bucket or "", name))

"""Browshot's `screenshot/host`: screenshots and thumbnails at public addresses, ours or the caller's own."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pagelapse.accounts import Caller
from pagelapse.dialects.browshot.access import answer, failure_with_id, success
from pagelapse.dialects.browshot.openapi import json_operation
from pagelapse.dialects.browshot.ordering import check_destination, host_now
from pagelapse.dialects.browshot.parsing import parse
from pagelapse.dialects.browshot.picture_params import HostParams
from pagelapse.dialects.browshot.screenshots import finished, order_of
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption

PATH = "/api/v1/screenshot/host"

router = APIRouter()


async def host(request: Request) -> Response:
    """Give a screenshot or its thumbnail a public address."""

    async def handle(caller: Caller, parameters: Parameters) -> Response:
        params = parse(HostParams, parameters)
        _check_place(params)
        order = finished(order_of(caller, params.id))
        url = host_now(caller.account, order, params)
        return success({"status": "ok", "url": url, "id": order.number})

    return await answer(request, handle, failure_with_id, knows=(HostParams,))


router.get(PATH, operation_id="getScreenshotHost", openapi_extra=json_operation(HostParams))(host)
router.post(PATH, operation_id="postScreenshotHost", openapi_extra=json_operation(HostParams, body=True))(host)


def _check_place(params: HostParams) -> None:
    if params.hosting != "s3":
        return
    if not params.bucket:
        raise InvalidOption("is needed with hosting=s3", option="bucket")
    check_destination(params.bucket, params.file or "a")

"""PagePixels' "Get Account Limits"."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.dialects.pagepixels.access import guarded, private_caller
from pagelapse.dialects.pagepixels.openapi_configurations import operation
from pagelapse.dialects.pagepixels.records import success
from pagelapse.dialects.parameters import read_parameters

router = APIRouter()


@router.get("/account_limits", operation_id="getAccountLimits", openapi_extra=operation("limits"))
async def account_limits(request: Request) -> Response:
    """The month's usage and limits; an unlimited account has `null` as its limit."""
    return await guarded(request, lambda: _account_limits(request))


async def _account_limits(request: Request) -> Response:
    caller = private_caller(request, await read_parameters(request))
    results = {
        "screenshot_limit": caller.account.screenshot_limit,
        "screenshot_current_month_usage": caller.usage,
        "real_location_bandwidth_limit_in_bytes": composition.locations().monthly_bytes,
        "real_location_bandwidth_current_month_usage_in_bytes": caller.location_bytes,
    }
    return success({"results": results})

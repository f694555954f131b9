"""The account: its limits, what it has used, and the secret that its webhooks are signed with."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.native.access import BASE, answer, success
from pagelapse.dialects.native.params import Webhook, _Own, own_params
from pagelapse.dialects.parameters import Parameters
from pagelapse.monitoring.webhooks import Delivery
from pagelapse.services.flight import new_id

router = APIRouter(prefix=BASE)


class TestParams(_Own):
    """Of `POST /webhooks/test`."""

    url: Webhook


@router.get("/account", operation_id="getAccount")
async def account(request: Request) -> Response:
    """Limits and usage; null is unlimited."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        of = caller.account
        limits = {"captures_per_month": of.screenshot_limit, "requests_per_minute": of.request_limit}
        usage = {"captures": caller.usage, "captures_left": caller.captures_left}
        return success({"object": "account", "id": of.account_id, "name": of.name, "limits": limits, "usage": usage})

    return await answer(request, handle)


@router.post("/webhooks/test", operation_id="testWebhook")
async def test_webhook(request: Request) -> Response:
    """Post a message to a receiver of yours, signed and repeated as any other."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        params, _ = own_params(TestParams, parameters, captures=False)
        ids = {"delivery_id": new_id(), "account_id": caller.account.account_id}
        delivery = Delivery(**ids, url=params.url, payload={"type": "test", "id": ids["delivery_id"]})
        composition.notices().send(delivery.model_dump_json())
        return success({"object": "delivery", "id": delivery.delivery_id}, 202)

    return await answer(request, handle)

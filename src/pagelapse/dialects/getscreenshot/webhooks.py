"""`webhook`: the answer of a request is posted to an address of the caller's as well (docs/webhooks.md)."""

from __future__ import annotations

import json

from fastapi.responses import JSONResponse

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.monitoring.webhooks import Delivery
from pagelapse.services.flight import new_id


def announce(caller: Caller, webhook: str | None, response: JSONResponse) -> None:
    """Queue the answer for the caller's webhook, if there is one.

    Raises:
        botocore.exceptions.ClientError: When the queue does not take it.
    """
    if webhook is None:
        return
    payload = json.loads(bytes(response.body))
    delivery = Delivery(delivery_id=new_id(), account_id=caller.account.account_id, url=webhook, payload=payload)
    composition.notices().send(delivery.model_dump_json())

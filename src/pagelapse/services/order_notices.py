"""Tells the webhooks of captures what became of them."""

from __future__ import annotations

from pagelapse.monitoring.webhooks import Delivery
from pagelapse.records import Order
from pagelapse.services.monitor_ports import Outbox
from pagelapse.services.order_documents import Link, capture_event


class OrderNotices:
    """Posts to the webhooks of orders.

    Args:
        notices: Where webhooks wait.
        link: The public link to a stored file.
    """

    def __init__(self, notices: Outbox, link: Link) -> None:
        self._notices = notices
        self._link = link

    def tell(self, order: Order) -> None:
        """Post what became of an order that has ended, if it has a webhook.

        A report that is delivered again tells it again, under the same delivery's id.
        """
        if order.webhook is None:
            return
        ids = {"delivery_id": f"capture_{order.job_id}", "account_id": order.account_id}
        delivery = Delivery(**ids, url=order.webhook, payload=capture_event(order, self._link))
        self._notices.send(delivery.model_dump_json())

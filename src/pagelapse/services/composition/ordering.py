"""Captures ordered for later."""

from __future__ import annotations

from functools import cache

from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.objects import Bucket
from pagelapse.adapters.order_store import OrderTable
from pagelapse.adapters.queues import Queue
from pagelapse.adapters.snap_function import SnapFunction
from pagelapse.services.composition.queues import notices, queues
from pagelapse.services.composition.snaps import exports
from pagelapse.services.order_notices import OrderNotices
from pagelapse.services.order_pictures import OrderPictures
from pagelapse.services.order_recording import OrderRecorder
from pagelapse.services.orders import Orders
from pagelapse.services.prompt_captures import PromptCaptures
from pagelapse.settings import ServiceSettings, service_settings


@cache
def orders() -> Orders:
    """The captures ordered for later; raises like `services`."""
    settings = service_settings()
    return Orders(_order_table(settings), queues(settings), tell=order_notices().tell)


@cache
def order_pictures() -> OrderPictures:
    """The pictures of orders; raises like `services`."""
    settings = service_settings()
    return OrderPictures(
        _order_table(settings),
        SnapFunction(settings.snap_function),
        Bucket(settings.bucket_name),
        Queue(settings.sweep_queue_url),
        pictures_url=settings.pictures_url,
        public_url=settings.public_url,
    )


@cache
def order_recorder() -> OrderRecorder:
    """What records the orders' captures; raises like `services`."""
    settings = service_settings()
    return OrderRecorder(
        _order_table(settings),
        AccountTable(settings.table_name),
        exports(),
        order_notices().tell,
    )


@cache
def order_notices() -> OrderNotices:
    """What tells the orders' webhooks; raises like `services`."""
    settings = service_settings()
    return OrderNotices(notices(), lambda file: f"{settings.pictures_url}/{file.key}")


@cache
def prompt_captures() -> PromptCaptures:
    """Captures that are kept and that somebody may wait for; raises like `services`."""
    settings = service_settings()
    return PromptCaptures(
        orders(), order_recorder(), SnapFunction(settings.snap_function), most_wait_s=settings.wait_seconds
    )


def _order_table(settings: ServiceSettings) -> OrderTable:
    return OrderTable(settings.table_name, picture_days=settings.picture_days)

"""What Browshot tells of a screenshot: exactly the keys of each level of `details`, as strings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import JsonValue

from pagelapse import services as composition
from pagelapse.capture.jobs import Inventory
from pagelapse.dialects.browshot.errors import describe
from pagelapse.dialects.browshot.picture_params import HostParams
from pagelapse.errors import capture_error
from pagelapse.records import Order, OrderState

STATUSES: dict[OrderState, str] = {
    "queued": "in_queue",
    "processing": "processing",
    "done": "finished",
    "failed": "error",
}

LEVELS: dict[str, int] = {
    "response_code": 1,
    "content_type": 1,
    "request_time": 2,
    "started": 2,
    "load": 2,
    "content": 2,
    "finished": 2,
    "images": 3,
    "scripts": 3,
    "stylesheets": 3,
    "embeds": 3,
    "applets": 3,
    "iframes": 3,
}
"""The lowest level of `details` that tells it; every level tells the others."""

ACCOUNT_KEYS = (
    "width", "priority", "status", "content", "size", "url", "id", "screenshot_url", "load", "request_time",
    "instance_id", "height", "response_code", "final_url", "content_type", "scale", "started", "finished",
)  # fmt: skip
"""What `account/info` tells of a screenshot."""

_ACCOUNT_NUMBERS = frozenset({"content", "load", "response_code", "scale", "started", "finished"})

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Links:
    """Where a caller's screenshots are downloaded.

    Attributes:
        base: Of our own addresses, without a closing slash.
        key: The caller's own, which the vendor's links hold.
    """

    base: str
    key: str

    def picture(self, order: Order, *, scaled: bool = True) -> str:
        """The link to the screenshot; empty when there is nothing to be seen."""
        if order.pending or "picture" in order.erased:
            return ""
        scale = "scale=1&" if scaled else ""
        return f"{self.base}/screenshot/image/{order.number}?{scale}key={quote(self.key, safe='')}"


def accepted(order: Order) -> Json:
    """The answer to `screenshot/create` when a screenshot is to be taken."""
    return {"id": str(order.number), "status": STATUSES[order.state], "priority": _text(order.wishes, "priority")}


def not_ready(order: Order) -> Json:
    """The answer to `screenshot/info` before there is a screenshot."""
    return {
        "id": str(order.number),
        "status": STATUSES[order.state],
        "screenshot_url": "",
        "cost": _text(order.wishes, "cost"),
    }


def never_taken(order: Order) -> Json:
    """The answer to `screenshot/info` about a screenshot that failed before its capture began."""
    return {
        "id": str(order.number),
        "status": "error",
        "screenshot_url": "",
        "priority": _text(order.wishes, "priority"),
        "error": _error(order),
    }


def details(order: Order, links: Links, level: int) -> Json:
    """Everything that `level` tells of a screenshot."""
    told = {name: value for name, value in _everything(order, links).items() if LEVELS.get(name, 0) <= level}
    if order.failure is not None:
        told["error"] = _error(order)
    hosted = list(_hosted(order))
    return {**told, "hosting": hosted} if hosted else told


def account_details(order: Order, links: Links) -> Json:
    """The same in `account/info`, which has fewer keys, and numbers among them."""
    everything = _everything(order, links) | {"screenshot_url": links.picture(order, scaled=False)}
    return {
        name: int(str(everything[name] or 0)) if name in _ACCOUNT_NUMBERS else everything[name]
        for name in ACCOUNT_KEYS
    }  # fmt: skip


def _everything(order: Order, links: Links) -> Json:
    wishes, result = order.wishes, order.result
    target, timings = (result.target, result.timings) if result else (None, None)
    file = result.file if result else None
    headers = target.headers if target else {}
    status = target.status if target else None
    return {
        "id": str(order.number),
        "status": STATUSES[order.state],
        "screenshot_url": links.picture(order),
        "priority": _text(wishes, "priority"),
        "url": _text(wishes, "url"),
        "size": _text(wishes, "size"),
        "width": str(file.width) if file and file.width else _text(wishes, "width"),
        "height": str(file.height) if file and file.height else _text(wishes, "height"),
        "request_time": str(order.ordered_at_ms // 1000),
        "started": _moment(order.started_at_ms),
        "load": _moment(timings.loaded_at_ms if timings else None),
        "content": _moment(timings.content_at_ms if timings else None),
        "finished": _moment(order.ended_at_ms),
        "instance_id": _text(wishes, "instance_id"),
        "response_code": "" if status is None else str(status),
        "final_url": (target.url if target else None) or "",
        "content_type": next((value for name, value in headers.items() if name.lower() == "content-type"), ""),
        "scale": "1",
        "cost": _text(wishes, "cost") if order.failure is None else "0",
        "referer": _text(wishes, "referer"),
        "post_data": _text(wishes, "post_data"),
        "cookie": _text(wishes, "cookie"),
        "delay": _text(wishes, "delay"),
        "flash_delay": _text(wishes, "flash_delay"),
        "script": _text(wishes, "script"),
        **_embedded(order.inventory or Inventory()),
    }


def _embedded(inventory: Inventory) -> Json:
    return {name: list(urls) for name, urls in inventory}


def _hosted(order: Order) -> Iterator[Json]:
    """The copies that were asked for: with the order, and afterwards."""
    if order.picture is None:
        return
    wanted = order.wishes.get("hosting")
    copies = dict(order.copies)
    if isinstance(wanted, dict) and wanted.get("hosting") != "s3":
        yield _copy(wanted, hosted_link(order, HostParams.model_validate({"id": 0, **wanted})))
        copies = {label: copy for label, copy in copies.items() if copy.wishes != wanted}
    for copy in copies.values():
        yield _copy(copy.wishes, copy.url)


def _copy(wishes: Mapping[str, JsonValue], url: str | None) -> Json:
    status = "error" if url is None else "finished"
    wanted = {name: value if name == "hosting" else str(value) for name, value in wishes.items()}
    return {"status": status, "url": url or "", **wanted}


def hosted_link(order: Order, wanted: HostParams) -> str | None:
    """The public link of a screenshot, or of its thumbnail, as far as it is there."""
    size = wanted.thumbnail()
    if order.picture is None:
        return None
    file = order.picture.file if size is None else order.thumbnails.get(size.label())
    return composition.order_pictures().link(file) if file else None


def _error(order: Order) -> str:
    failure = order.failure
    return describe(capture_error(failure.code, failure.message, option=failure.option)) if failure else ""


def _text(wishes: Mapping[str, JsonValue], name: str) -> str:
    return str(wishes.get(name, ""))


def _moment(milliseconds: int | None) -> str:
    """Unix time in milliseconds; 0 is unknown."""
    return str(milliseconds or 0)

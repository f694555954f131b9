"""The wall of an account's newest pictures, whichever API took them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.capture.jobs import StoredFile
from pagelapse.monitoring.configurations import Screenshot
from pagelapse.monitoring.listings import FIRST, Page, record_key
from pagelapse.records import Order
from pagelapse.web.access import Visit

PICTURES = 24
"""On one page."""

_LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on the wall."""

    file: StoredFile
    small: StoredFile
    taken_at_ms: int
    page_url: str | None
    history: str | None = None
    """The path of its page, where it has one."""


async def show(visit: Visit) -> Response:
    """A page of them: one query of the screenshots and one of the orders."""
    beyond, before = visit.text("beyond")[:_LONGEST_KEY], visit.number("before", 0, most=10**9)
    screenshots = composition.configurations().list_screenshots(
        visit.caller, Page(limit=PICTURES, beyond=beyond or FIRST)
    )
    orders = composition.orders().recent(visit.caller.account.account_id, PICTURES, before=before or None)
    both: list[Screenshot | Order] = [*screenshots, *orders]
    newest = sorted(both, key=_time, reverse=True)[:PICTURES]
    is_last = len(newest) < PICTURES
    return visit.render(
        "wall.html",
        pictures=[shown for each in newest if (shown := _shown(each)) is not None],
        link=composition.configurations().link,
        is_first=not (beyond or before),
        older=None if is_last else _following(newest, beyond, before),
    )


def _time(record: Screenshot | Order) -> int:
    """Each list comes in this order."""
    return record.taken_at_ms if isinstance(record, Screenshot) else record.ordered_at_ms


def _following(newest: Sequence[Screenshot | Order], beyond: str, before: int) -> str:
    """Where each of the lists goes on, as a query."""
    screenshots = [each for each in newest if isinstance(each, Screenshot)]
    numbers = [each.number for each in newest if isinstance(each, Order)]
    places = {
        "beyond": record_key(screenshots[-1]) if screenshots else beyond,
        "before": min(numbers) if numbers else before,
    }
    return urlencode({name: place for name, place in places.items() if place})


def _shown(record: Screenshot | Order) -> Shown | None:
    """What there is to be seen of a record, if it is a picture."""
    if isinstance(record, Screenshot):
        path = f"/app/configurations/{record.configuration_id}?shot={record.job_id}"
        history = path if record.configuration_id else None
        return Shown(record.file, record.thumbnail or record.file, record.taken_at_ms, record.page_url, history)
    result = record.picture
    if result is None or not result.file.media_type.startswith("image/"):
        return None
    url = None if {"url", "metadata"} & record.erased else result.target.url
    return Shown(result.file, next(iter(record.thumbnails.values()), result.file), result.taken_at_ms, url)

"""The wall of an account's newest pictures."""

from __future__ import annotations

from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.monitoring.listings import Page
from pagelapse.web.access import Visit

PICTURES = 24
"""On one page."""

_LAST_PAGE = 1000


async def show(visit: Visit) -> Response:
    """A page of them."""
    configurations = composition.configurations()
    number = max(1, visit.number("page", 1, most=_LAST_PAGE))
    found = configurations.list_screenshots(visit.caller, Page(number, PICTURES))
    return visit.render(
        "wall.html",
        pictures=found,
        link=configurations.link,
        newer=number - 1 if number > 1 else None,
        older=number + 1 if len(found) == PICTURES else None,
    )

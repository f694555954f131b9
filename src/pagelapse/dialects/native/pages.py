"""Lists, page by page: `limit` records and a `next` cursor, which says nothing to anybody but us."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from fastapi.responses import JSONResponse

from pagelapse.dialects.native.access import success
from pagelapse.dialects.native.params import ListParams, own_params
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidPage

_R = TypeVar("_R")


def page_params(parameters: Parameters) -> tuple[int, str | None]:
    """The most records of the page, and the key of the record before it.

    Raises:
        InvalidOption: When `limit` is out of range.
        InvalidPage: When `cursor` is none of ours.
    """
    params, _ = own_params(ListParams, parameters, captures=False)
    if params.cursor is None:
        return params.limit, None
    try:
        key = base64.urlsafe_b64decode(params.cursor.encode("ascii") + b"==").decode("ascii")
    except ValueError:
        raise InvalidPage("is none that a list gave as next", option="cursor") from None
    return params.limit, key


def page_response(
    found: Sequence[_R], limit: int, key_of: Callable[[_R], str], show: Callable[[_R], object]
) -> JSONResponse:
    """A page of `found`, which has one record more than `limit` where there is another page."""
    page = found[:limit]
    cursor = None
    if len(found) > limit:
        cursor = base64.urlsafe_b64encode(key_of(page[-1]).encode()).decode().rstrip("=")
    return success({"object": "list", "data": [show(each) for each in page], "next": cursor})

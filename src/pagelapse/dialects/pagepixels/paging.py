"""PagePixels' "Paging Parameters"."""

from __future__ import annotations

from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidPage
from pagelapse.monitoring.listings import MAX_PAGE_RECORDS, Page

PAGE_NAMES = ("page", "limit", "after", "before", "order")

_FIRST_MILLISECONDS = 10**11
"""Time stamps from here on are milliseconds: as seconds they would lie in the year 5138, as milliseconds in 1973."""

_LAST_TIMESTAMP = 10**15


def page_of(parameters: Parameters) -> Page:
    """The part of a list that a caller asks for.

    Raises:
        InvalidPage: Naming the parameter that has no such value.
    """
    return Page(
        _integer(parameters, "page", 1, 10**9) or 1,
        _integer(parameters, "limit", 1, MAX_PAGE_RECORDS) or MAX_PAGE_RECORDS,
        _timestamp_ms(parameters, "after"),
        _timestamp_ms(parameters, "before"),
        _is_descending(parameters),
    )


def _integer(parameters: Parameters, name: str, least: int, most: int) -> int | None:
    value = _given(parameters, name)
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or not least <= int(text[:20]) <= most:
        raise InvalidPage(f"must be an integer from {least} to {most}", option=name)
    return int(text)


def _timestamp_ms(parameters: Parameters, name: str) -> int | None:
    value = _given(parameters, name)
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or int(text[:20]) >= _LAST_TIMESTAMP:
        raise InvalidPage("must be a Unix timestamp in seconds or milliseconds", option=name)
    return int(text) if int(text) >= _FIRST_MILLISECONDS else int(text) * 1000


def _is_descending(parameters: Parameters) -> bool:
    order = str(_given(parameters, "order") or "DESC").strip().upper()
    if order not in ("ASC", "DESC"):
        raise InvalidPage("must be ASC or DESC", option="order")
    return order == "DESC"


def _given(parameters: Parameters, name: str) -> object:
    """The value, unless it is missing or empty; of a repeated one there is no telling which is meant."""
    if name in parameters.repeated:
        raise InvalidPage("was given more than once", option=name)
    value = parameters.values.get(name)
    return None if value == "" else value

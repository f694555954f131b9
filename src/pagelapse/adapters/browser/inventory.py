"""What a page embeds, and where its elements are, read out of its document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from pagelapse.adapters.browser.scripts import INVENTORY, boxes
from pagelapse.adapters.browser.tabs import Session
from pagelapse.adapters.browser.worlds import evaluate_apart
from pagelapse.capture.jobs import MAX_AREAS, Inventory
from pagelapse.capture.ports import Box
from pagelapse.capture.urls import checked_url

KINDS = tuple(Inventory.model_fields)
MAX_PER_KIND = 200
MAX_BYTES = 64_000
"""Of all URLs together: a report travels in one message of the result queue, beside headers and observed texts."""


async def list_inventory(cdp: Session) -> Inventory:
    """Ask the document, in a world of its own, where the page's scripts have changed nothing."""
    return inventory_of(await evaluate_apart(cdp, INVENTORY))


def inventory_of(found: Any) -> Inventory:
    """What of the page's answer is in bounds; when it is too much, each kind keeps its first."""
    if not isinstance(found, dict):
        return Inventory()
    kept: dict[str, list[str]] = {kind: [] for kind in KINDS}
    left = MAX_BYTES
    for urls in zip_longest(*(_urls(found.get(kind)) for kind in KINDS)):
        for kind, url in zip(KINDS, urls, strict=True):
            if url is not None and len(url) <= left:
                kept[kind].append(url)
                left -= len(url) + len('"",')
    return Inventory.model_validate(kept)


def _urls(found: Any) -> Iterator[str]:
    if not isinstance(found, list):
        return
    distinct: Iterable[Any] = dict.fromkeys(url for url in found if isinstance(url, str) and url.isascii())
    for url in list(distinct)[:MAX_PER_KIND]:
        try:
            yield checked_url(url)
        except ValueError:
            continue


async def measure(cdp: Session, selectors: Sequence[str]) -> list[Box]:
    """Where the elements that match are, on the document; hostile pages may lie about it."""
    found = await evaluate_apart(cdp, boxes(selectors, MAX_AREAS))
    return [box for numbers in found[:MAX_AREAS] if (box := _box(numbers))] if isinstance(found, list) else []


def _box(numbers: Any) -> Box | None:
    if not isinstance(numbers, list) or len(numbers) != 4:
        return None
    if not all(isinstance(number, int | float) and abs(number) < 10**6 for number in numbers):
        return None
    return Box(*(float(number) for number in numbers))

"""What a page embeds, read out of its document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from playwright.async_api import CDPSession

from pagelapse.adapters.browser.scripts import INVENTORY
from pagelapse.capture.jobs import Inventory
from pagelapse.capture.urls import checked_url

KINDS = tuple(Inventory.model_fields)
MAX_PER_KIND = 200
MAX_BYTES = 64_000
"""Of all URLs together: a report travels in one message of the result queue, beside headers and observed texts."""

_WORLD = "inventory"


async def list_inventory(cdp: CDPSession) -> Inventory:
    """Ask the document, in a world of its own, where the page's scripts have changed nothing."""
    tree = await cdp.send("Page.getFrameTree")
    world = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": _WORLD}
    context = await cdp.send("Page.createIsolatedWorld", world)
    call = {"expression": INVENTORY, "contextId": context["executionContextId"], "returnByValue": True}
    answer = await cdp.send("Runtime.evaluate", call)
    return inventory_of(answer.get("result", {}).get("value"))


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

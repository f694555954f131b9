"""Scripts in a world of their own, where the page's scripts have changed nothing."""

from __future__ import annotations

from typing import Any

from pagelapse.adapters.browser.tabs import Session

_WORLD = "pagelapse"


async def evaluate_apart(cdp: Session, expression: str) -> Any:
    """What `expression` gives in the main frame's document, as JSON."""
    tree = await cdp.send("Page.getFrameTree")
    world = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": _WORLD}
    context = await cdp.send("Page.createIsolatedWorld", world)
    call = {"expression": expression, "contextId": context["executionContextId"], "returnByValue": True}
    answer = await cdp.send("Runtime.evaluate", call)
    return answer.get("result", {}).get("value")

"""Animated pictures, of which a page that is to look the same every time gets the first frame only.

Chromium has no call that stops them. They are changed on their way in, where neither a Content-Security-Policy nor
another site's origin is an obstacle.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from contextlib import suppress
from typing import Any

from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.browser.navigation import first_line
from pagelapse.adapters.browser.tabs import Session
from pagelapse.capture.images import first_frame

logger = logging.getLogger(__name__)

ANIMATED = ("image/gif", "image/webp", "image/apng", "image/png", "image/avif")
VECTORS = "image/svg+xml"
MAX_BYTES = 20_000_000


class FirstFrames:
    """Gives one page the first frames of its animated pictures.

    Args:
        cdp: A session that nothing else uses the `Fetch` domain of.
    """

    def __init__(self, cdp: Session) -> None:
        self._cdp = cdp
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        """From the next request on."""
        self._cdp.on("Fetch.requestPaused", self._start)
        patterns = [{"urlPattern": "*", "resourceType": "Image", "requestStage": "Response"}]
        await self._cdp.send("Fetch.enable", {"patterns": patterns})

    def _start(self, event: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(event))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, event: dict[str, Any]) -> None:
        request = {"requestId": event["requestId"]}
        with suppress(PlaywrightError):  # the page has gone on meanwhile
            still = await self._still(event) if _may_move(event) else None
            if still is None:
                await self._cdp.send("Fetch.continueRequest", request)
                return
            headers = [header for header in event["responseHeaders"] if header["name"].lower() not in _OF_THE_BODY]
            headers.append({"name": "Content-Type", "value": VECTORS if _media_type(event) == VECTORS else "image/png"})
            answer = {"responseCode": 200, "responseHeaders": headers, "body": base64.b64encode(still).decode()}
            await self._cdp.send("Fetch.fulfillRequest", {**request, **answer})

    async def _still(self, event: dict[str, Any]) -> bytes | None:
        try:
            told = await self._cdp.send("Fetch.getResponseBody", {"requestId": event["requestId"]})
        except PlaywrightError as error:
            logger.info("picture not read", extra={"reason": first_line(error)})
            return None
        body = base64.b64decode(told["body"]) if told["base64Encoded"] else told["body"].encode()
        if len(body) > MAX_BYTES:
            return None
        if _media_type(event) == VECTORS:
            return await asyncio.to_thread(still_vectors, body)
        return await asyncio.to_thread(first_frame, body)


_OF_THE_BODY = ("content-type", "content-length", "content-encoding", "content-disposition")


_ANIMATION = re.compile(rb"<(/?)((?:animate\w*|set)\b)")


def still_vectors(svg: bytes) -> bytes | None:
    """An SVG picture whose animations, by SMIL and CSS, have names that mean nothing; `None` when it has none."""
    still = _ANIMATION.sub(rb"<\1no-\2", svg).replace(b"@keyframes", b"@no-keyframes")
    return still if still != svg else None


def _may_move(event: dict[str, Any]) -> bool:
    return event.get("responseStatusCode") == 200 and _media_type(event) in (*ANIMATED, VECTORS)


def _media_type(event: dict[str, Any]) -> str:
    for header in event.get("responseHeaders", ()):
        if header["name"].lower() == "content-type":
            return str(header["value"]).partition(";")[0].strip().lower()
    return ""

"""Where a page's window goes while actions are done in it, from Chromium's own events."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, Response

from pagelapse.adapters.browser.scripts import NEXT_FRAME
from pagelapse.adapters.browser.tabs import Answer, Session
from pagelapse.capture.jobs import Target

MAX_LANDINGS = 1000
"""Documents remembered; a page that sends itself round in circles must not fill the memory."""

MAX_TARGET_HEADERS = 64
MAX_TARGET_HEADER_LENGTH = 1024

BEAT_LIMIT_S = 1.0
ERRANDS_LIMIT_S = 3.0
"""Seconds that an action's own requests are waited for; a long poll that it began would hold everything up."""


class Journey:
    """The main frame's navigations since `begin`, and what its scripts ask of servers.

    A navigation begins with Chromium's request for it, which the renderer announces before it answers anything that is
    asked afterwards; it ends with the load event, or when Chromium gives it up.
    """

    def __init__(self, cdp: Session, frame_id: str, *, scripted: bool) -> None:
        self._cdp = cdp
        self._scripted = scripted
        self._frame_id = frame_id
        self._document: str | None = None
        self._failed: str | None = None
        self._responses: dict[str, Response] = {}
        self._failures: dict[str, str] = {}
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._errands: set[Request] = set()
        self._errands_done = asyncio.Event()
        self._errands_done.set()

    @classmethod
    async def begin(cls, page: Page, cdp: Session, *, scripted: bool) -> Journey:
        """Watch from now on; `scripted` says whether the page's scripts run."""
        await cdp.send("Page.enable")
        tree = await cdp.send("Page.getFrameTree")
        journey = cls(cdp, tree["frameTree"]["frame"]["id"], scripted=scripted)
        cdp.on("Page.frameRequestedNavigation", journey._on_requested)
        cdp.on("Page.frameNavigated", journey._on_navigated)
        for ending in ("Page.navigatedWithinDocument", "Page.frameStoppedLoading"):
            cdp.on(ending, journey._on_stopped)
        page.on("response", journey._on_response)
        page.on("request", journey._on_request)
        page.on("requestfinished", journey._on_request_ended)
        page.on("requestfailed", journey._on_request_ended)
        page.on("requestfailed", journey._on_request_failed)
        return journey

    def set_out(self) -> None:
        """An action begins: only what scripts ask for from now on can be its doing."""
        self._errands.clear()
        self._errands_done.set()

    async def settle(self) -> None:
        """Wait until the action's requests are answered and no navigation is under way, also when one leads to another.

        Forms that scripts send by `fetch` go on only when the answer is there.
        """
        await self._beat()
        with suppress(TimeoutError):
            async with asyncio.timeout(ERRANDS_LIMIT_S):
                await self._errands_done.wait()
        for _ in range(2):
            await self._beat()
            await self._at_rest.wait()

    async def _beat(self) -> None:
        """Let the page come to what an action put off to its next task, such as sending a form."""
        frame = {"expression": NEXT_FRAME, "awaitPromise": True}
        with suppress(TimeoutError, PlaywrightError):
            async with asyncio.timeout(BEAT_LIMIT_S):
                if self._scripted:
                    await self._cdp.send("Runtime.evaluate", frame)
                else:
                    await self._cdp.send("Page.getLayoutMetrics")

    def has_moved(self) -> bool:
        """Whether another document has come."""
        return self._document is not None

    def failure(self) -> str | None:
        """Chromium's net error when the last navigation ended in its error page, empty when it named none."""
        return None if self._failed is None else self._failures.get(_key(self._failed), "")

    def response(self) -> Response | None:
        """What the document now shown came with."""
        return self._responses.get(_key(self._document or ""))

    def _on_requested(self, event: dict[str, Any]) -> None:
        if event["frameId"] == self._frame_id and event["disposition"] == "currentTab":
            self._at_rest.clear()

    def _on_navigated(self, event: dict[str, Any]) -> None:
        frame = event["frame"]
        if "parentId" in frame:
            return
        self._frame_id = frame["id"]
        self._document = frame["url"]
        self._failed = frame.get("unreachableUrl")
        self._at_rest.clear()

    def _on_stopped(self, event: dict[str, Any]) -> None:
        if event["frameId"] == self._frame_id:
            self._at_rest.set()

    def _on_request(self, request: Request) -> None:
        if request.resource_type in ("fetch", "xhr"):
            self._errands.add(request)
            self._errands_done.clear()

    def _on_request_ended(self, request: Request) -> None:
        self._errands.discard(request)
        if not self._errands:
            self._errands_done.set()

    def _on_response(self, response: Response) -> None:
        if _is_navigation(response.request) and len(self._responses) < MAX_LANDINGS:
            self._responses[_key(response.url)] = response

    def _on_request_failed(self, request: Request) -> None:
        if _is_navigation(request) and len(self._failures) < MAX_LANDINGS:
            self._failures[_key(request.url)] = request.failure or ""


def target(url: str, response: Answer | None) -> Target:
    """What the server answered to a document, in bounds; values of one name as one list (RFC 9110, 5.3)."""
    if response is None:
        return Target(url=url)
    lists = ((name, value.replace("\n", ", ")) for name, value in response.headers.items())
    headers = {name: value[:MAX_TARGET_HEADER_LENGTH] for name, value in lists}
    return Target(url=url, status=response.status, headers=dict(list(headers.items())[:MAX_TARGET_HEADERS]))


def _is_navigation(request: Request) -> bool:
    return request.is_navigation_request() and request.frame.parent_frame is None


def _key(url: str) -> str:
    return url.partition("#")[0]

"""What goes to the page's own origin and to nobody else: the caller's headers, the body it is opened with, a password.

Chromium's `Fetch` domain pauses the requests of that origin only, so others and the cache don't pay for it. Each hop of
a redirect is judged anew.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.browser.tabs import Session
from pagelapse.adapters.sites import origin
from pagelapse.capture.options import CaptureOptions, Header

FORM = Header(name="Content-Type", value="application/x-www-form-urlencoded")


def is_asked_for(options: CaptureOptions) -> bool:
    """Whether any request has to be paused."""
    return bool(options.extra_http_headers or options.http_credentials) or options.post_data is not None


class OwnOrigin:
    """One page's requests to its own origin.

    Args:
        cdp: The page's session; nothing else may use its `Fetch` domain.
        options: The capture's.
        url: Of the page.
    """

    def __init__(self, cdp: Session, options: CaptureOptions, url: str) -> None:
        self._cdp = cdp
        self._origin = origin(url)
        self._headers = options.extra_http_headers
        self._post_data = options.post_data
        self._credentials = options.http_credentials
        self._offered: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        """Pause what has to be changed, from the next request on."""
        self._cdp.on("Fetch.requestPaused", lambda event: self._start(self._continue(event)))
        self._cdp.on("Fetch.authRequired", lambda event: self._start(self._authenticate(event)))
        call = {"patterns": self._patterns(), "handleAuthRequests": self._credentials is not None}
        await self._cdp.send("Fetch.enable", call)

    def _patterns(self) -> list[dict[str, str]]:
        patterns = []
        if self._headers or self._credentials:
            patterns.append({"urlPattern": self._origin.replace("*", "\\*") + "/*"})
        if self._post_data is not None:
            patterns.append({"urlPattern": "*", "resourceType": "Document"})
        return patterns

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _continue(self, event: dict[str, Any]) -> None:
        request = event["request"]
        call: dict[str, Any] = {"requestId": event["requestId"]}
        added = self._headers if origin(request["url"]) == self._origin else ()
        if event["resourceType"] == "Document" and self._post_data is not None:
            call |= {"method": "POST", "postData": base64.b64encode(self._post_data.encode()).decode()}
            added = (FORM, *added)
            self._post_data = None
        if added:
            call["headers"] = _merged(request["headers"], added)
        with suppress(PlaywrightError):
            await self._cdp.send("Fetch.continueRequest", call)

    async def _authenticate(self, event: dict[str, Any]) -> None:
        """Offer the password once per request, to the origin that it is meant for."""
        challenge, request_id = event["authChallenge"], event["requestId"]
        answer = {"response": "CancelAuth"}
        ours = challenge.get("source") != "Proxy" and challenge["origin"] == self._origin
        if self._credentials is not None and ours and request_id not in self._offered:
            self._offered.add(request_id)
            answer = {"response": "ProvideCredentials", **self._credentials.model_dump()}
        with suppress(PlaywrightError):
            call = {"requestId": request_id, "authChallengeResponse": answer}
            await self._cdp.send("Fetch.continueWithAuth", call)


def _merged(sent: dict[str, str], added: tuple[Header, ...]) -> list[dict[str, str]]:
    """The browser's own headers and the caller's, which win."""
    replaced = {header.name.lower() for header in added}
    kept = [{"name": name, "value": value} for name, value in sent.items() if name.lower() not in replaced]
    return kept + [header.model_dump() for header in added]

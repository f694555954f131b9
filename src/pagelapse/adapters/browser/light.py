"""A tab that only does what most captures need, so that Chromium tells nobody of each request that a page makes.

Playwright's page listens to the network from its first moment, which can't be turned off: a fifth of a capture's
processor time on a page of 80 files (docs/adr/0065). This one hears of the answer to the page's own request only.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.browser.nested import Nest, NestedSession
from pagelapse.adapters.browser.tabs import Milestone
from pagelapse.capture.options import CaptureOptions

SUFFICIENT = frozenset({
    "url", "type", "quality", "viewport", "device_scale_factor", "delay_ms", "wait_until", "inventory", "keep_text",
    "ignored", "location", "connector", "referer", "cookies", "block_ads", "block_trackers", "hide_widgets", "hide",
    "style", "script",
})  # fmt: skip
"""Options that a light tab can do. Not among them is what goes into frames of other sites or needs their events, and
what needs the `Fetch` domain itself (`own_origin`)."""

DOCUMENTS = {"patterns": [{"urlPattern": "*", "resourceType": "Document", "requestStage": "Response"}]}
REDIRECTS = (301, 302, 303, 307, 308)


def suffices(options: CaptureOptions) -> bool:
    """Whether a light tab can take this capture: one that waits for a given time, and asks for nothing unusual."""
    asked = {name for name, field in CaptureOptions.model_fields.items() if getattr(options, name) != field.default}
    waits_for_events = options.delay_ms is None or options.wait_until == "networkidle"
    return not waits_for_events and asked <= SUFFICIENT


@dataclass(frozen=True, slots=True)
class Arrived:
    """See `tabs.Answer`."""

    status: int
    headers: dict[str, str]


class LightContext:
    """A browser context that Playwright knows nothing of, for one tab."""

    def __init__(self, nest: Nest, context_id: str) -> None:
        self._nest = nest
        self._id = context_id

    @classmethod
    async def create(cls, nest: Nest, guard_port: int) -> LightContext:
        """A new one, whose only way out is the loopback proxy at `guard_port`; it downloads nothing."""
        way = {"proxyServer": f"socks5://127.0.0.1:{guard_port}", "proxyBypassList": "<-loopback>"}
        created = await nest.send("Target.createBrowserContext", {"disposeOnDetach": True, **way})
        context_id = created["browserContextId"]
        await nest.send("Browser.setDownloadBehavior", {"behavior": "deny", "browserContextId": context_id})
        return cls(nest, context_id)

    async def new_tab(self, options: CaptureOptions) -> tuple[LightTab, NestedSession]:
        """A blank tab with a window of the wanted size, away from the pointer; see `emulation.keep_off_pointer`."""
        call = {"url": "about:blank", "browserContextId": self._id, "left": 1, "top": 1}
        created = await self._nest.send("Target.createTarget", {**call, **options.viewport.model_dump()})
        target_id = created["targetId"]
        session = await self._nest.attach(target_id)
        session.on("Page.windowOpen", lambda _: self._nest.close_popups(self._id, target_id))
        return LightTab(target_id, session, options), session

    async def close(self) -> None:
        """Throw it away, with its tab."""
        self._nest.forget(self._id)
        await self._nest.send("Target.disposeBrowserContext", {"browserContextId": self._id})


class LightTab:
    """See `tabs.Tab`."""

    def __init__(self, target_id: str, session: NestedSession, options: CaptureOptions) -> None:
        self._id = target_id
        self._session = session
        self.viewport_size = options.viewport.model_dump()
        self.url = "about:blank"
        self._scale = options.device_scale_factor
        self._loaders: set[str] = set()
        self._reached: set[str] = set()
        self._news = asyncio.Event()
        self._listening = False
        self._answer: Arrived | None = None
        self._listeners: defaultdict[str, list[Callable[[Any], Any]]] = defaultdict(list)

    async def begin(self) -> None:
        """Listen to the tab, and make it look as tabs do in which Playwright has changed nothing."""
        events: dict[str, Callable[[dict[str, Any]], None]] = {
            "Page.frameNavigated": self._on_navigated,
            "Page.navigatedWithinDocument": self._on_moved,
            "Page.domContentEventFired": lambda _: self._reach("domcontentloaded"),
            "Page.loadEventFired": lambda _: self._reach("load"),
            "Page.javascriptDialogOpening": self._on_dialog,
            "Fetch.requestPaused": self._on_response,
            "Inspector.targetCrashed": lambda _: self._tell("crash"),
        }
        for name, listener in events.items():
            self._session.on(name, listener)
        size, scale = self.viewport_size, {"deviceScaleFactor": self._scale, "mobile": False}
        screen = {"screenWidth": size["width"], "screenHeight": size["height"]}
        upright = {"screenOrientation": {"angle": 0, "type": "landscapePrimary"}}
        await asyncio.gather(
            self._session.send("Page.enable"),
            self._session.send("Emulation.setFocusEmulationEnabled", {"enabled": True}),
            self._session.send("Emulation.setDeviceMetricsOverride", {**size, **screen, **scale, **upright}),
            self._listen(),
        )

    async def _listen(self) -> None:
        self._listening = True
        await self._session.send("Fetch.enable", DOCUMENTS)

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        """See `tabs.Tab`."""
        self._listeners[event].append(f)

    async def goto(
        self, url: str, *, timeout: float, wait_until: Literal["commit"], referer: str | None
    ) -> Arrived | None:
        """See `tabs.Tab`.

        Raises:
            playwright.async_api.Error: When no document comes; the message names Chromium's net error.
            TimeoutError: When none has begun to arrive in time.
        """
        del wait_until
        self._answer = None
        async with asyncio.timeout(timeout / 1000):
            if not self._listening:
                await self._listen()
            call = {"url": url, "referrer": referer or "", "referrerPolicy": "unsafeUrl"}
            told = await self._session.send("Page.navigate", call)
            if told.get("isDownload"):
                raise PlaywrightError("Download is starting")
            if told.get("errorText"):
                raise PlaywrightError(f"{told['errorText']} at {url}")
            await self._until(lambda: told["loaderId"] in self._loaders)
        return self._answer

    async def wait_for_load_state(self, state: Milestone, *, timeout: float) -> None:
        """See `tabs.Tab`; raises TimeoutError."""
        async with asyncio.timeout(timeout / 1000):
            await self._until(lambda: state in self._reached)

    async def wait_for_url(self, url: str, *, wait_until: Literal["commit"], timeout: float) -> None:
        """See `tabs.Tab`; raises TimeoutError."""
        del wait_until
        async with asyncio.timeout(timeout / 1000):
            await self._until(lambda: self.url == url)

    async def _until(self, come: Callable[[], bool]) -> None:
        while not come():
            self._news.clear()
            await self._news.wait()

    def _on_navigated(self, event: dict[str, Any]) -> None:
        frame = event["frame"]
        if "parentId" in frame:
            return
        self.url = frame["url"] + frame.get("urlFragment", "")
        self._loaders.add(frame["loaderId"])
        self._reached.clear()
        self._news.set()

    def _on_moved(self, event: dict[str, Any]) -> None:
        if event["frameId"] == self._id:
            self.url = event["url"]

    def _reach(self, milestone: str) -> None:
        self._reached.add(milestone)
        self._news.set()
        self._tell(milestone)

    def _on_response(self, event: dict[str, Any]) -> None:
        """Let everything go on after the page's own answer, and each redirect to it."""
        status, headers = event.get("responseStatusCode"), _merged(event.get("responseHeaders", []))
        if event["frameId"] != self._id or (status in REDIRECTS and "location" in headers):
            self._session.send_soon("Fetch.continueRequest", {"requestId": event["requestId"]})
            return
        self._answer = None if status is None else Arrived(status, headers)
        self._listening = False
        self._session.send_soon("Fetch.disable")

    def _on_dialog(self, event: dict[str, Any]) -> None:
        self._session.send_soon("Page.handleJavaScriptDialog", {"accept": event["type"] == "beforeunload"})

    def _tell(self, name: str) -> None:
        for listener in self._listeners[name]:
            listener(self)


def _merged(headers: list[dict[str, str]]) -> dict[str, str]:
    """As Playwright has them: a line for each value of a name, and no cookies."""
    merged: dict[str, str] = {}
    for name, value in ((header["name"].lower(), header["value"]) for header in headers):
        if name not in ("set-cookie", "set-cookie2"):
            merged[name] = f"{merged[name]}\n{value}" if name in merged else value
    return merged

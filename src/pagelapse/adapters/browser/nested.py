"""DevTools sessions inside the one that Playwright has with the browser, with targets that Playwright leaves alone."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from playwright.async_api import Browser, CDPSession
from playwright.async_api import Error as PlaywrightError

Listener = Callable[[dict[str, Any]], None]


class NestedSession:
    """One target's; see `tabs.Session`."""

    def __init__(self, root: CDPSession, session_id: str) -> None:
        self._root = root
        self._id = session_id
        self._numbers = itertools.count(1)
        self._calls: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)
        self._running: set[asyncio.Task[None]] = set()
        self._ended = False

    async def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Chromium's answer to one call.

        Raises:
            playwright.async_api.Error: When it refuses, or when the target or the browser goes away.
        """
        if self._ended:
            raise PlaywrightError(f"{method}: target closed")
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._calls[number] = answer
        message = json.dumps({"id": number, "method": method, "params": params or {}})
        try:
            await self._root.send("Target.sendMessageToTarget", {"sessionId": self._id, "message": message})
            return await answer
        finally:
            self._calls.pop(number, None)

    def send_soon(self, method: str, params: dict[str, Any] | None = None) -> None:
        """Make a call whose answer nobody needs."""
        _soon(self.send(method, params), self._running)

    def on(self, event: str, f: Listener) -> None:
        """Call `f` with each event of a name."""
        self._listeners[event].append(f)

    def receive(self, text: str) -> None:
        """Hand an answer or an event to who waits for it."""
        message = json.loads(text)
        if "id" not in message:
            for listener in self._listeners.get(message["method"], ()):
                listener(message["params"])
            return
        call = self._calls.get(message["id"])
        if call is None or call.done():
            return
        if "error" in message:
            call.set_exception(PlaywrightError(f"Protocol error: {message['error'].get('message')}"))
        else:
            call.set_result(message["result"])

    def end(self) -> None:
        """The target is gone, and answers nobody any more."""
        self._ended = True
        for call in self._calls.values():
            if not call.done():
                call.set_exception(PlaywrightError("target closed"))


class Nest:
    """The nested sessions of one browser.

    Args:
        browser: Playwright's.
        root: A session with the browser itself, which nothing else attaches targets with.
    """

    def __init__(self, browser: Browser, root: CDPSession) -> None:
        self.browser = browser
        self._root = root
        self._sessions: dict[str, NestedSession] = {}
        self._wanted: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()
        root.on("Target.receivedMessageFromTarget", _quick(self._on_message))
        root.on("Target.detachedFromTarget", self._on_detached)
        root.on("Target.targetCreated", self._on_created)
        browser.on("disconnected", lambda _: self._end())

    @classmethod
    async def of(cls, browser: Browser) -> Nest:
        """A new one."""
        return cls(browser, await browser.new_browser_cdp_session())

    async def send(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The browser's own answer to one call."""
        return await self._root.send(method, params)

    async def attach(self, target_id: str) -> NestedSession:
        """A session with a target."""
        attached = await self._root.send("Target.attachToTarget", {"targetId": target_id, "flatten": False})
        session_id = attached["sessionId"]
        session = self._sessions[session_id] = NestedSession(self._root, session_id)
        return session

    def close_popups(self, context_id: str, wanted_id: str) -> None:
        """Close all pages of a context but one, those that come later too, until `forget`."""
        if context_id not in self._wanted:
            self._wanted[context_id] = wanted_id
            _soon(self._discover(), self._running)

    def forget(self, context_id: str) -> None:
        """A context goes away, with all its pages."""
        if self._wanted.pop(context_id, None) is not None:
            _soon(self._discover(), self._running)

    async def _discover(self) -> None:
        """Begin anew each time, for then Chromium tells of those that are there already, too."""
        await self._root.send("Target.setDiscoverTargets", {"discover": False})
        if self._wanted:
            pages = {"discover": True, "filter": [{"type": "page"}]}
            await self._root.send("Target.setDiscoverTargets", pages)

    def _on_message(self, event: dict[str, Any]) -> None:
        session = self._sessions.get(event["sessionId"])
        if session is not None:
            session.receive(event["message"])

    def _on_detached(self, event: dict[str, Any]) -> None:
        session = self._sessions.pop(event["sessionId"], None)
        if session is not None:
            session.end()

    def _on_created(self, event: dict[str, Any]) -> None:
        target = event["targetInfo"]
        wanted_id = self._wanted.get(target.get("browserContextId", ""), target["targetId"])
        if target["targetId"] != wanted_id:
            _soon(self._root.send("Target.closeTarget", {"targetId": target["targetId"]}), self._running)

    def _end(self) -> None:
        while self._sessions:
            self._sessions.popitem()[1].end()


def _quick(listener: Listener) -> Listener:
    """Playwright asks for a listener's signature at each event, which takes Python longer than to hear it."""

    def hear(event: dict[str, Any]) -> None:
        listener(event)

    vars(hear)["__signature__"] = inspect.signature(hear)
    return hear


def _soon(work: Coroutine[Any, Any, Any], running: set[asyncio.Task[None]]) -> None:
    """Begin work that may as well fail, and keep it from being forgotten while it goes on."""
    task = asyncio.get_running_loop().create_task(_quietly(work))
    running.add(task)
    task.add_done_callback(running.discard)


async def _quietly(work: Coroutine[Any, Any, Any]) -> None:
    with suppress(PlaywrightError):
        await work

"""Browshot's browsers and instances: those that everybody has, and those of an account's own.

An instance is a screen and a browser; both decide the capture. Chromium takes all the pictures: a browser is what it
tells the page about itself. No browser has Flash, which no living browser has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from pagelapse import services as composition
from pagelapse.errors import InvalidOption

MAX_SCREEN = 2000
"""px on either side of an own instance's screen ("instance/create")."""

DEFAULT_INSTANCE = 12
DEFAULT_BROWSER = 1
_BROWSERS = "browser"
_INSTANCES = "instance"

InstanceType = Literal["public", "shared", "private"]


@dataclass(frozen=True, slots=True)
class Browser:
    """What a page learns about the browser."""

    number: int
    name: str
    user_agent: str | None = None
    """`None` is Chromium's own."""
    javascript: bool = True
    mobile: bool = False
    flash: bool = False
    """As an own browser was created; it has no effect."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A screen, px, and a browser."""

    number: int
    width: int
    height: int
    browser: Browser
    kind: InstanceType = "public"

    @property
    def cost(self) -> int:
        """Credits for a screenshot."""
        return 1 if self.kind == "shared" else 0


_NEXUS = (
    "Mozilla/5.0 (Linux; U; Android 2.3.4; en-us; Nexus S Build/GRJ22) AppleWebKit/533.1 (KHTML, like Gecko)"
    " Version/4.0 Mobile Safari/533.1"
)
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
    " Mobile/15E148 Safari/604.1"
)
_IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
    " Mobile/15E148 Safari/604.1"
)
_SLURP = "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)"

BROWSERS = {
    browser.number: browser
    for browser in (
        Browser(1, "Chromium"),
        Browser(2, "Chromium without JavaScript", javascript=False),
        Browser(3, "Internet Explorer 8", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)"),
        Browser(6, "Yahoo Slurp", _SLURP, javascript=False),
        Browser(11, "Android Nexus S", _NEXUS, mobile=True),
        Browser(12, "iPhone", _IPHONE, mobile=True),
        Browser(13, "iPad", _IPAD, mobile=True),
    )
}
"""Those of the vendor's text have its numbers."""

INSTANCES = {
    instance.number: instance
    for instance in (
        Instance(3, 1024, 768, BROWSERS[3]),
        Instance(10, 1024, 768, BROWSERS[2]),
        Instance(11, 1024, 768, BROWSERS[6]),
        Instance(12, 1024, 768, BROWSERS[1]),
        Instance(13, 320, 533, BROWSERS[11]),
        Instance(14, 1280, 1024, BROWSERS[1]),
        Instance(15, 1200, 800, BROWSERS[1]),
        Instance(16, 1200, 1800, BROWSERS[1]),
        Instance(17, 1600, 1200, BROWSERS[1]),
        Instance(18, 640, 480, BROWSERS[1]),
        Instance(65, 1366, 768, BROWSERS[1], "shared"),
        Instance(66, 1920, 1080, BROWSERS[1], "shared"),
        Instance(67, 390, 844, BROWSERS[12], "shared"),
        Instance(68, 820, 1180, BROWSERS[13], "shared"),
        Instance(69, 320, 533, BROWSERS[11], "shared"),
    )
}
"""The vendor's text names 12, the default, 65, a premium one, and 3."""


def instance_for_screen(width: int, height: int) -> Instance:
    """The free instance of this screen; where there is none, always the same one of the nearest size.

    The text says a random one, which would never be found in the cache again.
    """
    free = [instance for instance in INSTANCES.values() if instance.kind == "public" and instance.browser.number == 1]
    return min(free, key=lambda found: (abs(found.width - width) + abs(found.height - height), found.number))


def find_instance(account_id: str, number: int) -> Instance | None:
    """An instance that everybody has, or one of the account's own."""
    if number in INSTANCES:
        return INSTANCES[number]
    content = composition.definitions().find(account_id, _INSTANCES, number)
    return None if content is None else _instance(account_id, number, content)


def own_instances(account_id: str) -> list[Instance]:
    """The account's own instances."""
    found = composition.definitions().all(account_id, _INSTANCES)
    if not found:
        return []
    browsers = BROWSERS | {browser.number: browser for browser in own_browsers(account_id)}
    return list(_with_browsers(found.items(), browsers))


def find_browser(account_id: str, number: int) -> Browser | None:
    """A browser that everybody has, or one of the account's own."""
    if number in BROWSERS:
        return BROWSERS[number]
    content = composition.definitions().find(account_id, _BROWSERS, number)
    return None if content is None else _browser(number, content)


def own_browsers(account_id: str) -> list[Browser]:
    """The account's own browsers."""
    found = composition.definitions().all(account_id, _BROWSERS)
    return [_browser(number, content) for number, content in found.items()]


def create_instance(account_id: str, width: int, height: int, browser: Browser) -> Instance:
    """Store an instance of the account's own; raises as `Definitions.add`."""
    content: dict[str, JsonValue] = {"width": width, "height": height, "browser": browser.number}
    number = composition.definitions().add(account_id, _INSTANCES, content)
    return Instance(number, width, height, browser, "private")


def create_browser(
    account_id: str, name: str, user_agent: str | None, *, javascript: bool, mobile: bool, flash: bool
) -> Browser:
    """Store a browser of the account's own; raises as `Definitions.add`."""
    content: dict[str, JsonValue] = {
        "name": name,
        "user_agent": user_agent,
        "javascript": javascript,
        "mobile": mobile,
        "flash": flash,
    }
    return _browser(composition.definitions().add(account_id, _BROWSERS, content), content)


def _with_browsers(
    found: Iterable[tuple[int, dict[str, JsonValue]]], browsers: dict[int, Browser]
) -> Iterator[Instance]:
    for number, content in found:
        browser = browsers[int(str(content["browser"]))]
        yield Instance(number, int(str(content["width"])), int(str(content["height"])), browser, "private")


def _instance(account_id: str, number: int, content: dict[str, JsonValue]) -> Instance:
    browser_number = int(str(content["browser"]))
    browser = find_browser(account_id, browser_number)
    if browser is None:
        raise InvalidOption("has a browser that is gone", option="instance_id")
    return next(_with_browsers([(number, content)], {browser_number: browser}))


def _browser(number: int, content: dict[str, JsonValue]) -> Browser:
    user_agent = content["user_agent"]
    return Browser(
        number,
        str(content["name"]),
        None if user_agent is None else str(user_agent),
        bool(content["javascript"]),
        bool(content["mobile"]),
        bool(content["flash"]),
    )

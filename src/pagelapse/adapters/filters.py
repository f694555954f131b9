"""Filter lists: which hosts a capture is kept from, and which of a page's elements are hidden.

`local.filters` makes the files from lists that this repository does not hold. They are read when the first capture asks
for them, and kept: ads and trackers together take about 20 MB of memory.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pagelapse.adapters.sites import same_site
from pagelapse.adapters.unpacking import zstd
from pagelapse.errors import CaptureError

Kind = Literal["ads", "trackers", "cookies", "widgets"]


class _Kind:
    """One kind's rules, read on demand."""

    def __init__(self, folder: Path, name: Kind) -> None:
        self._folder, self._name = folder, name

    @cached_property
    def hosts(self) -> HostRules:
        content = self._read("hosts")
        allowed = {host: frozenset(pages.split()) for host, pages in content["allowed"].items()}
        return HostRules(
            frozenset(content["hosts"].split()),
            frozenset(content["third_party"].split()),
            allowed,
            frozenset(content["pages"].split()),
        )

    @cached_property
    def elements(self) -> ElementRules:
        content = self._read("hide")
        return ElementRules(
            frozenset(content["simple"].split()),
            content["keyed"],
            content["specific"],
            content["shown"],
            frozenset(content["plain_pages"].split()),
        )

    def _read(self, part: str) -> dict[str, Any]:
        path = self._folder / f"{self._name}.{part}.json"
        packed = path.with_name(f"{path.name}.zst")
        text = zstd.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
        content: dict[str, Any] = json.loads(text)
        return content


@dataclass(frozen=True, slots=True)
class HostRules:
    """Hosts that are blocked with all below them, and where they are not."""

    hosts: frozenset[str]
    third_party: frozenset[str]
    """Blocked on other sites than their own."""
    allowed: dict[str, frozenset[str]]
    """Let through on these pages, or on all when there are none."""
    pages: frozenset[str]
    """Where nothing is blocked."""

    def blocks(self, names: Collection[str], page_host: str, page_names: Collection[str]) -> bool:
        """Whether the host that `names` belong to is blocked for the page; both with their parents, longest first."""
        if not self.pages.isdisjoint(page_names):
            return False
        for name in names:
            if name in self.allowed and (not self.allowed[name] or not self.allowed[name].isdisjoint(page_names)):
                return False
        if any(name in self.hosts and name not in page_names for name in names):
            return True
        return any(name in self.third_party and not _same_site(name, page_host) for name in names)


@dataclass(frozen=True, slots=True)
class ElementRules:
    """Selectors of what is hidden, and where it is not."""

    simple: frozenset[str]
    """Of one class or id each."""
    keyed: dict[str, list[str]]
    """By the class or id that must be there for any of them to match; by the empty text when none must."""
    specific: dict[str, list[str]]
    shown: dict[str, list[str]]
    plain_pages: frozenset[str]
    """Where only what is meant for the page is hidden."""

    def selectors(self, keys: Iterable[str], page_names: Collection[str]) -> Iterator[str]:
        """What is hidden on a page that has these classes and ids, each with its `.` or `#`."""
        shown = {selector for name in page_names for selector in self.shown.get(name, ())}
        for selector in self._all(keys, page_names):
            if selector not in shown:
                yield selector

    def _all(self, keys: Iterable[str], page_names: Collection[str]) -> Iterator[str]:
        for name in page_names:
            yield from self.specific.get(name, ())
        if not self.plain_pages.isdisjoint(page_names):
            return
        yield from self.keyed.get("", ())
        for key in keys:
            if key in self.simple:
                yield key
            yield from self.keyed.get(key, ())


class FilterLists:
    """The lists of one folder.

    Args:
        folder: Made by `local.filters`; it may be absent, and `None` is a folder without any.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kinds: dict[Kind, _Kind] = {}

    def blocker(self, kinds: Iterable[Kind], page_url: str | None) -> Blocker:
        """What keeps a capture of `page_url` from hosts of these kinds.

        Raises:
            CaptureError: When this deployment has no lists.
        """
        return Blocker([self._kind(kind).hosts for kind in kinds], page_url)

    def selectors(self, kinds: Iterable[Kind], page_url: str, keys: Collection[str]) -> list[str]:
        """Selectors of what is hidden on a page that has these classes and ids.

        Raises:
            CaptureError: When this deployment has no lists.
        """
        names = page_names(page_url)
        found = (self._kind(kind).elements.selectors(keys, names) for kind in kinds)
        return list(dict.fromkeys(selector for selectors in found for selector in selectors))

    @cached_property
    def consent_engine(self) -> ConsentEngine | None:
        """DuckDuckGo's autoconsent; `None` when this deployment has none."""
        if self._folder is None:
            return None
        try:
            script = (self._folder / "autoconsent.js").read_text(encoding="utf-8")
            rules = (self._folder / "autoconsent-rules.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return ConsentEngine(script, rules)

    def has(self, kind: Kind) -> bool:
        """Whether there are lists of this kind."""
        return self._folder is not None and (self._folder / f"{kind}.hosts.json").is_file()

    def _kind(self, kind: Kind) -> _Kind:
        if kind not in self._kinds:
            if self._folder is None or not self.has(kind):
                option = {"ads": "block_ads", "trackers": "block_trackers", "widgets": "hide_widgets"}.get(kind)
                raise CaptureError("this deployment has no filter lists", option=option)
            self._kinds[kind] = _Kind(self._folder, kind)
        return self._kinds[kind]


@dataclass(frozen=True, slots=True)
class ConsentEngine:
    """A script that opts out by the consent provider's own dialogs, and its rules as JSON."""

    script: str
    rules: str


class Blocker:
    """What one capture is kept from: never from the host of its own page.

    Args:
        rules: Of the kinds that are blocked.
        page_url: The page's; `None` for a document without an address.
    """

    def __init__(self, rules: list[HostRules], page_url: str | None) -> None:
        self._rules = rules
        self._page_host = ""
        self._page_names: list[str] = []
        self.blocked: set[str] = set()
        """The hosts that were asked for in vain."""
        self.let_through(page_url)

    def let_through(self, page_url: str | None) -> None:
        """Take `page_url` for the page too: a redirect has led there."""
        self._page_host = _host(page_url) if page_url else ""
        self._page_names = [*_names(self._page_host), *self._page_names]

    def blocks(self, host: str) -> bool:
        """Whether the page may not have anything from `host`; remembers it."""
        names = parents(host.rstrip(".").lower())
        if not any(rules.blocks(names, self._page_host, self._page_names) for rules in self._rules):
            return False
        self.blocked.add(names[0])
        return True


def parents(host: str) -> list[str]:
    """`host` and the domains above it, longest first."""
    names = [host]
    while "." in names[-1]:
        names.append(names[-1].partition(".")[2])
    return names


def page_names(url: str) -> list[str]:
    """What rules may call the page's host: itself, what is above it, and each with `*` for the public suffix."""
    return _names(_host(url))


def _names(host: str) -> list[str]:
    if not host:
        return []
    plain = parents(host)
    labels = [name.split(".") for name in plain]
    wild = [".".join([*part[:-cut], "*"]) for part in labels for cut in (1, 2) if len(part) > cut]
    return [*plain, *dict.fromkeys(wild)]


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".").lower()


def _same_site(host: str, page_host: str) -> bool:
    return bool(page_host) and same_site(f"http://{host}", f"http://{page_host}")

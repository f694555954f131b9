"""Reads filter lists in Adblock syntax, and keeps what a capture can use: whole hosts to block and selectors to hide.

https://adguard.com/kb/general/ad-filtering/create-own-filters describes the syntax. Rules about parts of a URL, about
responses and scriptlets are left out: an egress guard sees hosts only, and scripts of a list's are not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_NETWORK = re.compile(r"(?P<allow>@@)?\|\|(?P<host>[a-z0-9.-]+)(?P<path>[\^/:|*?][^$]*)?(?:\$(?P<options>.*))?")
_COSMETIC = re.compile(r"(?P<domains>[^#/\[\]\s]*)(?P<kind>#@?#)(?P<selector>.+)")
_KEY = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")
_EXTENDED = re.compile(
    r":(-abp-|contains|has-text|if|if-not|is\(.*:contains|matches-|min-text|nth-ancestor|others|remove|style|upward"
    r"|watch-attr|xpath)"
)
_EVERYTHING = {"third-party", "3p", "all", "important"}
"""Options of a rule that still blocks whatever comes from the host."""

_NOT_REQUESTS = ("cookie", "removeparam", "csp", "stealth", "popup", "jsinject", "content", "extension", "badfilter")
_NO_GENERIC = {"generichide", "ghide", "elemhide", "ehide"}
_WHOLE_PAGE = {"document", "doc", "urlblock"}


@dataclass
class Rules:
    """What one or more lists say."""

    hosts: set[str] = field(default_factory=set)
    """Blocked, with all below them."""
    third_party: set[str] = field(default_factory=set)
    """Blocked unless the page is of the same site."""
    allowed: dict[str, set[str]] = field(default_factory=dict)
    """Hosts that are let through after all, by the page's host; an empty set of pages is all of them."""
    pages: set[str] = field(default_factory=set)
    """Pages on which nothing is blocked."""
    generic: set[str] = field(default_factory=set)
    """Selectors of what is hidden on any page."""
    specific: dict[str, set[str]] = field(default_factory=dict)
    """Selectors by the page's host, which may end in `.*`."""
    shown: dict[str, set[str]] = field(default_factory=dict)
    """Selectors that are not hidden after all, likewise."""
    plain_pages: set[str] = field(default_factory=set)
    """Pages on which nothing generic is hidden."""


def read(lines: Iterable[str]) -> Rules:
    """The rules of the lists' lines."""
    rules, withdrawn = Rules(), set()
    for line in map(str.strip, lines):
        if not line or line.startswith("!"):
            continue
        if found := _NETWORK.fullmatch(line):
            if "badfilter" in (found["options"] or ""):
                withdrawn.add(found["host"])
            _add_network(rules, found)
        elif found := _COSMETIC.fullmatch(line):
            _add_cosmetic(rules, found)
    rules.hosts -= withdrawn
    rules.third_party -= withdrawn
    _drop_unneeded(rules)
    return rules


def _add_network(rules: Rules, found: re.Match[str]) -> None:
    host, path, options = found["host"].strip("."), found["path"] or "", set((found["options"] or "").split(","))
    if found["allow"]:
        _add_exception(rules, host, path, options)
        return
    options.discard("")
    plain = {option for option in options if not option.startswith("redirect")}
    if path == "^" and "." in host and plain <= _EVERYTHING:
        third_party = plain & {"third-party", "3p"}
        (rules.third_party if third_party else rules.hosts).add(host)


def _add_exception(rules: Rules, host: str, path: str, options: set[str]) -> None:
    if options & _NO_GENERIC:
        rules.plain_pages.add(host)
    elif options & _WHOLE_PAGE:
        rules.pages.add(host)
    elif not any(option.startswith(_NOT_REQUESTS) for option in options):
        domains = [option.removeprefix("domain=") for option in options if option.startswith("domain=")]
        pages = {page for page in "|".join(domains).split("|") if page and not page.startswith("~")}
        if pages:
            rules.allowed.setdefault(host, set()).update(pages)
        elif path == "^" and not domains:
            rules.allowed[host] = set()


def _add_cosmetic(rules: Rules, found: re.Match[str]) -> None:
    selector, domains = found["selector"], [name for name in found["domains"].split(",") if name]
    if _EXTENDED.search(selector):
        return
    if found["kind"] == "#@#":
        for name in domains or ["*"]:
            rules.shown.setdefault(name, set()).add(selector)
        return
    for name in domains:
        target = rules.shown if name.startswith("~") else rules.specific
        target.setdefault(name.removeprefix("~"), set()).add(selector)
    if all(name.startswith("~") for name in domains):
        rules.generic.add(selector)


def _drop_unneeded(rules: Rules) -> None:
    """Hosts below blocked ones, exceptions of what isn't blocked, and selectors that are shown everywhere."""
    everywhere = {host for host, pages in rules.allowed.items() if not pages}
    rules.hosts = {host for host in rules.hosts - everywhere if not _below(host, rules.hosts)}
    rules.third_party = {host for host in rules.third_party - everywhere - rules.hosts if not _below(host, rules.hosts)}
    blocked = rules.hosts | rules.third_party
    rules.allowed = {host: pages for host, pages in rules.allowed.items() if host in blocked or _below(host, blocked)}
    rules.generic -= rules.shown.pop("*", set())


def _below(host: str, hosts: set[str]) -> bool:
    return any(parent in hosts for parent in _parents(host))


def _parents(host: str) -> Iterator[str]:
    while "." in host:
        host = host.partition(".")[2]
        yield host


def key_of(selector: str) -> str | None:
    """The class or id, with its `.` or `#`, that an element or one around it must have for `selector` to match.

    `None` when there is none to look for: in attributes, or in one of several alternatives.
    """
    if "," in selector or "(" in selector:
        return None
    bare = re.sub(r"\[[^\]]*\]", "", selector)
    found = _KEY.search(bare)
    return found[0] if found and "\\" not in bare else None

"""Makes the filter lists and the consent engine that captures use, from npm packages; none of it is committed.

`python -m pagelapse.local.filters --into FOLDER` is what the layer's Makefile calls. The lists are GPL-3.0, the engine
is MPL-2.0: NOTICE.txt and the licences lie beside the data. A deployment without them refuses to block.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pagelapse.local import filter_rules, packages
from pagelapse.local.filter_rules import Rules, key_of
from pagelapse.local.pins import Package
from pagelapse.local.problem import Problem, give_up

_LISTS = {"ads": (2,), "trackers": (3,), "cookies": (18,), "widgets": (19, 20, 22)}
"""AdGuard's numbers: Base with EasyList, Tracking Protection with EasyPrivacy, Cookie Notices; Popups, Mobile App
Banners and Widgets."""

OWN = {
    "ads": ("||doubleclick.net^$third-party", "||googlesyndication.com^$third-party", "||criteo.net^$third-party"),
    "trackers": ("||googletagmanager.com^$third-party", "||sc-static.net^$third-party", "||bat.bing.com^$third-party"),
    "cookies": (),
    "widgets": (
        *(f"||{host}^$third-party" for host in ("widget.intercom.io", "js.intercomcdn.com", "embed.tawk.to")),
        *(f"||{host}^$third-party" for host in ("cdn.livechatinc.com", "static.olark.com", "static.zdassets.com")),
        "###intercom-container,.intercom-lightweight-app,.intercom-app",
        "###drift-widget-container,#drift-frame-controller",
        "##.crisp-client",
        "###tidio-chat",
        "###hubspot-messages-iframe-container",
        "###chat-widget-container",
        "###launcher[title][data-product]",
        "##iframe#launcher",
        "###fc_frame",
        "##.olark-launch-button-wrapper",
        '##iframe[title*="chat widget" i]',
        "###mc_embed_signup_popup,.mc-modal,.mc-modal-bg",
        "##.klaviyo-form-overlay",
        "##.sumome-react-wysiwyg-popup-container",
    ),
}
"""Hosts that the lists block in part only, which a guard of hosts can't tell apart, and widgets that they miss."""

_RULESETS = "package/dist/filters/declarative"
LISTS = Package(
    "@adguard/dnr-rulesets",
    "3.3.20260320140136",
    "sha512-n0DqlWWlDYs4P6UdG1H5HQR/nVCMMxq6B6JMj6gvcP4uMvjmLKQw6rPg07vy5+Mn0ty9Q/3OYQldiHsqNSPzuQ==",
    ("package/LICENSE", *(f"{_RULESETS}/ruleset_{n}/ruleset_{n}.json" for ns in _LISTS.values() for n in ns)),
)
CONSENT = Package(
    "@duckduckgo/autoconsent",
    "16.23.0",
    "sha512-NTmDhASFf5pUsSwg2TyT9R75GYUcuYZXPyBnRcYgJgozg6RLeXXP9uH8ADxA364yQ2gJBMu83AN/D24Y4nkPKg==",
    ("package/LICENSE", "package/dist/autoconsent.playwright.js", "package/dist/addon-mv3/compact-rules.json"),
)

_NOTICE = f"""The files in this folder are not part of Pagelapse, and not under its licence.

*.hosts.json and *.hide.json are made from AdGuard's filters, which hold EasyList and EasyPrivacy, as they are in the
npm package {LISTS.spec}: GPL-3.0, see LICENSE-lists.txt.
Left out are the rules that Pagelapse does not use. Their source is that package, and the program that makes them is
src/pagelapse/local/filters.py of Pagelapse.

autoconsent.js and autoconsent-rules.json are DuckDuckGo's, unchanged from the npm package {CONSENT.spec}:
MPL-2.0, see LICENSE-autoconsent.txt. Their source is that package.
"""


def installed(folder: Path) -> bool:
    """Whether `folder` holds what is pinned now."""
    stamp = folder / ".complete"
    return stamp.is_file() and stamp.read_text() == _fingerprint()


def install(folder: Path) -> None:
    """Download, check and convert everything, unless it is there; half of it is never seen.

    Raises:
        Problem: When npm is missing or the download fails.
    """
    if installed(folder):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        make(Path(scratch), made)
        (made / ".complete").write_text(_fingerprint())
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def make(scratch: Path, folder: Path) -> None:
    """Fill `folder`; raises like `install`."""
    folder.mkdir(parents=True, exist_ok=True)
    tarballs = packages.download((LISTS, CONSENT), scratch / "downloads", what="the filter lists")
    lists, consent = scratch / "lists", scratch / "consent"
    packages.extract(tarballs[0], LISTS, lists)
    packages.extract(tarballs[1], CONSENT, consent)
    for kind, numbers in _LISTS.items():
        theirs = (line for n in numbers for line in _raw(lists / f"ruleset_{n}.json").splitlines())
        write(folder, kind, filter_rules.read((*theirs, *OWN[kind])))
    (lists / "LICENSE").rename(folder / "LICENSE-lists.txt")
    (consent / "LICENSE").rename(folder / "LICENSE-autoconsent.txt")
    (consent / "autoconsent.playwright.js").rename(folder / "autoconsent.js")
    (consent / "compact-rules.json").rename(folder / "autoconsent-rules.json")
    (folder / "NOTICE.txt").write_text(_NOTICE)


def _raw(path: Path) -> str:
    """The list as its authors write it, which the package's JSON carries beside the converted rules."""
    try:
        text = json.loads(path.read_bytes())[0]["metadata"]["rawFilterList"]
    except (KeyError, IndexError, TypeError):
        raise Problem(f"{LISTS.spec} does not hold {path.name} as expected: correct {__name__}.") from None
    return str(text)


def write(folder: Path, kind: str, rules: Rules) -> None:
    """Write one kind's rules in the form that `adapters.filters` reads."""
    hosts = {
        "hosts": _words(rules.hosts),
        "third_party": _words(rules.third_party),
        "allowed": {host: _words(pages) for host, pages in sorted(rules.allowed.items())},
        "pages": _words(rules.pages),
    }
    _dump(folder / f"{kind}.hosts.json", hosts)
    simple = {selector for selector in rules.generic if key_of(selector) == selector}
    keyed: dict[str, list[str]] = {}
    for selector in sorted(rules.generic - simple):
        keyed.setdefault(key_of(selector) or "", []).append(selector)
    hide = {
        "simple": _words(simple),
        "keyed": keyed,
        "specific": _sorted(rules.specific),
        "shown": _sorted(rules.shown),
        "plain_pages": _words(rules.plain_pages | rules.pages),
    }
    _dump(folder / f"{kind}.hide.json", hide)


def _words(names: Iterable[str]) -> str:
    return " ".join(sorted(names))


def _sorted(sets: Mapping[str, set[str]]) -> dict[str, list[str]]:
    return {name: sorted(members) for name, members in sorted(sets.items())}


def _dump(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _fingerprint() -> str:
    programs = "".join(Path(name).read_text() for name in (__file__, filter_rules.__file__))
    return hashlib.sha256(programs.encode()).hexdigest()


def main() -> int:
    """Make the filter lists and the consent engine for the layer."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    try:
        with tempfile.TemporaryDirectory() as scratch:
            make(Path(scratch), parser.parse_args().into)
    except Problem as problem:
        return give_up(problem)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

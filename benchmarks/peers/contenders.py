"""Who is measured, and how each is started."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers import installing
from pagelapse.adapters.browser.executable import browser_environment
from pagelapse.local.layout import REPOSITORY, Layout
from pagelapse.local.problem import Problem

DRIVERS = Path(__file__).parent / "drivers"


@dataclass(frozen=True)
class Contender:
    """A program that takes pictures."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    one_at_a_time: bool = False
    """It can't take two pictures at the same time; two of it can."""


OURS = "Pagelapse"
OURS_QUIET = "Pagelapse, until quiet"


def contenders(site: str) -> tuple[list[Contender], dict[str, str]]:
    """Those that could be installed, ours first, and why the others could not.

    Args:
        site: The URL of the server that the pages come from.
    """
    common = _environment(site)
    found: list[Contender] = []
    missing: dict[str, str] = {}
    for name, make in _MAKERS.items():
        try:
            contender = make(name)
        except (OSError, RuntimeError, Problem) as reason:
            missing[name] = str(reason)
        else:
            environment = {**common, **contender.environment}
            found.append(Contender(name, contender.command, environment, contender.one_at_a_time))
    return found, missing


def _environment(site: str) -> dict[str, str]:
    """The same browser and the same fonts for all."""
    chromium = Layout().chromium
    shown = {name: str(value) for name, value in browser_environment(chromium).items() if name != "PATH"}
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        **{name: shown[name] for name in ("FONTCONFIG_FILE", "LD_LIBRARY_PATH") if name in shown},
        "PEERS_CHROMIUM": str(chromium),
        "PEERS_SITE": site,
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'src'}",
    }


def _python(module: str, *arguments: str) -> Callable[[str], Contender]:
    command = (sys.executable, "-m", f"benchmarks.peers.drivers.{module}", *arguments)
    return lambda name: Contender(name, command)


def _node(driver: str, folder: str, *arguments: str) -> Callable[[str], Contender]:
    def make(name: str) -> Contender:
        command = (str(installing.node()), str(DRIVERS / driver), *arguments)
        return Contender(name, command, {"PEERS_MODULES": str(installing.npm(folder))})

    return make


def _shot_scraper(name: str) -> Contender:
    command = (str(installing.shot_scraper()), str(DRIVERS / "shot_scraper_multi.py"))
    browsers = {"PLAYWRIGHT_BROWSERS_PATH": str(installing.FOLDER / "browsers"), "PYTHONPATH": ""}
    return Contender(name, command, browsers, one_at_a_time=True)


_MAKERS: dict[str, Callable[[str], Contender]] = {
    OURS: _python("pagelapse_core"),
    OURS_QUIET: _python("pagelapse_core", "quiet"),
    "bare CDP": _python("bare_cdp"),
    "bare Playwright (Python)": _python("bare_playwright"),
    "bare Playwright (Node)": _node("bare_playwright.mjs", "playwright"),
    "puppeteer-core": _node("bare_puppeteer.mjs", "puppeteer"),
    "browserless, load event": _node("browserless.mjs", "browserless"),
    "browserless, as it comes": _node("browserless.mjs", "browserless", "auto"),
    "shot-scraper": _shot_scraper,
    "capture-website": _node("capture_website.mjs", "capture-website"),
    "pageres": _node("pageres.mjs", "pageres"),
}

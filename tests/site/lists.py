"""Filter lists for tests, in the form of the real ones, naming hosts that lead to the tests' own server."""

from __future__ import annotations

import shutil
from pathlib import Path

from pagelapse.local import filter_rules, filters
from pagelapse.local.layout import Layout

RULES: dict[str, str] = {
    "ads": """
        ! localhost, added below, is what serves ads here
        ||ads.example^$third-party
        ##.sponsored-box
        ##div[data-ad-slot]
        ###banner-ad > img
        127.0.0.1##.house-ad
        127.0.0.1#@#.not-an-ad
        ##.not-an-ad
    """,
    "trackers": "||127.0.0.1^",
    "cookies": "##.listed-cookie-note",
    "widgets": "||chat.example^$third-party\n##.newsletter-popup",
}

LISTED = {"ads": {"localhost"}, "trackers": {"localhost"}}
"""Blocked too; a rule of a list's names no host of one label."""


def write_lists(folder: Path) -> None:
    """Fill `folder` with these rules, and with the consent engine as `make test` has installed it."""
    for kind, text in RULES.items():
        rules = filter_rules.read(text.splitlines())
        rules.hosts |= LISTED.get(kind, set())
        filters.write(folder, kind, rules)
    for name in ("autoconsent.js", "autoconsent-rules.json"):
        shutil.copy(Layout().filters / name, folder)

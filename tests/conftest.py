"""Fixtures that every level of tests shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults import ledger
from tests.site.server import Canary, Site, serving

ROOT = Path(__file__).parent.parent


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the tests have noted of faults and ways out."""
    ledger.summary(terminalreporter)


@pytest.fixture(scope="session")
def site_server() -> Iterator[Site]:
    """One web server for the whole run; use `site`, which forgets what earlier tests asked it."""
    with serving() as running:
        yield running


@pytest.fixture
def site(site_server: Site) -> Site:
    """A web server with the pages of `tests/site/pages`, which remembers this test's requests."""
    site_server.requests.clear()
    site_server.released.clear()
    return site_server


@pytest.fixture
def canary() -> Iterator[Canary]:
    """A port that no capture may ever reach."""
    listening = Canary()
    yield listening
    listening.close()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The Chromium that `make run` and `make test` install."""
    given = os.environ.get("PAGELAPSE_CHROMIUM")
    found = [Path(given)] if given else sorted(ROOT.glob(".local/chromium/*/chromium"))
    if not found:
        pytest.fail("no Chromium: `make test` installs it")
    return found[-1]

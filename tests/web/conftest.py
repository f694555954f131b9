from __future__ import annotations

import pytest
from tests.dialects.client import Client
from tests.services.bulk import Bulk
from tests.web_fakes import Browser, MemorySignIns, MemoryUsage
from tests.world import World

from pagelapse import services
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.configurations import Screenshot
from pagelapse.monitoring.listings import Listing, Page
from pagelapse.services.sign_in import SignIns


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Services over fakes, which the pages are given."""
    made = World()
    listed, changed = made.monitor.screenshots, made.monitor.changes

    def screenshots(listing: Listing, page: Page) -> list[Screenshot]:
        if page.beyond is not None:
            return listed(listing, page)
        found = sorted(listed(listing, page), key=lambda each: each.taken_at_ms, reverse=True)
        return found[(page.number - 1) * page.limit : page.number * page.limit]

    def changes(listing: Listing, page: Page) -> list[Change]:
        return changed(listing, page)[::-1][: page.limit]

    monkeypatch.setattr(made.monitor, "screenshots", screenshots)
    monkeypatch.setattr(made.monitor, "changes", changes)
    monkeypatch.setattr(services, "services", lambda: services.Services(made.accounts, made.snaps))
    monkeypatch.setattr(services, "captures", lambda: made.table)
    for name in ("self_service", "configurations", "rate_windows", "orders", "definitions", "connectors"):
        monkeypatch.setattr(services, name, lambda name=name: getattr(made, name))
    return made


@pytest.fixture
def sign_ins(world: World, monkeypatch: pytest.MonkeyPatch) -> MemorySignIns:
    """The browsers that somebody is signed in with."""
    store = MemorySignIns()
    made = SignIns(store, world.accounts, world.rate_windows)
    monkeypatch.setattr(services, "sign_ins", lambda: made)
    return store


@pytest.fixture
def bulk(world: World, monkeypatch: pytest.MonkeyPatch) -> Bulk:
    """The bulk services."""
    made = Bulk(world)
    monkeypatch.setattr(services, "bulk_jobs", lambda: made.jobs)
    return made


@pytest.fixture
def usage(monkeypatch: pytest.MonkeyPatch) -> MemoryUsage:
    """Captures by day."""
    made = MemoryUsage()
    monkeypatch.setattr(services, "usage_table", lambda: made)
    return made


@pytest.fixture
def visitor(sign_ins: MemorySignIns, bulk: Bulk, usage: MemoryUsage) -> Browser:
    """A browser that nobody is signed in with."""
    return Browser(Client())


@pytest.fixture
def browser(visitor: Browser, world: World) -> Browser:
    """A browser that the world's account is signed in with."""
    assert visitor.sign_in(world.new.private_key).status_code == 200
    return visitor

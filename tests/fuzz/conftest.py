from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tests.connector_fakes import Wires
from tests.dialects.conftest import client, log, world  # noqa: F401 - fixtures
from tests.monitor_fakes import MemoryQueue
from tests.services.bulk import Bulk
from tests.world import World

from pagelapse import services
from pagelapse.capture.result import File
from pagelapse.services.analysis import Analyses
from pagelapse.services.locations import Locations
from pagelapse.services.rate_windows import RateWindows

_PLENTY = 10_000_000


class Model:
    """Answers whatever it is asked."""

    def answers(self, images: Sequence[File], prompts: Sequence[str], *, timeout_s: float) -> list[str]:
        return [f"{prompt} ✓" for prompt in prompts]


class Unmetered:
    """Counts nothing."""

    def count_analysis(self, *_: object, **__: object) -> None:
        """Nothing to do."""


@dataclass
class Everything:
    """All services over fakes, with one of each thing that an account can have."""

    world: World
    bulk: Bulk
    wires: Wires
    ids: dict[str, str]
    """Of things that are there, by the names that the APIs give them."""


@pytest.fixture
def everything(world: World, monkeypatch: pytest.MonkeyPatch) -> Everything:  # noqa: F811
    """Whatever the dialects can ask for is there, and no limit gets in the way."""
    wires, bulk = Wires(world), Bulk(world)
    bulk.site.files["https://example.com/sitemap.xml"] = b"https://example.com/a"
    made = _analyses(bulk)
    notices = MemoryQueue()
    windows = RateWindows(world.table, factor=_PLENTY)
    pool = Locations({"USA": ["Chicago"], "Chicago": ["http://u:p@proxy.example:1"]}, monthly_bytes=_PLENTY)
    for name, service in {
        "bulk_jobs": bulk.jobs,
        "connectors": wires.connectors,
        "analyses": made,
        "notices": notices,
        "rate_windows": windows,
        "locations": pool,
        "http_client": bulk.site,
    }.items():
        monkeypatch.setattr(services, name, lambda service=service: service)
    world.accounts.change_limits(world.new.account.account_id, {"request_limit": _PLENTY})
    job = bulk.create()
    return Everything(world, bulk, wires, {"job_id": job.job_id, "connector_id": wires.connector_id})


def _analyses(bulk: Bulk) -> Analyses:
    arguments: dict[str, Any] = {"limit": None, "wait_s": 20, "memory": bulk.world.table}
    return Analyses(
        Model(), Unmetered(), bulk.site, bulk.world.pictures, pictures_url="https://pictures.test", **arguments
    )

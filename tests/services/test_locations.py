from __future__ import annotations

import json
import time

import pytest
from pydantic import SecretStr
from tests.world import OPTIONS, World

from pagelapse.capture.jobs import CaptureJob
from pagelapse.errors import InvalidOption, UsageLimitExceeded
from pagelapse.records import usage_month
from pagelapse.services.locations import Locations, parse_pool
from pagelapse.services.snaps import Snaps

POOL = {
    "Germany": ["http://u:secret@de.example:1", "socks5://u:secret@de.example:2", "Berlin"],
    "Berlin": ["http://u:secret@berlin.example:3"],
    "Portugal": ["socks5://u:secret@pt.example"],
    "Europe": ["Germany", "Portugal"],
}
LIMIT = 1000


def _locations() -> Locations:
    return Locations(parse_pool(json.dumps(POOL)), monthly_bytes=LIMIT)


def _chosen(locations: Locations, name: str) -> set[str]:
    """What a hundred choices give."""
    found = (locations.proxy_for(name) for _ in range(100))
    return {proxy.get_secret_value() for proxy in found if proxy}


def test_locations_are_listed_in_order() -> None:
    """The list is alphabetical, with the names for the whole pool in it; an empty pool has none."""
    assert _locations().names() == ["All", "Berlin", "Europe", "Germany", "Portugal", "Random"]
    assert Locations(parse_pool(""), monthly_bytes=1).names() == []


def test_a_region_chooses_among_all_that_it_contains() -> None:
    """A city has its own proxies, a country also those of its cities, a region those of its countries."""
    locations = _locations()
    own = {proxy for name in ("Germany", "Berlin") for proxy in POOL[name] if "://" in proxy}
    assert _chosen(locations, "Berlin") == set(POOL["Berlin"])
    assert _chosen(locations, "Germany") == own
    assert _chosen(locations, "Europe") == _chosen(locations, "Random") == own | set(POOL["Portugal"])


def test_an_unknown_location_is_an_error() -> None:
    """A name that the pool does not have is the caller's mistake, and no location is no proxy."""
    with pytest.raises(InvalidOption) as caught:
        _locations().proxy_for("Atlantis")
    assert caught.value.option == "location"
    assert _locations().proxy_for(None) is None


@pytest.mark.parametrize(
    "pool",
    [
        "no JSON",
        '["http://u:secret@x:1"]',
        '{"A": "http://u:secret@x:1"}',
        '{"A": []}',
        '{"A": [7]}',
        '{"A": ["ftp://u:secret@x:1"]}',
        '{"A": ["https://u:secret@x:1"]}',
        '{"A": ["http://u:secret@x:99999"]}',
        '{"A": ["http://u:secret@x:1/path"]}',
        '{"A": ["B"]}',
        '{"A": ["B"], "B": ["A"]}',
    ],
)
def test_a_malformed_pool_is_told_without_its_secrets(pool: str) -> None:
    """What the operator got wrong is an error at once, and its message quotes no credentials."""
    with pytest.raises(ValueError, match=r"pool|A:|B:") as caught:
        parse_pool(pool)
    assert "secret" not in str(caught.value)


@pytest.fixture
def world() -> World:
    """Services over fakes, with a pool."""
    made = World()
    made.snaps = Snaps(
        made.table, made.runner, made.pictures, pictures_url="https://pictures.test", wait_s=10, locations=_locations()
    )
    return made


BERLIN = OPTIONS.model_copy(update={"location": "Berlin"})


def test_the_job_carries_one_proxy_and_hides_it(world: World) -> None:
    """`snap` is told one proxy; the job's `repr` does not show it, and its JSON does, because `snap` needs it."""
    world.snap(BERLIN)
    (job,) = world.runner.jobs
    assert job.proxy == SecretStr("http://u:secret@berlin.example:3")
    assert "secret" not in repr(job)
    assert CaptureJob.model_validate_json(job.model_dump_json()) == job
    assert "secret" not in str(world.table.records)


def test_another_place_is_another_picture(world: World) -> None:
    """The cache tells locations apart, and knows nothing of proxies."""
    world.snap(BERLIN)
    assert world.snap(BERLIN).source == "cached"
    assert world.snap(BERLIN.model_copy(update={"location": "Portugal"})).source == "captured"
    assert world.snap().source == "captured"


def test_bytes_are_counted_up_to_the_limit(world: World) -> None:
    """What came through proxies is counted; at the limit, captures from elsewhere end and others go on."""
    report = world.runner.report
    world.runner.report = lambda job: report(job).model_copy(  # type: ignore[method-assign]
        update={"proxied_bytes": LIMIT if job.proxy else 0}
    )
    world.snap(BERLIN)
    month = usage_month(time.time())
    assert world.table.location_bytes[world.new.account.account_id, month] == LIMIT
    assert world.snap(BERLIN).source == "cached"
    with pytest.raises(UsageLimitExceeded, match="bandwidth"):
        world.snap(BERLIN.model_copy(update={"location": "Portugal"}))
    assert world.used() == 1
    assert world.snap().source == "captured"


def test_an_unknown_location_counts_nothing(world: World) -> None:
    """A capture that can't begin is neither counted nor recorded."""
    with pytest.raises(InvalidOption):
        world.snap(BERLIN.model_copy(update={"location": "Atlantis"}))
    assert (world.used(), world.table.records) == (0, {})


def test_a_changed_pool_is_used() -> None:
    """A pool that changes while the process lives is used; one that is malformed leaves the one before in use."""
    texts = ['{"Berlin": ["http://a.test:1"]}']
    locations = Locations(parse_pool(texts[0]), monthly_bytes=1, current=lambda: texts[-1])
    assert locations.names() == ["All", "Berlin", "Random"]
    texts.append('{"Lisbon": ["http://b.test:1"]}')
    assert (locations.names(), locations.has("Berlin")) == (["All", "Lisbon", "Random"], False)
    texts.append("nonsense")
    proxy = locations.proxy_for("Lisbon")
    assert proxy
    assert proxy.get_secret_value() == "http://b.test:1"

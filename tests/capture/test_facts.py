"""What a report tells of the page beside its picture."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from tests.capture.conftest import Take
from tests.site.server import Site

from pagelapse.adapters.browser.inventory import MAX_BYTES, inventory_of
from pagelapse.capture.jobs import Inventory


@pytest.mark.browser
def test_times_are_told(take: Take, site: Site) -> None:
    """A report tells when the page was asked for, when it was parsed and when it had loaded."""
    before = time.time_ns() // 1_000_000
    source = "<p>x<img src='/slow?s=0.5'>"
    for _ in range(3):
        taken = take(url=site.url(f"/redirect?to=/html%3Fbody={quote(quote(source))}"))
    told = taken.timings
    assert told.started_at_ms is not None
    assert told.content_at_ms is not None
    assert told.loaded_at_ms is not None
    assert before <= told.started_at_ms <= told.content_at_ms < told.loaded_at_ms <= taken.taken_at_ms
    assert told.loaded_at_ms - told.started_at_ms >= 500


@pytest.mark.browser
def test_times_of_a_document_of_the_callers_own(take: Take, site: Site) -> None:
    """A document that comes with the request has its times too, and they are the first document's."""
    away = [{"type": "wait", "ms": 300}, {"type": "goto", "url": site.url("/simple.html")}]
    taken = take(html="<p>x", actions=away)
    told = taken.timings
    assert told.started_at_ms is not None
    assert told.loaded_at_ms is not None
    assert told.started_at_ms <= told.loaded_at_ms <= taken.taken_at_ms - 300


@pytest.mark.browser
def test_what_never_came_has_no_time(take: Take, site: Site) -> None:
    """A page that never finished loading has no time of that."""
    told = take(url=site.url("/neverending.html"), budget_s=10).timings
    assert told.content_at_ms is not None
    assert told.loaded_at_ms is None


@pytest.mark.browser
@pytest.mark.parametrize("scripted", [True, False])
def test_inventory(take: Take, site: Site, scripted: bool) -> None:
    """An inventory lists what a page embeds, each address once and absolute, whatever the page does to its scripts."""
    taken = take(url=site.url("/embeds.html"), inventory=True, java_script_enabled=scripted)
    assert taken.inventory == Inventory(
        images=tuple(site.url(path) for path in ("/png?n=1", "/png?n=2", "/png?n=4")),
        scripts=(site.url("/green.js?id=one"),),
        stylesheets=(site.url("/folder/a.css"), site.url("/folder/b.css")),
        embeds=(site.url("/folder/movie.swf"), site.url("/folder/other.swf")),
        applets=(site.url("/folder/java/Clock.class"),),
        iframes=(site.url("/simple.html"),),
    )


@pytest.mark.browser
def test_inventory_is_made_on_request_only(take: Take, site: Site) -> None:
    """Nobody who did not ask gets an inventory."""
    assert take(url=site.url("/embeds.html")).inventory is None


@pytest.mark.browser
def test_long_inventories_are_cut(take: Take, site: Site) -> None:
    """At most 200 addresses of a kind are listed, the document's first."""
    source = "for (let n = 0; n < 300; n++) document.body.append(Object.assign(new Image(), { src: '/png?n=' + n }))"
    listed = take(url=site.url("/simple.html"), script=source, inventory=True).inventory
    assert listed is not None
    assert listed.images == tuple(site.url(f"/png?n={n}") for n in range(200))


def test_inventory_fits_its_message() -> None:
    """Long addresses are dropped so that the inventory still fits a message, and every kind keeps its first."""
    long = [f"http://x.example/{n}/{'x' * 1000}" for n in range(200)]
    listed = inventory_of({"images": long, "iframes": [*long, "http://short.example/"]})
    assert len(listed.model_dump_json()) < MAX_BYTES + 200
    assert listed.images[:20] == listed.iframes[:20] == tuple(long[:20])


@pytest.mark.parametrize(
    "found", [None, 7, {}, {"images": 7, "scripts": [7, None, "ftp://x", "x", "http://ü.example/"]}]
)
def test_answer_of_no_sense_is_no_inventory(found: object) -> None:
    """What isn't a list of addresses is left out."""
    assert inventory_of(found) == Inventory()

"""What the pages show and do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from html import unescape

import pytest
from tests.services.bulk import Bulk
from tests.web_fakes import Browser, MemoryUsage
from tests.world import World

from pagelapse.capture.jobs import CaptureJob, CaptureReport, Failure, StoredFile, Target
from pagelapse.capture.options import CaptureOptions
from pagelapse.local.layout import REPOSITORY
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.configurations import Configuration, Screenshot
from pagelapse.records import Ordered, usage_month
from pagelapse.web.bulk import PAGES_SHOWN
from pagelapse.web.configurations import WatchForm
from pagelapse.web.history import FRAMES
from pagelapse.web.wall import PICTURES

HOSTILE = "https://example.com/\"><script>alert(1)</script>'{{'z'*9}}"
LONG = "https://example.com/" + "very-long-" * 100
MAX_WEIGHT = 100_000
NOW_MS = 1_795_000_000_000


def _pictured(world: World, number: int, configuration_id: str = "", url: str | None = "https://example.com/") -> str:
    job_id = f"{number:024x}"
    file = StoredFile(key=f"pictures/{job_id}.png", media_type="image/png", size=1000, width=1280, height=800)
    shown = Screenshot(
        configuration_id=configuration_id,
        job_id=job_id,
        file=file,
        thumbnail=file,
        taken_at_ms=NOW_MS + number * 60_000,
        page_url=url,
    )
    world.monitor.archive.append((world.new.account.account_id, shown))
    return job_id


def _changed(world: World, number: int, configuration_id: str, before: str = "old", after: str = "new") -> None:
    change = Change(
        change_id=f"change-{number}",
        configuration_id=configuration_id,
        previous_value=before,
        retrieved_value=after,
        config={"selector": "#price"},
        sent_at_ms=NOW_MS + number * 60_000 + 1000,
        send_to="webhook",
        url="https://example.com/hook",
    )
    world.monitor.noticed.append((world.new.account.account_id, change))


def _watched(browser: Browser, world: World, **fields: str) -> Configuration:
    """The configuration that the form makes."""
    given = {"url": "https://example.com/news", "width": "1280", "height": "800", "every": "2", "interval": "hours"}
    shown = browser.submit("/app/configurations", "/app/configurations", **(given | fields))
    assert shown.status_code == 200, shown.text
    return list(world.monitor.configurations_.values())[-1]


def _report(world: World, configuration: Configuration, **fields: object) -> None:
    job = world.monitor.jobs[configuration.last_job_id]
    given = {"job_id": job.job_id, "account_id": job.account_id, "purpose": "configuration", "digest": job.digest}
    world.recorder.record(CaptureReport.model_validate(given | fields))


PAGES = ["/app", "/app/capture", "/app/configurations", "/app/bulk", "/app/connectors", "/app/keys", "/app/usage"]


@pytest.mark.parametrize("path", [*PAGES, "/app/sign-in", "/app/nowhere"])
def test_pages_run_nothing_but_our_own(browser: Browser, path: str) -> None:
    """Every page forbids frames and whatever scripts and styles are not our own files, and has none inside."""
    shown = browser.send("GET", path)
    policy = shown.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert shown.headers["X-Frame-Options"] == "DENY"
    assert shown.headers["Referrer-Policy"] == "same-origin"
    assert shown.headers["Cache-Control"] == "no-store"
    assert re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=", shown.text) is None


def test_style_and_script_may_be_kept_for_good(browser: Browser) -> None:
    """They are at addresses that change with their contents; other addresses are not found."""
    found = re.findall(r'(?:href|src)="(/app/static/[^"]+)"', browser.get("/app").text)
    assert {path.rpartition(".")[2] for path in found} == {"css", "js", "svg"}
    for path in found:
        response = browser.send("GET", path)
        assert (response.status_code, "immutable" in response.headers["Cache-Control"]) == (200, True)
    assert browser.send("GET", "/app/static/pages.0000000000000000.css").status_code == 404
    assert browser.send("GET", "/app/static/..%2F..%2Fapp.py").status_code == 404


def test_pages_are_light(browser: Browser, world: World, bulk: Bulk) -> None:
    """Full of the longest things, each page weighs less than 100 KB with its style and its script."""
    configuration = _watched(browser, world, url=LONG)
    for number in range(FRAMES + 1):
        _pictured(world, number, configuration.configuration_id, url=LONG)
        _changed(world, number, configuration.configuration_id, "x" * 5000, "y" * 5000)
    for _ in range(49):
        world.configurations.create(world.caller(), lambda _now: configuration.plan)
    bulk.jobs.max_pages = PAGES_SHOWN + 10
    job = bulk.create(*(f"/{number}{'x' * 300}" for number in range(PAGES_SHOWN + 10)))
    assets = set(re.findall(r'(?:href|src)="(/app/static/[^"]+)"', browser.get("/app").text))
    extra = sum(len(browser.send("GET", path).content) for path in assets)
    paths = [f"/app/configurations/{configuration.configuration_id}", f"/app/bulk/{job.job_id}"]
    paths += [*PAGES, f"/app/capture?url={LONG}"]
    weights = {path: len(browser.get(path).content) + extra for path in paths}
    assert {path: weight for path, weight in weights.items() if weight >= MAX_WEIGHT} == {}
    assert weights[paths[0]] > 30_000


def test_what_others_wrote_is_text(browser: Browser, world: World) -> None:
    """Addresses, watched texts and names stay text wherever they are shown."""
    world.connectors.create(world.new.account.account_id, "<script>alert(2)</script>")
    world.self_service.add_key(world.new.account.account_id, "<script>alert(3)</script>")
    configuration = _watched(browser, world, url="https://example.com/?<script>alert(4)</script>\"'")
    _pictured(world, 1, configuration.configuration_id, url=HOSTILE)
    _changed(world, 1, configuration.configuration_id, "<script>alert(5)</script>", "{{'z'*9}}\"'")
    for path in [*PAGES, f"/app/configurations/{configuration.configuration_id}"]:
        shown = browser.get(path).text
        assert "<script>alert" not in shown
        assert "z" * 9 not in shown, path
    refused = browser.get("/app/capture?url=javascript:alert(1)")
    assert (refused.status_code, 'href="javascript' in refused.text) == (422, False)


def test_the_wall(browser: Browser, world: World) -> None:
    """The newest pictures come first, page by page; those of a watched page lead to its history."""
    configuration = _watched(browser, world)
    assert "There are no pictures yet" in browser.get("/app").text
    for number in range(PICTURES + 1):
        _pictured(world, number, configuration.configuration_id if number == PICTURES else "")
    first = browser.get("/app").text
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = browser.get(f"/app{unescape(older)}").text
    assert (first.count('<li class="card">'), second.count('<li class="card">')) == (PICTURES, 1)
    assert f'href="/app/configurations/{configuration.configuration_id}?shot={PICTURES:024x}"' in first
    assert f"https://pictures.test/pictures/{0:024x}.png" in second
    assert "There are no older pictures" in browser.get("/app?beyond=0").text


def test_the_wall_holds_orders_too(browser: Browser, world: World) -> None:
    """Pictures that were ordered are among the others by their time; none is left out or shown twice over the pages."""
    account_id = world.new.account.account_id
    for number in range(40):
        if number % 3:
            _pictured(world, number)
            continue
        placed = world.orders.place(
            world.caller(), CaptureOptions(url=f"https://example.com/{number}"), {}, max_age_s=0
        )
        order = world.orders_table.orders[account_id, placed.order.number]
        world.orders_table.orders[account_id, order.number] = replace(
            order, ordered_at_ms=NOW_MS + number * 60_000, result=_ordered(number), state="done"
        )
    seen, path = [], "/app"
    while path:
        shown = browser.get(path).text
        seen += re.findall(r'<img src="https://pictures.test/pictures/(\w+).png"', shown)
        path = next((f"/app{unescape(found)}" for found in re.findall(r'rel="next" href="([^"]+)"', shown)), "")
    assert seen == [f"{number:024x}" for number in reversed(range(40))]


def _ordered(number: int) -> Ordered:
    file = StoredFile(key=f"pictures/{number:024x}.png", media_type="image/png", size=1000, width=1280, height=800)
    target = Target(url=f"https://example.com/{number}")
    return Ordered(file=file, taken_at_ms=NOW_MS + number * 60_000, target=target)


def test_a_picture_by_the_form(browser: Browser, world: World) -> None:
    """The form takes the picture that it describes and shows it, with the same request in every API's words."""
    fields = {"url": "example.com", "width": "640", "height": "480", "type": "jpeg", "full_page": "true"}
    shown = browser.submit("/app/capture", "/app/capture", **fields)
    (job,) = [job for job in world.runner.jobs if isinstance(job, CaptureJob)]
    assert (job.options.url, job.options.viewport.width, job.options.full_page) == ("https://example.com", 640, True)
    assert f'src="https://pictures.test/{job.key_prefix}.bin"' in shown.text
    assert shown.text.count("--data-urlencode") > 20
    assert (world.used(), len(world.runner.jobs)) == (1, 1)
    assert world.new.private_key not in shown.text


def test_the_form_takes_a_new_picture_each_time(browser: Browser, world: World) -> None:
    """A picture that is there already is taken again when the form is sent again, but not when its page is loaded."""
    for _ in range(2):
        browser.submit("/app/capture", "/app/capture", url="https://example.com/")
    browser.get("/app/capture?url=https%3A%2F%2Fexample.com%2F")
    assert len(world.runner.jobs) == 2


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"url": ""}, "url"), ({"url": "ftp://example.com/"}, "url"), ({"url": "a.test", "width": "0"}, "width")],
)
def test_mistakes_are_shown_where_they_are(browser: Browser, world: World, fields: dict[str, str], name: str) -> None:
    """A wrong field is named, marked for screen readers, and what was typed is kept."""
    shown = browser.submit("/app/capture", "/app/capture", **fields)
    assert shown.status_code == 422
    assert re.search(rf'name="{name}"[^>]*aria-invalid="true" aria-describedby="problem"', shown.text)
    assert f'value="{fields["url"]}"' in shown.text
    assert world.runner.jobs == []


@pytest.mark.parametrize(("code", "status"), [("target_unreachable", 502), ("capture_timeout", 504)])
def test_captures_that_fail(browser: Browser, world: World, code: str, status: int) -> None:
    """A page that can't be pictured is told in a sentence on the form, and not counted."""
    world.runner.failure = Failure(code=code, message="It <b>failed</b>.")
    shown = browser.submit("/app/capture", "/app/capture", url="https://example.com/")
    assert (shown.status_code, "It &lt;b&gt;failed&lt;/b&gt;." in shown.text, world.used()) == (status, True, 0)


def test_our_own_failures_show_nothing(browser: Browser, world: World) -> None:
    """When our side breaks, people see a page without a traceback."""

    def broken(_job: CaptureJob) -> None:
        raise RuntimeError("the table is on fire")

    world.runner.before = broken
    shown = browser.submit("/app/capture", "/app/capture", url="https://example.com/")
    assert (shown.status_code, "fire" in shown.text) == (500, False)


def test_watching_a_page(browser: Browser, world: World) -> None:
    """The form makes a configuration that PagePixels' API shows in its words, and its first capture is queued."""
    made = _watched(browser, world)
    assert (made.plan.schedule and made.plan.schedule.every, made.next_run is not None) == (2, True)
    assert made.plan.config["every"] == "2 hours"
    queued = CaptureJob.model_validate_json(world.capture_queue.sent[-1])
    assert (queued.options.url, queued.options.deterministic) == ("https://example.com/news", True)
    assert "capturing" in browser.get("/app/configurations").text


def test_schedules_rest_and_go_on(browser: Browser, world: World) -> None:
    """A paused page has no next run until it goes on; changes of other things leave it paused."""
    made = _watched(browser, world)
    place, own = f"/app/configurations/{made.configuration_id}", "/app/configurations"
    file = {"key": f"{world.monitor.jobs[made.last_job_id].key_prefix}.png", "media_type": "image/png", "size": 1}
    _report(world, made, file=file, taken_at_ms=NOW_MS, target=Target(url="https://example.com/news"))
    browser.submit(own, f"{place}/pause", **{"from": "list"})
    paused = world.configurations.get(world.caller(), made.configuration_id)
    assert (paused.next_run, paused.plan.paused) == (None, True)
    assert 'badge paused">paused' in browser.get(place).text
    world.configurations.update(world.caller(), made.configuration_id, lambda _found: made.plan)
    assert world.configurations.get(world.caller(), made.configuration_id).next_run is None
    browser.submit(own, f"{place}/resume")
    resumed = world.configurations.get(world.caller(), made.configuration_id)
    assert (resumed.next_run is not None, resumed.plan.paused) == (True, False)


def test_failed_captures_are_seen(browser: Browser, world: World) -> None:
    """A watched page whose last capture failed says so, and why, in the list and on its own page."""
    made = _watched(browser, world)
    _report(world, made, failure=Failure(code="target_unreachable", message="No such host."))
    for path in ("/app/configurations", f"/app/configurations/{made.configuration_id}"):
        shown = browser.get(path).text
        assert 'badge failed">failed' in shown
        assert "No such host." in shown


def test_a_history(browser: Browser, world: World) -> None:
    """Every picture is there with its time; those with a change are marked; each can be asked for by its address."""
    made = _watched(browser, world)
    jobs = [_pictured(world, number, made.configuration_id) for number in range(5)]
    _changed(world, 3, made.configuration_id, "19 €", "21 €")
    place = f"/app/configurations/{made.configuration_id}"
    shown = browser.get(place).text
    assert 'min="0" max="4" value="4"' in shown
    assert (shown.count('class="hit"'), shown.count("text changed")) == (1, 1)
    assert "<del>19 €</del>" in shown
    older = browser.get(f"{place}?shot={jobs[3]}&view=side").text
    assert 'max="4" value="3"' in older
    assert '<div class="frame side"' in older
    for job, label in ((jobs[2], "Before"), (jobs[3], "Picture")):
        assert re.search(rf'src="https://pictures.test/pictures/{job}.png" alt="{label}: ', older)
    by_place = browser.get(f"{place}?at=3&with_at=0&view=difference").text
    assert re.search(rf'class="before" src="https://pictures.test/pictures/{jobs[0]}.png"', by_place)


def test_long_histories_come_in_parts(browser: Browser, world: World) -> None:
    """More pictures than fit one page follow on the next, and the scrubber stays within its page."""
    made = _watched(browser, world)
    for number in range(FRAMES + 3):
        _pictured(world, number, made.configuration_id)
    place = f"/app/configurations/{made.configuration_id}"
    assert f'max="{FRAMES - 1}"' in browser.get(place).text
    second = browser.get(f"{place}?page=2&at=99").text
    assert 'max="2" value="2"' in second
    assert "There are no older pictures" in browser.get(f"{place}?page=3").text


def test_capturing_now(browser: Browser, world: World) -> None:
    """A button captures beside the schedule; while one is under way, that is said."""
    made = _watched(browser, world)
    place = f"/app/configurations/{made.configuration_id}"
    assert browser.submit("/app/configurations", f"{place}/capture").status_code == 409
    _report(world, made, failure=Failure(code="target_unreachable", message="No such host."))
    assert browser.submit("/app/configurations", f"{place}/capture").status_code == 200
    assert len(world.capture_queue.sent) == 2


def test_a_whole_site(browser: Browser, bulk: Bulk) -> None:
    """A site's pages are captured, and how far that has come is told, to scripts as well."""
    bulk.create("/", "/a")
    shown = browser.submit("/app/bulk", "/app/bulk", url="example.com", max_pages="2")
    job = next(job for job in bulk.store.jobs.values() if job.plan.options.type == "jpeg")
    assert f'data-progress="/app/bulk/{job.job_id}/progress"' in shown.text
    assert '<noscript><meta http-equiv="refresh"' in shown.text
    told = json.loads(browser.send("GET", f"/app/bulk/{job.job_id}/progress").text)
    assert told == {"done": 0, "total": 2, "text": "waiting to begin", "ended": False}
    assert browser.get("/app/bulk").text.count('class="card row"') == 2
    assert browser.get(f"/app/bulk/{job.job_id}/download").status_code == 409


def test_a_site_without_a_sitemap(browser: Browser, bulk: Bulk) -> None:
    """What is wrong with a site is told on the form."""
    shown = browser.submit("/app/bulk", "/app/bulk", url="https://nothing.test/")
    assert (shown.status_code, "problem" in shown.text) == (422, True)


def test_keys(browser: Browser, world: World) -> None:
    """A new key is shown once and works; revoked, it works no more; the last one stays."""
    shown = browser.submit("/app/keys", "/app/keys", label="nightly")
    (text,) = re.findall(r'<code id="key">(pl_\w+)</code>', shown.text)
    assert world.accounts.identify(text).account == world.new.account
    assert text not in browser.get("/app/keys").text
    (made,) = [key for key in world.self_service.keys(world.new.account.account_id) if key.label == "nightly"]
    after = browser.submit("/app/keys", f"/app/keys/{made.key_id}/revoke")
    assert "revoked" in after.text
    own = next(key for key in world.self_service.keys(world.new.account.account_id) if key.label == "first")
    assert browser.submit("/app/keys", f"/app/keys/{own.key_id}/revoke").status_code == 409
    assert browser.submit("/app/keys", "/app/keys/nonsense/revoke").status_code == 404


def test_connectors(browser: Browser, world: World) -> None:
    """A new connector's token is shown once, and that no agent of it is online."""
    shown = browser.submit("/app/connectors", "/app/connectors", name="Office")
    assert re.search(r'<code id="token">pxc_\w+</code>', shown.text)
    listed = browser.get("/app/connectors").text
    assert ("pxc_" in listed, "Office" in listed, 'badge offline">offline' in listed) == (False, True, True)
    assert browser.submit("/app/connectors", "/app/connectors", name=" ").status_code == 422


def test_usage_by_day(browser: Browser, world: World, usage: MemoryUsage) -> None:
    """Each day of the month has its bar and its row; other months can be asked for, the future not."""
    account_id, now = world.new.account.account_id, usage_month(time.time())
    usage.counts = {(account_id, "2025-02"): {1: 3, 28: 12}, (account_id, now): {1: 1}}
    shown = browser.get("/app/usage?month=2025-02").text
    assert (shown.count("<rect"), "<title>28: 12</title>" in shown) == (2, True)
    assert re.search(r'<th scope="row">28</th><td>12</td>', shown)
    assert "<b>15</b> captures" in shown
    for month in ("", "2999-01", "2025-13", "x'<"):
        assert f"{time.strftime('%B %Y', time.gmtime())}" in browser.get(f"/app/usage?month={month}").text


def test_others_see_nothing(visitor: Browser, world: World, bulk: Bulk) -> None:
    """What is another account's is not found, whatever is asked of it."""
    made = world.configurations.create(world.caller(), WatchForm(url="https://example.com/").plan)
    job = bulk.create("/")
    _pictured(world, 1, made.configuration_id)
    stranger = world.accounts.create_account("stranger")
    visitor.sign_in(stranger.private_key)
    assert "There are no pictures yet" in visitor.get("/app").text
    place = f"/app/configurations/{made.configuration_id}"
    for path in (
        place,
        f"/app/bulk/{job.job_id}",
        f"/app/bulk/{job.job_id}/progress",
        f"/app/bulk/{job.job_id}/download",
    ):
        assert visitor.get(path).status_code == 404, path
    for path in (f"{place}/capture", f"{place}/pause", f"{place}/resume"):
        assert visitor.submit("/app/configurations", path).status_code == 404, path


@pytest.mark.slow
def test_apis_do_without_templates() -> None:
    """A process that serves the APIs imports neither Jinja2 nor the pages until somebody asks for a page."""
    code = (
        "import sys; import pagelapse.api.app; from pagelapse.dialects.registry import DIALECTS, application;"
        "[application(dialect.name) for dialect in DIALECTS];"
        "assert not [name for name in sys.modules if name.startswith(('jinja2', 'pagelapse.web'))];"
        "import pagelapse.web.app; assert 'jinja2' in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, env=environment)

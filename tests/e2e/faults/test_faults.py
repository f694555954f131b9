"""Faults between the functions and AWS, and in what runs below them: what the caller sees, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import boto3
import httpx
import pytest
from tests.e2e.faults.cases import WAITED, Waited
from tests.e2e.faults.conftest import SOON_S, Broken, Faulty, until
from tests.faults.proxy import Rule
from tests.site.server import Site
from tests.site.sitemapped import serving_sitemapped

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

Tell = Callable[..., None]
AT_ONCE = 2
PICTURE = "/simple.html"


Outcome = tuple[httpx.Response, int]


def _wait(faulty: Faulty, page: str, case: Waited) -> Outcome:
    """The answer, and what was counted for it."""
    with faulty.account() as broken:
        with broken.breaking(case.rule):
            answer = broken.capture(case.vendor, page)
        return answer, broken.used()


@pytest.fixture(scope="module")
def waited(faulty: Faulty, site_server: Site) -> dict[str, Future[Outcome]]:
    """What became of all of them, side by side: they mostly wait."""
    page = site_server.url(PICTURE)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return {name: threads.submit(_wait, faulty, page, case) for name, case in WAITED.items()}


@pytest.mark.parametrize("name", WAITED)
def test_somebody_waits(waited: dict[str, Future[Outcome]], told: Tell, name: str) -> None:
    """A fault is got over, or told in the vendor's form; only pictures that were answered are counted."""
    case = WAITED[name]
    answer, counted = waited[name].result()
    shown = "" if answer.headers["Content-Type"].startswith("image/") else answer.text
    assert (answer.status_code, case.form in shown) == (case.status, True), shown[:300]
    assert counted == (1 if case.status == 200 else 0)
    told(case.fault, f"{case.vendor}: {case.status} {case.form}")


def test_cached_pictures_when_s3_fails(broken: Broken, site: Site, told: Tell) -> None:
    """A cached picture that S3 breaks off in the middle is read again, and counted no second time."""
    page = site.url(PICTURE)
    first = broken.capture("pagepixels", page, ttl="600")
    broken.restart_api()  # which has the picture in its memory
    with broken.proxy.breaking(rule := Rule("cut midway", "s3", "GET", "api", times=1)):
        answer = broken.capture("pagepixels", page, ttl="600")
    assert (answer.status_code, answer.content == first.content, rule.hits) == (200, True, 1)
    assert broken.used() == 1
    told("S3 breaks a cached picture off in the middle", "pagepixels: 200")


@pytest.mark.parametrize(
    ("fault", "status", "answered"),
    [
        ("DynamoDB fails when the result is to be recorded", 500, "pixcap: 500 INTERNAL_ERROR"),
        ("api is killed during a capture", 502, "502 of API Gateway's own"),
    ],
)
def test_what_nobody_could_settle(
    broken: Broken, site: Site, told: Tell, fault: str, status: int, answered: str
) -> None:
    """A capture whose outcome could not be written down is given back by a minute's tick."""
    write = ("dynamodb", "TransactWriteItems", "api")
    rules = {
        500: Rule("error", *write, after=1),
        502: Rule(None, *write, times=1, then=lambda: broken.kill_function("api")),
    }
    with broken.breaking(rules[status]):
        answer = broken.capture("pixcap", site.url(PICTURE))
    assert answer.status_code == status
    broken.restart_api()
    assert broken.used() == 1
    broken.make_due("CAPTURE")
    assert broken.used() == 0
    assert broken.capture("pixcap", site.url(PICTURE)).status_code == 200
    told(fault, answered, doubled="nothing; refunded")


@pytest.mark.parametrize("executable", ["chromium", "node"])
def test_killed_browsers(broken: Broken, site: Site, told: Tell, executable: str) -> None:
    """A capture whose Chromium, or Playwright's driver, is killed is taken again; the caller gets the picture."""
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(broken.capture, "savepage", site.url("/held"))
        until(lambda: True if site.seen("/held") else None)
        assert broken.kill(executable) > 0
        site.released.set()
        answer = asked.result()
    assert (answer.status_code, broken.used(), len(site.seen("/held"))) == (200, 1, 2), answer.text[:200]
    told(f"{executable} is killed during a capture", "savepage: 200")


@pytest.mark.parametrize("by", ["api", "snap"])
def test_messages_that_come_twice(broken: Broken, site: Site, told: Tell, by: str) -> None:
    """An order whose messages all come twice is done once: one picture, one capture counted."""
    with broken.breaking(Rule("twice", "sqs", "SendMessage", by)):
        info = broken.ended(broken.order(site.url(PICTURE)))
        broken.idle("CaptureQueueUrl", "ResultQueueUrl")
    assert (info["status"], broken.used()) == ("finished", 1)
    assert broken.ended(info["id"])["screenshot_url"] == info["screenshot_url"]
    told(f"SQS delivers {by}'s messages twice", "browshot: finished")


def test_messages_out_of_order(broken: Broken, site: Site, told: Tell) -> None:
    """A report that overtakes what says that its capture has begun stays the last word, also when both come again."""
    queue, sqs = broken.stack.outputs["ResultQueueUrl"], boto3.client("sqs", **broken.stack.client_options)
    results = broken.worker("ResultQueueUrl")
    with results.held_back():
        number = broken.order(site.url(PICTURE))
        until(lambda: True if results.unfinished() == 2 else None)
        taken: list[str] = []
        while len(taken) < 2:
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
                taken.append(message["Body"])
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        for body in sorted(taken, key=lambda body: '"started"' in body) * 2:
            sqs.send_message(QueueUrl=queue, MessageBody=body)
    broken.idle("ResultQueueUrl")
    assert (broken.info(number)["status"], broken.used()) == ("finished", 1)
    told("SQS delivers results out of order, and again", "browshot: finished")


@pytest.mark.parametrize(
    ("fault", "queue", "rule"),
    [
        (
            "results is killed after it wrote, before it answered",
            "ResultQueueUrl",
            Rule(None, "dynamodb", "UpdateItem", "results", after=1, times=1),
        ),
        ("snap is killed after it stored, before it reported", "CaptureQueueUrl", Rule(None, "s3", "PUT", times=1)),
        ("S3 answers an order's picture with 500", "CaptureQueueUrl", Rule("error", "s3", "PUT", times=3)),
    ],
)
def test_workers_that_break_down(broken: Broken, site: Site, told: Tell, fault: str, queue: str, rule: Rule) -> None:
    """A worker that fails, or is killed between its write and its answer, gets its message again; it counts once."""
    worker = broken.worker(queue)
    with worker.redelivering_once(SOON_S) as that_was_it:

        def break_down() -> None:
            that_was_it()
            if rule.fault is None:
                worker.kill()

        with broken.breaking(replace(rule, then=break_down)):
            info = broken.ended(broken.order(site.url(PICTURE)))
        broken.idle("CaptureQueueUrl", "ResultQueueUrl")
    assert (info["status"], broken.used()) == ("finished", 1)
    told(fault, "browshot: finished")


def test_a_tick_that_is_killed(broken: Broken, site: Site, told: Tell) -> None:
    """An order whose message was lost is queued by a tick; one that dies in between leaves it to a later one."""
    snap = broken.worker("CaptureQueueUrl")
    with snap.held_back():
        number = broken.order(site.url(PICTURE))
        until(lambda: True if snap.unfinished() == 1 else None)
        sqs = boto3.client("sqs", **broken.stack.client_options)
        sqs.purge_queue(QueueUrl=broken.stack.outputs["CaptureQueueUrl"])
    with broken.breaking(
        Rule(None, "dynamodb", "UpdateItem", "schedule", times=1, then=lambda: broken.kill_function("schedule"))
    ):
        broken.make_due("ORDERS")
    assert broken.info(number)["status"] == "in_queue"
    broken.make_due("ORDERS")
    assert (broken.ended(number)["status"], broken.used()) == ("finished", 1)
    told("schedule is killed after it claimed, before it queued", "browshot: finished, a minute's tick later")


def test_an_archive_that_breaks_off(broken: Broken, told: Tell) -> None:
    """A bulk job whose `bulk` is killed while it packs ends with one archive and each page counted once."""
    bulk = broken.worker("BulkQueueUrl")
    with (
        serving_sitemapped(["/", "/about/"], []) as site,
        bulk.redelivering_once(SOON_S) as that_was_it,
        broken.proxy.breaking(
            rule := Rule(None, "s3", function="bulk", times=1, then=lambda: (that_was_it(), bulk.kill()))
        ),
    ):
        headers = {"X-API-Key": broken.key}
        given = {"sitemap_url": site.url("/sitemap.xml")}
        job = broken.http.post("/api/v1/bulk-screenshot", json=given, headers=headers).raise_for_status().json()["data"]
        path = f"/api/v1/bulk-screenshot/{job['job_id']}"

        def ended() -> dict[str, object] | None:
            found = broken.http.get(f"{path}/status", headers=headers).raise_for_status().json()["data"]
            return found if found["status"] in ("completed", "failed") else None

        found = until(ended)
    assert rule.hits == 1
    assert (found["status"], found["credits"]) == ("completed", {"reserved": 2, "used": 2, "refunded": 0})
    archive = broken.http.get(f"{path}/download", headers=headers, follow_redirects=True)
    assert (archive.content[:2], broken.used()) == (b"PK", 2)
    told("bulk is killed while it packs", "pixcap: completed")


def test_nothing_is_left(faulty: Faulty, site: Site, told: Tell) -> None:
    """After all that, each `snap` has one browser at most, and no profile of a browser that is gone is left."""

    def is_tidy() -> bool:
        profiles = list(faulty.stack.layout.tmp.rglob("playwright_chromiumdev_profile-*"))
        return len(profiles) == len(faulty.browsers()) <= faulty.snaps()

    with faulty.account() as broken:
        assert broken.capture("pixcap", site.url(PICTURE)).status_code == 200
    until(lambda: True if is_tidy() else None)
    told("all of these, one after the other", "pixcap: 200")


def test_the_emulator_restarts(faulty: Faulty, site: Site, told: Tell) -> None:
    """Whatever was queued when everything ended at once is done after the start, and counted once."""
    with faulty.account() as broken:
        page = site.url(PICTURE)
        first = broken.capture("pagepixels", page, ttl="600")
        with broken.worker("CaptureQueueUrl").held_back():
            number = broken.order(page)
            faulty.restart()
            again = broken.capture("pagepixels", page, ttl="600")
            assert (again.status_code, again.content == first.content) == (200, True)
        assert (broken.ended(number)["status"], broken.used()) == ("finished", 2)
    told("every function and service ends, and starts again", "browshot: finished")

"""Pixcap's bulk endpoints, over fakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.dialects.pixcap.contract import error_of
from tests.services.bulk import Bulk
from tests.world import World

from pagelapse import services
from pagelapse.bulk.jobs import BulkJob
from pagelapse.capture.options import Viewport
from pagelapse.dialects.pixcap.limits import BULK, GENERAL

PATH = "/api/v1/bulk-screenshot"
SITEMAP = "https://example.com/sitemap.xml"


@pytest.fixture
def bulk(world: World, monkeypatch: pytest.MonkeyPatch) -> Bulk:
    """The bulk services over fakes, with a site of four pages."""
    made = Bulk(world)
    made.site.files[SITEMAP] = b"\n".join(f"https://example.com/{number}".encode() for number in range(4))
    monkeypatch.setattr(services, "bulk_jobs", lambda: made.jobs)
    return made


@pytest.fixture
def post(client: Client, bulk: Bulk) -> Callable[..., Response]:
    """POST of JSON with the account's key."""
    return lambda **body: client.post(PATH, json=body, headers={"X-API-Key": bulk.world.new.private_key})


def _get(client: Client, bulk: Bulk, job: BulkJob, what: str) -> Response:
    return client.get(f"{PATH}/{job.job_id}/{what}", headers={"X-API-Key": bulk.world.new.private_key})


def _only(bulk: Bulk) -> BulkJob:
    (job,) = bulk.store.jobs.values()
    return job


def test_a_new_job_is_answered_as_documented(post: Callable[..., Response], bulk: Bulk) -> None:
    """Creating a job answers with the documented keys, no more and no less, and counts it against the bulk limit."""
    bulk.world.limit(100)
    response = post(url="example.com", options={"maxPages": 20})
    job = _only(bulk)
    assert response.json() == {
        "success": True,
        "data": {
            "job_id": job.job_id,
            "status": "pending",
            "sitemap_url": SITEMAP,
            "total_urls": 4,
            "credits_reserved": 4,
            "credits_remaining": 96,
            "status_url": f"{PATH}/{job.job_id}/status",
        },
    }
    assert response.headers["X-RateLimit-Limit"] == str(BULK.requests)


def test_the_status_is_answered_as_documented(client: Client, bulk: Bulk) -> None:
    """A job's status has the documented keys; the download's are there once it is completed."""
    job = bulk.create()
    data = _get(client, bulk, job, "status").json()["data"]
    assert (data["status"], "download" in data) == ("pending", False)
    bulk.work()
    bulk.capture_all("/blog/")
    assert _get(client, bulk, job, "status").json()["data"]["status"] == "packaging"
    bulk.work()
    response = _get(client, bulk, job, "status")
    data = response.json()["data"]
    download = data.pop("download")
    assert data == {
        "jobId": job.job_id,
        "status": "completed",
        "sitemapUrl": SITEMAP,
        "progress": {"totalUrls": 4, "processed": 4, "successful": 3, "failed": 1, "percentage": 100},
        "credits": {"reserved": 4, "used": 3, "refunded": 1},
    }
    assert download["fileSize"] == bulk.download(job).size
    assert download["expiresAt"].endswith("Z")
    assert response.headers["X-RateLimit-Limit"] == str(GENERAL.requests)


def test_a_failed_job_says_why_and_is_refunded(client: Client, bulk: Bulk) -> None:
    """A failed job has used no credit, says why, and has nothing to download."""
    job = bulk.create()
    bulk.work()
    bulk.capture_all("")
    data = _get(client, bulk, job, "status").json()["data"]
    assert (data["status"], data["credits"]) == ("failed", {"reserved": 4, "used": 0, "refunded": 4})
    assert "No page" in data["error"]
    response = _get(client, bulk, job, "download")
    assert (response.status_code, error_of(response)) == (409, "JOB_FAILED")


def test_the_archive_is_sent_under_its_name(client: Client, bulk: Bulk) -> None:
    """The documented curl line, which follows no redirect, saves the archive."""
    job = bulk.finished()
    response = _get(client, bulk, job, "download")
    assert response.content == bulk.download(job).body
    assert response.headers["Content-Type"] == "application/zip"
    name = bulk.download(job).file_name
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_large_archive_is_redirected_to(client: Client, bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive above Lambda's limit is downloaded from the bucket."""
    job = bulk.finished()
    monkeypatch.setattr("pagelapse.services.bulk.MAX_INLINE_BYTES", 10)
    response = _get(client, bulk, job, "download")
    assert (response.status_code, response.content) == (302, b"")
    assert response.headers["Location"].startswith("https://bucket.test/archives/")
    assert int(response.headers["X-RateLimit-Remaining"]) < int(response.headers["X-RateLimit-Limit"])


def test_an_unfinished_archive_is_a_conflict(client: Client, bulk: Bulk) -> None:
    """Downloading too early says how far the job is."""
    response = _get(client, bulk, bulk.create(), "download")
    assert (response.status_code, error_of(response)) == (409, "JOB_NOT_COMPLETED")
    assert "pending" in response.json()["error"]["message"]


@pytest.mark.parametrize("what", ["status", "download"])
def test_another_accounts_job_is_not_found(client: Client, bulk: Bulk, what: str) -> None:
    """A job can be neither watched nor downloaded with another account's key, and without a key not at all."""
    job = bulk.finished()
    stranger = bulk.world.accounts.create_account("stranger").private_key
    response = client.get(f"{PATH}/{job.job_id}/{what}", headers={"X-API-Key": stranger})
    assert (response.status_code, error_of(response)) == (404, "JOB_NOT_FOUND")
    response = client.get(f"{PATH}/{job.job_id}/{what}")
    assert (response.status_code, error_of(response)) == (401, "API_KEY_REQUIRED")


@pytest.mark.parametrize(
    "options",
    [
        {"width": 640, "height": 480, "format": "jpeg", "fullPage": True, "maxPages": 2, "darkMode": True},
        {"width": "640", "height": "480", "format": "JPG", "full_page": "true", "max_pages": "2", "dark_mode": 1},
        '{"width": 640, "height": 480, "format": "jpeg", "fullPage": true, "maxPages": 2, "darkMode": true}',
    ],
    ids=["camelCase", "snake_case", "JSON text"],
)
def test_options_are_read_in_either_spelling(post: Callable[..., Response], bulk: Bulk, options: Any) -> None:
    """Options in camelCase, in snake_case or as JSON text end in the captures, besides the pages' number."""
    assert post(sitemapUrl=SITEMAP, options=options).status_code == 200
    job = _only(bulk)
    wanted = job.plan.options
    assert (job.total, wanted.viewport) == (2, Viewport(width=640, height=480))
    assert (wanted.type, wanted.full_page, wanted.color_scheme) == ("jpeg", True, "dark")


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ({}, "INVALID_URL", "url: is missing"),
        ({"url": 5}, "INVALID_URL", "url: "),
        ({"url": "ftp://example.com"}, "INVALID_URL", "url: "),
        ({"sitemap_url": "example.com/sitemap.xml"}, "INVALID_URL", "sitemap_url: "),
        ({"sitemapUrl": "https://example.com/gone.xml"}, "SITEMAP_NOT_FOUND", "sitemapUrl: answers with status 404"),
        ({"url": "other.test"}, "SITEMAP_NOT_FOUND", "url: no sitemap"),
        ({"url": "example.com", "options": 5}, "INVALID_PARAMETER", "options: must be an object"),
        ({"url": "example.com", "options": "{"}, "INVALID_PARAMETER", "options: must be an object"),
        ({"url": "example.com", "options": {"maxPages": 0}}, "INVALID_PARAMETER", "options.maxPages: "),
        ({"url": "example.com", "options": {"max_pages": 101}}, "INVALID_PARAMETER", "options.max_pages: "),
        ({"url": "example.com", "options": {"maxPages": "many"}}, "INVALID_PARAMETER", "options.maxPages: "),
        (
            {"url": "example.com", "options": {"maxPages": 1, "max_pages": 2}},
            "INVALID_PARAMETER",
            "options.max_pages: ",
        ),
        ({"url": "example.com", "options": {"width": 10}}, "INVALID_PARAMETER", "options.width: "),
        ({"url": "example.com", "options": {"format": "gif"}}, "INVALID_PARAMETER", "options.format: "),
        ({"url": "example.com", "maxPages": 5}, "INVALID_PARAMETER", "maxPages: belongs into options"),
        ({"url": "example.com", "full_page": True}, "INVALID_PARAMETER", "full_page: belongs into options"),
    ],
)
def test_a_bad_parameter_is_named(
    post: Callable[..., Response], bulk: Bulk, body: dict[str, Any], code: str, told: str
) -> None:
    """What can't be honoured is refused under the name that the caller wrote, and nothing is counted."""
    response = post(**body)
    assert (response.status_code, error_of(response)) == (400, code), response.text
    assert response.json()["error"]["message"].startswith(told)
    assert (bulk.store.jobs, bulk.world.used()) == ({}, 0)


def test_unknown_parameters_are_named_in_a_header(post: Callable[..., Response]) -> None:
    """A parameter that nobody knows, such as a mistyped one, is told beside a new job, with its place."""
    response = post(sitemap_url=SITEMAP, priority=1, options={"maxPages": 1, "max_page": 2, "a b": 3, "x\r\ny": 4})
    assert response.status_code == 200
    assert response.headers["X-Pagelapse-Ignored"] == "priority, options.max_page"
    assert "X-Pagelapse-Ignored" not in post(sitemap_url=SITEMAP).headers


@pytest.mark.parametrize("place", ["connector_id", "connectorId"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_connector_is_named_beside_or_in_the_options(
    post: Callable[..., Response], bulk: Bulk, place: str, inside: bool
) -> None:
    """`connector_id` is understood at either place; an unknown one is not found, under the name that was written."""
    given: dict[str, Any] = {"options": {place: "conn_unknown"}} if inside else {place: "conn_unknown"}
    response = post(url="example.com", **given)
    assert (response.status_code, error_of(response)) == (404, "CONNECTOR_NOT_FOUND")
    assert response.json()["error"]["message"].startswith(f"options.{place}: " if inside else f"{place}: ")
    twice = post(url="example.com", connector_id="conn_a", options={"connectorId": "conn_b"})
    assert (twice.status_code, error_of(twice)) == (400, "INVALID_PARAMETER")
    assert bulk.store.jobs == {}


def test_too_few_credits_are_told(post: Callable[..., Response], bulk: Bulk) -> None:
    """A job that the credits don't cover is refused before anything is counted."""
    bulk.world.limit(3)
    response = post(url="example.com")
    assert (response.status_code, error_of(response)) == (402, "INSUFFICIENT_CREDITS")
    assert bulk.world.used() == 0


def test_jobs_have_a_limit_of_their_own(client: Client, post: Callable[..., Response], bulk: Bulk) -> None:
    """The eleventh job of an hour is refused with a word on how long; asking for the status of one is not."""
    for _ in range(BULK.requests):
        assert post(url="example.com", options={"maxPages": 1}).status_code == 200
    response = post(url="example.com")
    assert (response.status_code, error_of(response)) == (429, "RATE_LIMIT_EXCEEDED")
    assert f"again in {response.headers['Retry-After']} s" in response.json()["error"]["message"]
    assert _get(client, bulk, next(iter(bulk.store.jobs.values())), "status").status_code == 200


def test_a_publishable_key_makes_no_jobs(client: Client, bulk: Bulk) -> None:
    """A key that anybody may read can't make jobs."""
    response = client.post(PATH, json={"url": "example.com"}, headers={"X-API-Key": bulk.world.new.publishable_key})
    assert (response.status_code, error_of(response)) == (401, "INVALID_API_KEY")
    assert bulk.store.jobs == {}

"""Bulk jobs through the deployed stack: sitemap, queues, `snap`, `results`, archive."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from PIL import ImageColor
from tests.e2e.pixcap.bulk import PATH, archive, create, finished, manifest, status, until
from tests.e2e.pixcap.conftest import Api
from tests.e2e.workers import Worker
from tests.pixels import load, pixel
from tests.site.sitemapped import SitemappedSite, colour, serving_sitemapped

from pagelapse.adapters.bulk_items import BulkJobItem
from pagelapse.adapters.table import connect
from pagelapse.bulk.jobs import DOWNLOAD_S, Archive
from pagelapse.cli import main
from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

TREE = {
    "/": "index.png",
    "/about/": "about/index.png",
    "/blog/": "blog/index.png",
    "/blog/my-post": "blog/my-post.png",
    "/blog/My-Post": "blog/My-Post-*.png",
    "/caf%C3%A9": "café.png",
    "/%2e%2e/%2e%2e/etc/passwd": "_/_/etc/passwd.png",
    "/search?q=a%2Fb": "search_q=a_b.png",
    "/con": "_con.png",
    "/down": None,
    "/docs/down/": None,
    "/last.html": "last.html.png",
}
"""The site's pages, and where the archive has their pictures."""


@pytest.fixture
def sitemapped() -> Iterator[SitemappedSite]:
    """The site of `TREE`."""
    broken = [path for path, name in TREE.items() if name is None]
    with serving_sitemapped(list(TREE), broken) as site:
        yield site


def test_a_site_becomes_an_archive(api_with: Callable[[int], Api], sitemapped: SitemappedSite) -> None:
    """A site without scheme is captured by its sitemap: progress, credits, tree and manifest are exact to the page."""
    api = api_with(20)
    made = create(api, url=sitemapped.host, options={"width": 400, "height": 300})
    assert made == {
        "job_id": made["job_id"],
        "status": "pending",
        "sitemap_url": sitemapped.url("/maps/index.xml.gz"),
        "total_urls": 12,
        "credits_reserved": 12,
        "credits_remaining": 8,
        "status_url": f"{PATH}/{made['job_id']}/status",
    }
    ended = finished(api, made["job_id"])
    assert ended.pop("download")["fileSize"] > 1000
    assert ended == {
        "jobId": made["job_id"],
        "status": "completed",
        "sitemapUrl": made["sitemap_url"],
        "progress": {"totalUrls": 12, "processed": 12, "successful": 10, "failed": 2, "percentage": 100},
        "credits": {"reserved": 12, "used": 10, "refunded": 2},
    }
    assert api.used() == 10
    name, files = archive(api, made["job_id"])
    folder = name.removesuffix(".zip")
    assert folder.startswith("screenshots-127-0-0-1-20")
    entries = {entry["url"]: entry for entry in manifest(files)["urls"]}
    assert list(entries) == [sitemapped.url(path) for path in TREE]
    assert set(files) == {f"{folder}/{found}" for found in _found(entries)} | {f"{folder}/_manifest.json"}
    for path, expected in TREE.items():
        entry = entries[sitemapped.url(path)]
        assert (entry["status"], entry["error"] is None) == (
            ("failed", False) if expected is None else ("success", True)
        )
        if expected is not None:
            start, _, end = expected.partition("*")
            assert entry["file"].startswith(start)
            assert entry["file"].endswith(end)
            image = load(files[f"{folder}/{entry['file']}"])
            assert (image.size, pixel(image, 200, 150)) == ((400, 300), ImageColor.getrgb(colour(_seen(path))))


def _seen(path: str) -> str:
    """As the site sees it: browsers resolve dots, encoded ones too."""
    return "/etc/passwd" if path.startswith("/%2e") else path


def _found(entries: dict[str, dict[str, str | None]]) -> list[str]:
    return [entry["file"] for entry in entries.values() if entry["file"] is not None]


def test_a_snap_that_is_killed_costs_no_page(api: Api, stack: Stack, sitemapped: SitemappedSite) -> None:
    """A job whose `snap` workers are killed in the middle ends completed, each page captured and counted once."""
    snap = Worker(stack, stack.outputs["CaptureQueueUrl"])
    with snap.redelivering_after(20):
        sitemapped.gate.clear()
        made = create(api, sitemap_url=sitemapped.url("/sitemap.xml"), options={"maxPages": 6, "width": 400})
        until(lambda: True if sum(sitemapped.visits.values()) >= 2 else None, every_s=0.1)
        assert status(api, made["job_id"])["status"] == "processing"
        assert snap.kill() > 0
        sitemapped.gate.set()
        ended = finished(api, made["job_id"])
    assert (ended["status"], ended["credits"]) == ("completed", {"reserved": 6, "used": 6, "refunded": 0})
    assert len(archive(api, made["job_id"])[1]) == 7
    assert api.used() == 6


def test_an_archive_is_gone_after_a_day(
    api_with: Callable[[int], Api], stack: Stack, sitemapped: SitemappedSite
) -> None:
    """24 hours later the download says that it is gone, while the status stays; other accounts never see the job."""
    api, stranger = api_with(100), api_with(100)
    made = create(api, sitemap_url=sitemapped.url("/sitemap.xml"), options={"maxPages": 1, "width": 400})
    assert finished(api, made["job_id"])["status"] == "completed"
    for what in ("status", "download"):
        response = stranger.http.get(f"{PATH}/{made['job_id']}/{what}", headers=stranger.key)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "JOB_NOT_FOUND")
    connect(stack.outputs["TableName"])
    item = BulkJobItem.at(api.account.account.account_id, made["job_id"])
    item.update(actions=[BulkJobItem.ended_at.set(time.time() - DOWNLOAD_S)])
    response = api.http.get(f"{PATH}/{made['job_id']}/download", headers=api.key)
    assert (response.status_code, response.json()["error"]["code"]) == (410, "DOWNLOAD_EXPIRED")
    assert status(api, made["job_id"])["status"] == "completed"


def test_a_large_archive_is_downloaded_from_the_bucket(api: Api, stack: Stack, sitemapped: SitemappedSite) -> None:
    """An archive above Lambda's limit is redirected to; the link needs no key and saves it under its name."""
    made = create(api, sitemap_url=sitemapped.url("/sitemap.xml"), options={"maxPages": 1, "width": 400})
    assert finished(api, made["job_id"])["status"] == "completed"
    connect(stack.outputs["TableName"])
    item = BulkJobItem.at(api.account.account.account_id, made["job_id"])
    item.refresh(consistent_read=True)
    larger = Archive.model_validate_json(item.archive).model_copy(update={"size": 5_000_000})
    item.update(actions=[BulkJobItem.archive.set(larger.model_dump_json())])
    response = api.http.get(f"{PATH}/{made['job_id']}/download", headers=api.key)
    assert response.status_code == 302
    saved = httpx.get(response.headers["Location"])
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{larger.file_name}"'
    with ZipFile(io.BytesIO(saved.content)) as packed:
        assert len(packed.namelist()) == 2


def test_the_command_line_saves_a_site(
    api: Api, stack: Stack, sitemapped: SitemappedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pagelapse bulk` makes a job on the deployment, waits for it and saves its archive."""
    monkeypatch.setenv("PAGELAPSE_URL", stack.url)
    monkeypatch.setenv("PAGELAPSE_KEY", api.account.private_key)
    target = tmp_path / "site.zip"
    assert main(["bulk", sitemapped.host, "-o", str(target), "--max-pages", "2", "--format", "jpeg"]) == 0
    with ZipFile(target) as packed:
        assert [name.partition("/")[2] for name in packed.namelist()] == [
            "_manifest.json",
            "index.jpg",
            "about/index.jpg",
        ]


def test_too_few_credits_and_bad_sites_cost_nothing(
    api_with: Callable[[int], Api], sitemapped: SitemappedSite, stack: Stack
) -> None:
    """A job that the credits don't cover, or whose sitemap is refused or missing, is refused in the vendor's form."""
    api = api_with(5)
    bodies: list[tuple[dict[str, object], int, str, str]] = [
        ({"url": sitemapped.host}, 402, "INSUFFICIENT_CREDITS", "12 pages"),
        ({"url": "http://10.0.0.1"}, 400, "URL_BLOCKED", "url: "),
        ({"sitemapUrl": "http://169.254.169.254/sitemap.xml"}, 400, "URL_BLOCKED", "sitemapUrl: "),
        ({"sitemap_url": sitemapped.url("/about/")}, 400, "SITEMAP_NOT_FOUND", "sitemap_url: "),
        ({"url": "ftp://example.com"}, 400, "INVALID_URL", "url: "),
        ({"url": sitemapped.host, "options": {"max_pages": 101}}, 400, "INVALID_PARAMETER", "options.max_pages: "),
    ]
    for body, code, name, told in bodies:
        response = api.http.post(PATH, json=body, headers=api.key)
        assert (response.status_code, response.json()["error"]["code"]) == (code, name), response.text
        assert told in response.json()["error"]["message"]
    assert api.used() == 0

"""A bulk job, from its creation to its finished archive, beside the same pages captured by bare Playwright.

Both sides capture as many pages at a time, after a warm-up of each. Only the ratio means anything beyond this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import statistics
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import httpx
from playwright.async_api import Browser, async_playwright

from pagelapse.local.emulator import AT_ONCE
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

AT_LEAST = 0.8
"""Pages a second of the job by those of bare Playwright."""

PARALLEL = AT_ONCE // 2
"""Captures at the same time, as `local.stack` sets `QueuedCaptures`."""

POLL_S = 0.5
"""Asking costs processor time, which the captures need; what it hides of the end counts against the job."""

_PATH = "/api/v1/bulk-screenshot"
_VIEWPORT = {"width": 1280, "height": 800}


class _Site(SimpleHTTPRequestHandler):
    """One page under any number of addresses, and a sitemap of `pages` of them."""

    protocol_version = "HTTP/1.1"
    pages = 0

    def do_GET(self) -> None:
        if self.path == "/sitemap.xml":
            host = self.headers["Host"]
            urls = "".join(f"<url><loc>http://{host}/{number}/</loc></url>" for number in range(self.pages))
            body, media_type = f"<urlset>{urls}</urlset>".encode(), "text/xml"
        else:
            body, media_type = Path(__file__).with_name("page.html").read_bytes(), "text/html"
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


async def bare(chromium: Path, urls: list[str]) -> float:
    """Seconds that bare Playwright takes: a fresh context for each page, the load event, a PNG."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium)
        await _captured(browser, urls[: 2 * PARALLEL])
        started = time.perf_counter()
        await _captured(browser, urls)
        taken = time.perf_counter() - started
        await browser.close()
        return taken


async def _captured(browser: Browser, urls: list[str]) -> None:
    turns = asyncio.Semaphore(PARALLEL)

    async def capture(url: str) -> None:
        async with turns:
            context = await browser.new_context(viewport={"width": 1280, "height": 800})
            page = await context.new_page()
            await page.goto(url)
            await page.screenshot()
            await context.close()

    await asyncio.gather(*(capture(url) for url in urls))


def job(client: httpx.Client, sitemap_url: str, pages: int) -> float:
    """Seconds of a job of so many pages, none of which may fail."""
    started = time.perf_counter()
    body = {"sitemap_url": sitemap_url, "options": {"maxPages": pages, **_VIEWPORT}}
    made = client.post(_PATH, json=body)
    assert made.status_code == 200, made.text
    captured = 0.0
    while True:
        data = client.get(made.json()["data"]["status_url"]).json()["data"]
        if data["status"] in ("packaging", "completed"):
            captured = captured or time.perf_counter() - started
        if data["status"] in ("completed", "failed"):
            break
        time.sleep(POLL_S)
    taken = time.perf_counter() - started
    assert data["progress"]["successful"] == pages, data
    check_archive(client, data["jobId"], pages)
    print(f"job   {pages} pages in {taken:6.2f} s, of which until the last capture {captured:6.2f} s")
    return taken


def check_archive(client: httpx.Client, job_id: str, pages: int) -> None:
    """The archive must hold the site's tree, and the manifest every page of it."""
    answer = client.get(f"{_PATH}/{job_id}/download")
    body = answer.content if answer.status_code == 200 else httpx.get(answer.headers["Location"], timeout=60).content
    with ZipFile(io.BytesIO(body)) as archive:
        folder = archive.namelist()[0].partition("/")[0]
        tree = {f"{folder}/{number}/index.png" for number in range(pages)}
        assert set(archive.namelist()) == {f"{folder}/_manifest.json"} | tree
        manifest = json.loads(archive.read(f"{folder}/_manifest.json"))
    assert {f"{folder}/{entry['file']}" for entry in manifest["urls"]} == tree


def main() -> int:
    """Start a stack, measure, and say whether the goal is met; exit status 1 when it is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site))
    _Site.pages = given.pages
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    urls = [f"http://{host}/{number}/" for number in range(given.pages)]
    ratios = []
    parameters = {"RateLimitFactor": "1000", "BulkMaxPages": str(max(100, given.pages))}
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Layout(Path(folder)), free_ports(), [host], parameters) as stack,
    ):
        stack.deploy()
        with httpx.Client(base_url=stack.url, headers={"X-API-Key": stack.key}, timeout=60) as client:
            job(client, f"http://{host}/sitemap.xml", min(given.pages, 10 * PARALLEL))
            for _ in range(given.runs):
                theirs = asyncio.run(bare(stack.layout.chromium, urls))
                print(f"bare  {given.pages} pages in {theirs:6.2f} s, {PARALLEL} at a time")
                ratios.append(theirs / job(client, f"http://{host}/sitemap.xml", given.pages))
    server.shutdown()
    ratio = statistics.median(ratios)
    print(f"throughput of the job by that of bare Playwright: {ratio:.2f}, at least {AT_LEAST}")
    return int(ratio < AT_LEAST)


if __name__ == "__main__":
    raise SystemExit(main())

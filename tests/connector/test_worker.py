"""The agent's browsers: what they may reach, and what becomes of their captures."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from tests.site.server import Site

from pagelapse.adapters.browser import Chromium
from pagelapse.capture.jobs import CaptureReport
from pagelapse.capture.messages import RemoteJob, Upload
from pagelapse.connector.crew import Crew, Line, Worker
from pagelapse.connector.orders import Done, Order, TooLate
from pagelapse.connector.uploads import Uploads
from pagelapse.connector.worker import allowance, take
from pagelapse.errors import BrowserLost, CaptureError

FORM = Upload(url="https://bucket.test/", fields={"Content-Type": "image/png"}, key="pictures/a.png")
REPORT = Upload(url="https://bucket.test/", fields={"Content-Type": "application/json"}, key="connectors/r.json")


@pytest.mark.parametrize(
    ("entries", "reached", "refused"),
    [
        ((), ["10.0.0.5", "127.0.0.1", "93.184.216.34", "fd00::1"], ["169.254.169.254", "fd00:ec2::254"]),
        (("10.0.0.0/8",), ["10.0.0.5"], ["192.168.1.1", "93.184.216.34", "127.0.0.1"]),
        (("10.0.0.0/8", "public"), ["10.0.0.5", "93.184.216.34"], ["192.168.1.1", "169.254.169.254"]),
    ],
)
def test_what_an_agent_may_reach(entries: tuple[str, ...], reached: list[str], refused: list[str]) -> None:
    """Everything without a list, else what is listed, with `public` for the internet; metadata addresses never."""
    allowed = allowance(entries)
    for addresses, expected in ((reached, True), (refused, False)):
        for address in addresses:
            found = allowed.refusal("host.test", 80, [ipaddress.ip_address(address)])
            assert (found is None) is expected, address


def test_listed_names() -> None:
    """A listed host may be reached wherever it is, and no other."""
    allowed = allowance(("intranet.local", "build.local:8080"))
    private = [ipaddress.ip_address("10.0.0.5")]
    assert allowed.refusal("intranet.local", 80, private) is None
    assert allowed.refusal("build.local", 8080, private) is None
    assert allowed.refusal("build.local", 80, private)
    assert allowed.refusal("other.local", 80, private)


def _answering(monkeypatch: pytest.MonkeyPatch, *statuses: int) -> list[str]:
    """Let the bucket answer so; the last status repeats."""
    calls: list[str] = []

    def post(url: str, **_: object) -> httpx.Response:
        calls.append(url)
        status = statuses[min(len(calls), len(statuses)) - 1]
        if status == 0:
            raise httpx.ConnectError("no route to host")
        return httpx.Response(status)

    monkeypatch.setattr(httpx, "post", post)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    return calls


def test_uploads_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that fails for the moment is tried again."""
    calls = _answering(monkeypatch, 0, 503, 204)
    Uploads([FORM]).put("pictures/a.png", b"x", media_type="image/png")
    assert len(calls) == 3


def test_uploads_that_fail_are_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """An upload that can't be done fails the capture, and nothing says where it would have gone."""
    _answering(monkeypatch, 403)
    with pytest.raises(CaptureError, match="upload"):
        Uploads([FORM]).put("pictures/a.png", b"x", media_type="image/png")
    assert "bucket.test" not in caplog.text


@pytest.mark.parametrize(("key", "media_type"), [("pictures/b.png", "image/png"), ("pictures/a.png", "text/html")])
def test_only_the_jobs_files_are_uploaded(key: str, media_type: str) -> None:
    """A file that the job has no form for is not uploaded."""
    with pytest.raises(CaptureError):
        Uploads([FORM]).put(key, b"x", media_type=media_type)


def _work(**options: object) -> RemoteJob:
    job = {"job_id": "j1", "account_id": "a", "key_prefix": "pictures/a", "options": options}
    return RemoteJob.model_validate({"job": job, "seconds": 20, "uploads": [FORM], "report": REPORT})


@pytest.mark.browser
def test_captures(monkeypatch: pytest.MonkeyPatch, chromium_path: Path, site: Site) -> None:
    """A capture uses the agent's viewport where it asks for none, and what can't be done is a failure's report."""
    _answering(monkeypatch, 204)
    facts = quote("<body style='margin:0'><script>document.title = innerWidth</script>")
    works = [_work(url=site.url(f"/html?body={facts}")), _work(url=site.url("/simple.html"), unheard_of=1)]

    async def run() -> list[Done]:
        browser = Chromium(chromium_path, allowance(()))
        try:
            return [await take(browser, Order(work=work, budget_s=20, viewport=(640, 480)), work) for work in works]
        finally:
            await browser.close()

    taken, unknown = [
        CaptureReport.model_validate({"digest": "", **(done.report or {})}) for done in asyncio.run(run())
    ]
    assert taken.file
    assert (taken.file.key, taken.file.width, taken.file.height) == ("pictures/a.png", 640, 480)
    assert unknown.failure
    assert "unheard_of" in unknown.failure.message


def _worker(source: str) -> Worker:
    return Worker([sys.executable, "-c", source], {"PATH": os.defpath})


@pytest.mark.parametrize(
    "source",
    ["", "import sys; sys.stdin.readline(); print('nonsense')", "import os; os.kill(os.getpid(), 9)"],
)
def test_a_worker_that_breaks_down(source: str) -> None:
    """A worker that ends, is killed or says nonsense fails its capture, and the next one has a new worker."""

    async def run() -> None:
        worker = _worker(source)
        for _ in range(2):
            with pytest.raises(BrowserLost):
                await worker.do(Order(work=_work(url="http://a.test/"), budget_s=5))
        await worker.end()

    asyncio.run(run())


def test_a_worker_that_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does not answer is killed."""
    monkeypatch.setattr("pagelapse.connector.crew.OVERTIME_S", 0.1)

    async def run() -> None:
        worker = _worker("import time; time.sleep(600)")
        with pytest.raises(BrowserLost):
            await worker.do(Order(work=_work(url="http://a.test/"), budget_s=0.1))
        await worker.end()

    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began < 60


def test_those_who_wait_go_first() -> None:
    """A capture that somebody waits for gets the next free browser, before any that nobody waits for."""

    async def run() -> list[str]:
        worker = _worker("")
        line, order = Line([worker]), []
        held = await line.obtain(patient=True)

        async def use(name: str, *, patient: bool) -> None:
            got = await line.obtain(patient=patient)
            order.append(name)
            line.give_back(got)

        tasks = [asyncio.create_task(use(name, patient=name != "person")) for name in ("q1", "q2", "gone", "person")]
        await asyncio.sleep(0)
        tasks[2].cancel()
        await asyncio.sleep(0)
        line.give_back(held)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert await line.obtain(patient=True) is worker
        return order

    assert asyncio.run(run()) == ["person", "q1", "q2"]


@pytest.mark.slow
@pytest.mark.parametrize(("timeout_s", "left_s"), [(30, 29), (60, 29), (10, 9)])
def test_nobody_waits_for_a_capture_without_time(timeout_s: float, left_s: float) -> None:
    """A patient capture that has waited away its time is not begun, and its browser is free for the next."""

    async def run() -> None:
        crew = Crew(1, Path("/nowhere"), (), {})
        with pytest.raises(BrowserLost):
            await crew.start()
        until = asyncio.get_running_loop().time() + left_s
        for _ in range(2):
            with pytest.raises(TooLate):
                await crew.take(
                    _work(url="http://a.test/"), until=until, timeout_s=timeout_s, viewport=(640, 480), patient=True
                )
        await crew.end()

    asyncio.run(run())


@pytest.mark.browser
def test_a_browser_that_does_not_work(tmp_path: Path) -> None:
    """A browser that can't be launched is told at the start, with the reason."""
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho libnss3.so is missing >&2\nexit 127\n")
    broken.chmod(0o700)

    async def run() -> None:
        crew = Crew(1, broken, (), {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
        with pytest.raises(BrowserLost, match=r"libnss3\.so is missing"):
            await crew.start()
        await crew.end()

    asyncio.run(run())


@pytest.mark.browser
def test_workers_end_with_their_orders(chromium_path: Path) -> None:
    """A worker whose agent is gone ends by itself."""

    async def run() -> int:
        crew = Crew(1, chromium_path, (), {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
        await crew.start()
        process = crew._workers[0]._process
        assert process
        assert process.stdin
        process.stdin.close()
        return await asyncio.wait_for(process.wait(), 60)

    assert asyncio.run(run()) == 0

"""The `snap` function's own work, with fakes for the browser and AWS."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import TypeAdapter

from pagelapse import snapping
from pagelapse.capture.jobs import (
    MAX_INLINE_BYTES,
    CaptureJob,
    CaptureReport,
    CaptureStarted,
    Inventory,
    ThumbnailSize,
    Timings,
)
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.ports import Box, BrowserGoneError
from pagelapse.errors import CaptureTimeout, ServiceBusy, StorageFailed
from pagelapse.snapping import Snapper


class FakePage:
    """A page that has everything at once."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def render(self, html: str, *, until: str, timeout_s: float) -> None:
        """Nothing to do."""

    async def wait_for_fonts(self, *, timeout_s: float) -> None:
        """Nothing to do."""

    def target(self) -> None:
        """It has gone nowhere."""

    def timings(self) -> Timings:
        return Timings(started_at_ms=1)

    async def inventory(self, *, timeout_s: float) -> Inventory:
        return Inventory(images=("http://x.example/",))

    async def print_pdf(self, *_: Any, timeout_s: float) -> bytes:
        return self._body

    async def content(self, *, timeout_s: float) -> str:
        return self._body.decode()

    async def shoot(self, *_: Any, clip: Box | None, **__: Any) -> bytes:
        return self._body


@dataclass
class FakeBrowser:
    """Hands out pages, or breaks down as often as it is told to."""

    body: bytes = b"picture"
    breakdowns: int = 0
    replaced: int = 0

    @asynccontextmanager
    async def page(self, _options: CaptureOptions, *, timeout_s: float) -> AsyncIterator[Any]:
        if self.replaced < self.breakdowns:
            raise BrowserGoneError("broken")
        yield FakePage(self.body)

    async def replace(self) -> None:
        self.replaced += 1

    def through(self, proxy_url: str) -> Any:
        raise NotImplementedError

    async def settle(self) -> None:
        """Nothing to do."""


@dataclass
class FakeAws:
    """A bucket and a queue in memory."""

    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    broken: bool = False

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        if self.broken:
            raise StorageFailed("no bucket")
        self.files[key] = (body, media_type)

    def send(self, body: str) -> None:
        self.messages.append(body)


def _job(*, answer_by: float | None, inline: bool = True, output: str = "image", **more: Any) -> CaptureJob:
    options = CaptureOptions.model_validate({"html": "<p>x", "delay_ms": 0, "output": output, **more})
    return CaptureJob(
        job_id="j1", account_id="a1", options=options, key_prefix="pictures/x", inline=inline, answer_by=answer_by
    )


def _run(job: CaptureJob, browser: FakeBrowser, aws: FakeAws) -> CaptureReport | None:
    report = asyncio.run(Snapper(browser, aws, aws).run(job))
    assert report is None or isinstance(report, CaptureReport)
    return report


def test_report_carries_what_was_stored() -> None:
    """A job that somebody waits for is stored and answered with the bytes; nothing goes to the queue."""
    aws = FakeAws()
    report = _run(_job(answer_by=time.time() + 20), FakeBrowser(), aws)
    assert report is not None
    assert report.file is not None
    assert report.body == b"picture"
    assert aws.files == {"pictures/x.png": (b"picture", "image/png")}
    assert aws.messages == []
    assert CaptureReport.model_validate_json(report.model_dump_json()) == report


def test_captures_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Each capture tells CloudWatch how long it took, and whether it failed, by a line in the log."""
    _run(_job(answer_by=time.time() + 20), FakeBrowser(), FakeAws())
    _run(_job(answer_by=time.time() + 20), FakeBrowser(breakdowns=2), FakeAws())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"CloudWatchMetrics"' in line]
    assert [("Captured" in line, "Failed" in line) for line in lines if "CaptureTime" in line] == [
        (True, False),
        (False, True),
    ]
    (why,) = [line for line in lines if "CaptureErrors" in line]
    assert why["reason"] == "browser_lost"
    (broken,) = [line for line in lines if "CapturesBroken" in line]
    assert broken["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_a_picture_that_can_not_be_stored() -> None:
    """A bucket that takes nothing is told to who waits; for others the queue brings the job again."""
    report = _run(_job(answer_by=time.time() + 20), FakeBrowser(), FakeAws(broken=True))
    assert report is not None
    assert (report.failure and report.failure.code, report.file) == (ServiceBusy.code, None)
    aws = FakeAws(broken=True)
    with pytest.raises(StorageFailed):
        _run(_job(answer_by=None), FakeBrowser(), aws)
    assert aws.messages == []


def test_large_pictures_travel_by_the_bucket_only() -> None:
    """A picture that would not fit Lambda's reply is stored, not carried in the report."""
    aws = FakeAws()
    report = _run(_job(answer_by=time.time() + 20), FakeBrowser(bytes(MAX_INLINE_BYTES + 1)), aws)
    assert report is not None
    assert report.body is None
    assert "pictures/x.png" in aws.files


def test_documents_are_stored_as_plain_text() -> None:
    """A document's source can't run script where it is hotlinked."""
    aws = FakeAws()
    _run(_job(answer_by=None, output="html"), FakeBrowser(b"<script>alert(1)</script>"), aws)
    assert aws.files["pictures/x.html"][1] == "text/plain; charset=utf-8"


def test_printed_pages_are_stored_as_pdf() -> None:
    """A PDF is stored and reported as one, and has no thumbnail."""
    aws = FakeAws()
    job = _job(answer_by=time.time() + 20, output="pdf", java_script_enabled=False)
    report = _run(job.model_copy(update={"thumbnail": ThumbnailSize(width=100)}), FakeBrowser(b"%PDF-"), aws)
    assert aws.files == {"pictures/x.pdf": (b"%PDF-", "application/pdf")}
    assert report is not None
    assert report.file is not None
    assert (report.file.media_type, report.file.width, report.thumbnail) == ("application/pdf", None, None)


def test_report_tells_times_and_inventory() -> None:
    """A report carries when the page got how far, and what it embeds when that is asked for."""
    plain = _run(_job(answer_by=time.time() + 20), FakeBrowser(), FakeAws())
    listed = _run(_job(answer_by=time.time() + 20, inventory=True), FakeBrowser(), FakeAws())
    assert plain is not None
    assert listed is not None
    assert (plain.timings.started_at_ms, plain.inventory) == (1, None)
    assert listed.inventory == Inventory(images=("http://x.example/",))


def test_late_reports_go_to_the_queue_without_the_bytes() -> None:
    """When nobody waits, or not any more, the report goes to the result queue instead."""
    for answer_by in (None, time.time() - 1):
        aws = FakeAws()
        assert _run(_job(answer_by=answer_by), FakeBrowser(), aws) is None
        late = CaptureReport.model_validate_json(aws.messages[0])
        assert late.file is not None
        assert late.body is None


def test_one_breakdown_is_survived_and_two_are_told() -> None:
    """A browser that breaks down once costs a retry; one that does it twice ends in an error for the caller."""
    once = _run(_job(answer_by=time.time() + 20), FakeBrowser(breakdowns=1), FakeAws())
    assert once is not None
    assert once.failure is None
    twice = _run(_job(answer_by=time.time() + 20), FakeBrowser(breakdowns=2), FakeAws())
    assert twice is not None
    assert twice.failure is not None
    assert twice.failure.code == "browser_lost"


def test_failed_messages_alone_come_back() -> None:
    """Of a batch, the messages that failed are delivered again, the others are not."""
    aws = FakeAws()
    good = {"messageId": "good", "body": _job(answer_by=None).model_dump_json()}
    bad = {"messageId": "bad", "body": "{}"}
    snapper = Snapper(FakeBrowser(), aws, aws)
    assert asyncio.run(snapping._batch(snapper, [bad, good])) == [{"itemIdentifier": "bad"}]
    assert len(aws.messages) == 1


def test_lost_uploads_come_back() -> None:
    """A job whose picture could not be stored is delivered again instead of reported."""
    aws = FakeAws(broken=True)
    record = {"messageId": "m", "body": _job(answer_by=None).model_dump_json()}
    assert asyncio.run(snapping._batch(Snapper(FakeBrowser(), aws, aws), [record])) == [{"itemIdentifier": "m"}]
    assert aws.messages == []


def test_the_beginning_of_a_capture_is_announced() -> None:
    """A job that asks for it is announced on the result queue, and then reported; others are only reported."""
    for announce, kinds in ((True, {CaptureStarted, CaptureReport}), (False, {CaptureReport})):
        aws = FakeAws()
        job = _job(answer_by=None).model_copy(update={"announce": announce, "purpose": "order"})
        assert _run(job, FakeBrowser(), aws) is None
        messages: TypeAdapter[CaptureReport | CaptureStarted] = TypeAdapter(CaptureReport | CaptureStarted)
        found = [messages.validate_json(body) for body in aws.messages]
        assert {type(message) for message in found} == kinds
        assert {(message.job_id, message.account_id, message.purpose) for message in found} == {("j1", "a1", "order")}


def test_a_source_is_kept_beside_the_picture() -> None:
    """With `keep_source` the document's source is stored too, as plain text, and the report tells where."""
    aws = FakeAws()
    report = _run(_job(answer_by=time.time() + 20, keep_source=True), FakeBrowser(b"<p>x"), aws)
    assert report is not None
    assert report.source is not None
    assert aws.files[report.source.key] == (b"<p>x", "text/plain; charset=utf-8")
    assert aws.files.keys() == {"pictures/x.png", "pictures/x.html"}


def test_orders_are_not_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture that is kept has its full time, however little of it somebody waits for."""
    budgets: list[float] = []

    async def noted(_browser: object, _options: object, *, budget_s: float) -> None:
        budgets.append(budget_s)
        raise CaptureTimeout("too slow")

    monkeypatch.setattr(snapping, "capture", noted)
    for purpose in ("snap", "order"):
        job = _job(answer_by=time.time() + 4).model_copy(update={"purpose": purpose})
        _run(job, FakeBrowser(), FakeAws())
    assert budgets[0] < 4 < budgets[1] == snapping.UNATTENDED_BUDGET_S

"""A process of the agent's that holds one browser, and takes one capture at a time with it, as `snap` does.

It knows no token: pages may take over what runs them. When its agent ends, its orders end, and so does it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import JsonValue, ValidationError

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.browser import Chromium, chromium_executable
from pagelapse.capture.jobs import CaptureJob, CaptureReport, Failure
from pagelapse.capture.messages import MAX_MESSAGE_BYTES, MAX_REPORT_BYTES, RemoteJob
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.pipeline import capture
from pagelapse.connector.orders import LONGEST_LINE, Done, Order
from pagelapse.connector.uploads import Uploads
from pagelapse.errors import BrowserLost, CaptureError
from pagelapse.observability import log_unexpected
from pagelapse.snapping import ANSWER_MARGIN_S, Snapper

EVERYWHERE = ("0.0.0.0/0", "::/0")
PUBLIC = "public"
_REPORT_TYPE = "application/json"
_OVERHEAD = 1000
"""Bytes of a message around its report."""


def allowance(entries: Sequence[str]) -> Allowance:
    """What captures may reach: everything, or what the operator lists; metadata addresses never."""
    if not entries:
        return Allowance(EVERYWHERE)
    listed = tuple(entry for entry in entries if entry.lower() != PUBLIC)
    return Allowance(listed, public=len(listed) < len(entries))


class _Late:
    """Keeps a report that comes after the job's time, for the agent to judge."""

    report: CaptureReport | None = None

    def send(self, body: str) -> None:
        """Take it."""
        self.report = CaptureReport.model_validate_json(body)


async def take(browser: Chromium, order: Order, work: RemoteJob) -> Done:
    """Take one capture and upload its files."""
    report = await _report(browser, order, work)
    text = report.model_dump_json(exclude_defaults=True)
    if len(text.encode()) <= MAX_MESSAGE_BYTES - _OVERHEAD:
        return Done(report=report.model_dump(mode="json", exclude_defaults=True))
    if len(text.encode()) > MAX_REPORT_BYTES:
        too_large = CaptureError("The page's facts are too many to be reported.")
        return _failed(work, too_large)
    try:
        await asyncio.to_thread(Uploads([work.report]).put, work.report.key, text.encode(), media_type=_REPORT_TYPE)
    except CaptureError as error:
        return _failed(work, error)
    return Done()


async def _tried(browser: Chromium, order: Order) -> Done:
    try:
        await capture(browser, CaptureOptions(html=" "), budget_s=order.budget_s)
        await browser.settle()
    except CaptureError as error:
        return Done(problem=_reason(error)[:500])
    return Done()


def _reason(error: BaseException) -> str:
    """What the browser itself has said, as its driver quotes it, or else the first cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).splitlines() or [type(error).__name__]
    said = [line.partition("[err]")[2].strip() for line in lines if "[err]" in line]
    return " ".join(said) or lines[0]


async def _report(browser: Chromium, order: Order, work: RemoteJob) -> CaptureReport:
    try:
        job = _job(order, work)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in problem["loc"])[:100]
        return _failure(work, CaptureError(f"The connector's version does not know this: {name}."))
    late = _Late()
    try:
        done = await Snapper(browser, Uploads(work.uploads), late).run(job)
    except Exception as error:  # noqa: BLE001 - the agent is owed a report, whatever a page has broken
        log_unexpected(error)
        return _failure(work, BrowserLost("The capture broke down."))
    report = done or late.report
    if not isinstance(report, CaptureReport):
        raise AssertionError("a capture gives a capture's report")
    return report


def _job(order: Order, work: RemoteJob) -> CaptureJob:
    asked = dict(work.job)
    options = asked.get("options")
    if isinstance(options, dict) and "viewport" not in options:
        width, height = order.viewport
        asked["options"] = {**options, "viewport": {"width": width, "height": height}}
    job = CaptureJob.model_validate(asked)
    return job.model_copy(update={"answer_by": time.time() + order.budget_s + ANSWER_MARGIN_S})


def _failure(work: RemoteJob, error: CaptureError) -> CaptureReport:
    failure = Failure(code=error.code, message=error.message, option=error.option)
    ids = {name: str(work.job.get(name, "")) for name in ("job_id", "account_id")}
    return CaptureReport(**ids, digest="", failure=failure)


def _failed(work: RemoteJob, error: CaptureError) -> Done:
    said: dict[str, JsonValue] = _failure(work, error).model_dump(mode="json", exclude_defaults=True)
    return Done(report=said)


async def serve(browser: Chromium, orders: asyncio.StreamReader, answers: int) -> None:
    """Follow orders until there are no more; a new one cuts off the last.

    Args:
        browser: To take captures with.
        orders: One a line.
        answers: A file descriptor for one line each.
    """
    under_way: asyncio.Task[None] | None = None
    try:
        while line := await orders.readline():
            if under_way is not None and not under_way.done():
                under_way.cancel()
                with suppress(asyncio.CancelledError):
                    await under_way
            order = Order.model_validate_json(line)
            under_way = asyncio.create_task(_answer(browser, order, answers))
    finally:
        if under_way is not None:
            under_way.cancel()
        await browser.close()


async def _answer(browser: Chromium, order: Order, answers: int) -> None:
    done = await take(browser, order, order.work) if order.work else await _tried(browser, order)
    line = done.model_dump_json().encode() + b"\n"
    await asyncio.to_thread(_write, answers, line)


def _write(descriptor: int, line: bytes) -> None:
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(line)


async def _main(arguments: argparse.Namespace, answers: int) -> None:
    browser = Chromium(chromium_executable(arguments.chromium), allowance(arguments.allow))
    orders = asyncio.StreamReader(limit=LONGEST_LINE)
    protocol = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    await serve(browser, orders, answers)


def main() -> int:
    """Follow the orders on standard input; returns the exit status."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--chromium", type=Path, required=True)
    parser.add_argument("--allow", action="append", default=[])
    arguments = parser.parse_args()
    # Whatever is printed goes to the log: standard output belongs to the answers.
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asyncio.run(_main(arguments, answers))
    return os.EX_OK


if __name__ == "__main__":
    raise SystemExit(main())

"""What becomes of an order's capture."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from pagelapse.capture.jobs import MAX_AREAS, CaptureReport, CaptureStarted, Failure, StoredFile
from pagelapse.errors import BrowserLost, ExportFailed, ServiceBusy
from pagelapse.observability import logger
from pagelapse.records import Account, Order, Ordered, PictureCopy, PictureExport
from pagelapse.services.exports import Exports, destination
from pagelapse.services.order_ports import OrderStore
from pagelapse.services.orders import number_of
from pagelapse.services.recording import picture_of

LOST_ATTEMPTS = 2
"""How often a capture is tried whose browser is lost, each of them with the pipeline's own second try."""

_PASSING = frozenset({BrowserLost.code, ServiceBusy.code})


class AccountFinder(Protocol):
    """The accounts."""

    def find_account(self, account_id: str) -> Account | None:
        """The account, if there is one."""
        ...


class OrderRecorder:
    """Records reports; whatever is delivered again changes nothing.

    Args:
        store: The orders.
        accounts: Whose they are.
        exports: Copies pictures to where their accounts want them.
        tell: Posts to an order's webhook what became of it.
    """

    def __init__(
        self,
        store: OrderStore,
        accounts: AccountFinder,
        exports: Exports,
        tell: Callable[[Order], None],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._exports = exports
        self._tell = tell

    def begin(self, started: CaptureStarted) -> bool:
        """Note that an order's capture has begun; false when that is no news."""
        order = self._order(started.account_id, started.job_id)
        return order is not None and self._store.begin(order, at_ms=_not_later(started.started_at_ms))

    def record(self, report: CaptureReport) -> bool | None:
        """Record a report.

        Returns:
            `None` when it is of no order's job, false when it says nothing that could be believed.
        """
        order = self._order(report.account_id, report.job_id)
        if order is None:
            return None
        if order.pending:
            if not _is_about(report, order):
                return False
            self._settle(order, report)
            order = self._store.find(order.account_id, order.number) or order
        if order.export is not None and order.picture is not None:
            self._copy(order, order.export, order.picture)
        if not order.pending:
            self._tell(order)
        return True

    def _copy(self, order: Order, export: PictureExport, result: Ordered) -> None:
        """Copy the picture, unless that was done: a report that is delivered again finds the copy."""
        copy = PictureCopy(wishes=export.wishes)
        account = self._accounts.find_account(order.account_id)
        if account is None or copy.label() in order.copies:
            return
        file = order.thumbnails.get(order.thumbnail.label()) if order.thumbnail else result.file
        place = destination(export.bucket, export.name or f"{order.number}{export.suffix}")
        try:
            if file is None:
                raise ExportFailed("The thumbnail could not be made.")
            copy = copy.model_copy(update={"url": self._exports.export(account, file, place)})
        except ExportFailed as error:
            logger.warning("no copy", extra={"job_id": order.job_id, "why": error.message, "option": error.option})
        self._store.add_copy(order, copy)

    def _order(self, account_id: str, job_id: str) -> Order | None:
        number = number_of(job_id)
        found = self._store.find(account_id, number) if number is not None else None
        return found if found is not None and found.job_id == job_id else None

    def _settle(self, order: Order, report: CaptureReport) -> None:
        started_at_ms = report.timings.started_at_ms or order.started_at_ms or _begun_at_ms(report)
        received = report.proxied_bytes
        if _is_worth_another(order, report):
            self._store.postpone(order, due_at=int(time.time()), proxied_bytes=received)
            return
        if report.file is None:
            failure = report.failure or Failure(code="capture_failed", message="The capture failed.")
            self._store.fail(order, failure, started_at_ms=started_at_ms, proxied_bytes=received)
            return
        thumbnails = {}
        if order.thumbnail is not None and report.thumbnail is not None:
            thumbnails[order.thumbnail.label()] = report.thumbnail
        self._store.finish(
            order,
            _result(report, report.file),
            inventory=report.inventory,
            thumbnails=thumbnails,
            started_at_ms=started_at_ms,
            proxied_bytes=received,
        )


def _is_worth_another(order: Order, report: CaptureReport) -> bool:
    """Whether the capture may well succeed in a minute; nobody waits for it by the second."""
    lost = report.failure is not None and report.failure.code in _PASSING
    return lost and order.attempts < LOST_ATTEMPTS


def _result(report: CaptureReport, file: StoredFile) -> Ordered:
    picture = picture_of(report, file)
    return Ordered(
        file=file,
        source=report.source,
        text=report.text,
        ignored=report.ignored[:MAX_AREAS],
        taken_at_ms=_not_later(report.taken_at_ms),
        target=picture.target,
        timings=report.timings,
        complete=picture.complete,
        shortfall=picture.shortfall,
    )


def _is_about(report: CaptureReport, order: Order) -> bool:
    """Believe `snap` only about its own job: it runs hostile pages."""
    files = [file for file in (report.file, report.thumbnail, report.source, report.text) if file]
    return report.digest == order.digest and all(file.key.startswith(order.key_prefix) for file in files)


def _begun_at_ms(report: CaptureReport) -> int | None:
    """When a capture began that failed before it got anywhere: its report may come before what says that it begins."""
    return time.time_ns() // 1_000_000 - report.duration_ms if report.duration_ms else None


def _not_later(milliseconds: int) -> int:
    return min(milliseconds, int(time.time() * 1000))

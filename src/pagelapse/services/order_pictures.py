"""The pictures of finished orders: their bytes, thumbnails, public pages, copies, and their deletion."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pagelapse.capture.jobs import (
    MAX_INLINE_BYTES,
    StoredFile,
    Target,
    ThumbnailJob,
    ThumbnailReport,
    ThumbnailSize,
    Timings,
)
from pagelapse.errors import CaptureError, JobNotFound, JobPending, ServiceBusy, capture_error
from pagelapse.records import Order, Ordered, PictureCopy
from pagelapse.services.configurations import Sweep
from pagelapse.services.flight import new_id, new_key_prefix
from pagelapse.services.monitor_ports import Outbox
from pagelapse.services.order_ports import OrderStore
from pagelapse.services.picture_cache import PictureCache
from pagelapse.services.ports import PictureStore, SnapRunner

MOST_THUMBNAILS = 100
"""Kept of one order; further sizes are made again whenever they are asked for, and never deleted before the picture."""

_SOURCE_LINK_S = 120
_ERASURES = 5
_TOKEN = re.compile(r"[0-9A-Za-z_-]{22}")


@dataclass(frozen=True, slots=True)
class SharedPicture:
    """What a public page shows."""

    order: Order
    result: Ordered
    note: str


class OrderPictures:
    """What can be done with the pictures of orders.

    Args:
        store: The orders.
        runner: Makes thumbnails.
        pictures: The bytes.
        sweeps: Where deletions go.
        pictures_url: Base of the public links, without a closing slash.
        public_url: Base of our own public addresses, likewise; empty means the host that was asked.
        wait_s: Seconds that a thumbnail may take.
    """

    def __init__(
        self,
        store: OrderStore,
        runner: SnapRunner,
        pictures: PictureStore,
        sweeps: Outbox,
        *,
        pictures_url: str,
        public_url: str = "",
        wait_s: float = 8.0,
    ) -> None:
        self._store = store
        self._runner = runner
        self._pictures = pictures
        self._sweeps = sweeps
        self._pictures_url = pictures_url
        self.public_url = public_url
        self._wait_s = wait_s
        self._seen = PictureCache()

    def link(self, file: StoredFile) -> str:
        """A file's public link."""
        return f"{self._pictures_url}/{file.key}"

    def body(self, file: StoredFile) -> bytes | None:
        """A file's bytes; `None` when it is above `MAX_INLINE_BYTES` or has left the bucket."""
        if file.size > MAX_INLINE_BYTES:
            return None
        body = self._seen.get(file.key) or self._pictures.get(file.key)
        if body is not None:
            self._seen.put(file.key, body)
        return body

    def original(self, order: Order) -> StoredFile:
        """A finished order's picture; raises as `result_of`."""
        return result_of(order).file

    def thumbnail(self, order: Order, size: ThumbnailSize) -> StoredFile:
        """A thumbnail of a finished order's picture, made now or before; not counted.

        Raises:
            JobPending, JobNotFound, CaptureError: As `result_of`.
        """
        result = result_of(order)
        made = order.thumbnails.get(size.label())
        if made is not None:
            return made
        source = self._pictures.presigned_get(result.file.key, seconds=_SOURCE_LINK_S)
        prefix = new_key_prefix()
        job = ThumbnailJob(job_id=new_id(), source_url=source, key_prefix=prefix, thumbnail=size)
        report = ThumbnailReport.model_validate_json(self._runner.run(job, wait_s=self._wait_s))
        if report.thumbnail is None or not report.thumbnail.key.startswith(prefix):
            raise CaptureError("The thumbnail could not be made.")
        if len(order.thumbnails) < MOST_THUMBNAILS:
            self._store.add_thumbnail(order, size.label(), report.thumbnail)
        return report.thumbnail

    def remember_copy(self, order: Order, copy: PictureCopy) -> None:
        """Note a copy that was made of the picture."""
        self._store.add_copy(order, copy)

    def share(self, order: Order, note: str) -> str:
        """The token of a page that shows the picture to everybody; a later note replaces the one before.

        Raises:
            JobPending, JobNotFound, CaptureError: As `result_of`.
        """
        result_of(order)
        token = order.share or secrets.token_urlsafe(16)
        while not self._store.share(order, token, note):
            found = self._store.find(order.account_id, order.number)
            if found is None or found.share is None:
                raise JobNotFound("The picture has been deleted.")
            token = found.share
        return token

    def shared(self, token: str) -> SharedPicture:
        """What a token leads to.

        Raises:
            JobNotFound: When it leads nowhere, or the picture has been deleted.
        """
        found = self._store.shared(token) if _TOKEN.fullmatch(token) else None
        order = self._store.find(found.account_id, found.number) if found else None
        if found is None or order is None or order.picture is None or order.share != token:
            raise JobNotFound("There is no such page.")
        return SharedPicture(order, order.picture, found.note)

    def erase(self, order: Order, parts: Collection[str], private_words: Collection[str]) -> None:
        """Delete parts of an order that has ended: its `picture`, its `url`, its `metadata`.

        The pictures' deletion is queued first, so that a crash in between leaves something to repeat.

        Args:
            order: As read.
            parts: What to delete.
            private_words: The caller's words that go with them.

        Raises:
            JobPending: When it has not ended.
            ServiceBusy: When others erase parts of it all the time.
        """
        for _ in range(_ERASURES):
            if order.pending:
                raise JobPending("The capture is still under way.")
            if "picture" in parts and order.picture is not None:
                sweep = Sweep(account_id=order.account_id, keys=tuple(_keys(order, order.picture)))
                self._sweeps.send(sweep.model_dump_json())
            wishes = {name: value for name, value in order.wishes.items() if name not in private_words}
            if self._store.erase(order, parts, wishes, _left(order.result, parts)):
                return
            found = self._store.find(order.account_id, order.number)
            if found is None:
                raise JobNotFound("There is no such order in this account.")
            order = found
        raise ServiceBusy("Others erase parts of the same order all the time; ask again in a few seconds.")


def result_of(order: Order) -> Ordered:
    """What a finished order gave.

    Raises:
        JobPending: When it is under way.
        JobNotFound: When its picture has been deleted.
        CaptureError: One of its subclasses, when the capture failed.
    """
    if order.pending:
        raise JobPending("The capture is still under way.")
    if order.failure is not None:
        raise capture_error(order.failure.code, order.failure.message, option=order.failure.option)
    if order.picture is None:
        raise JobNotFound("The picture has been deleted.")
    return order.picture


def _keys(order: Order, result: Ordered) -> Iterator[str]:
    yield result.file.key
    if result.source is not None:
        yield result.source.key
    if result.text is not None:
        yield result.text.key
    for file in order.thumbnails.values():
        yield file.key


def _left(result: Ordered | None, parts: Collection[str]) -> Ordered | None:
    """What is left of the result when `parts` are forgotten."""
    if result is None:
        return None
    forgotten: dict[str, object] = {}
    if "url" in parts:
        forgotten["target"] = Target(status=result.target.status)
    if "metadata" in parts:
        forgotten |= {"timings": Timings(), "taken_at_ms": 0}
    return result.model_copy(update=forgotten)

"""Snaps: a picture for somebody who waits, from the cache, from a capture under way, or from a new one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pagelapse.accounts import Caller
from pagelapse.capture.jobs import (
    MAX_INLINE_BYTES,
    StoredFile,
    ThumbnailJob,
    ThumbnailReport,
    ThumbnailSize,
    record_digest,
)
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import CaptureError
from pagelapse.records import Picture
from pagelapse.services.flight import (
    REPLY_GRACE_S,
    SHORTEST_WAIT_S,
    Flights,
    Request,
    Source,
    Taken,
    is_fresh,
    new_id,
    new_key_prefix,
)
from pagelapse.services.locations import NOWHERE, Locations
from pagelapse.services.picture_cache import PictureCache
from pagelapse.services.ports import CaptureStore, PictureStore, SnapRunner

_SOURCE_LINK_S = 120


@dataclass(frozen=True, slots=True)
class Snap:
    """A picture, and where it came from."""

    picture: Picture
    source: Source
    """`cached`: taken before this request. `shared`: by another one at the same moment. `captured`: by this one."""
    link: str
    thumbnail_link: str | None
    body: bytes | None
    """The file, when it was wanted and is not above `MAX_INLINE_BYTES`."""
    max_age_s: int
    """What is left of the ttl."""
    file: StoredFile
    """What `link` and `body` are of: the picture's, or its thumbnail's where that was asked for in its place."""
    digest: str = ""
    """Of its options, which its record is found by."""
    analyses: Mapping[str, str] = field(default_factory=dict)
    """What is remembered of its AI analyses, by `services.analysis.prompt_key`."""


class Snaps:
    """Answers snaps.

    Args:
        captures: The records; the truth on every request.
        runner: Takes captures.
        pictures: The bytes.
        pictures_url: Base of the public links, without a closing slash.
        wait_s: Seconds that a request may take.
        locations: Where captures may go out.
        sleep: Lets a test watch the waiting for others.
    """

    def __init__(
        self,
        captures: CaptureStore,
        runner: SnapRunner,
        pictures: PictureStore,
        *,
        pictures_url: str,
        wait_s: float,
        locations: Locations = NOWHERE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._captures = captures
        self._flights = Flights(captures, runner, locations=locations, sleep=sleep)
        self._runner = runner
        self._pictures = pictures
        self._pictures_url = pictures_url
        self._wait_s = wait_s
        self._seen = PictureCache()

    def snap(
        self,
        caller: Caller,
        options: CaptureOptions,
        *,
        ttl_s: int,
        thumbnail: ThumbnailSize | None = None,
        resized: bool = False,
        want_bytes: bool = True,
        retention_days: int | None = None,
        reserve_s: float = 0,
    ) -> Snap:
        """The picture of `options`, not older than `ttl_s` seconds unless it was taken during the request.

        Args:
            caller: From `Accounts.identify`, with `jobs.record_digest` of these options.
            options: What to capture.
            ttl_s: Oldest acceptable age; 0 asks for a fresh one.
            thumbnail: Also link to a thumbnail of this size; not counted.
            resized: Answer with the thumbnail in the picture's place.
            want_bytes: Also return the file.
            retention_days: How long the bucket keeps the picture, one of `records.RETENTIONS`; `None` is as usual.
            reserve_s: Seconds of the request's time that the caller needs afterwards.

        Raises:
            UsageLimitExceeded: A capture is needed and the month's are used up.
            CaptureTimeout: It takes longer than the caller can wait; asking again finds it in the cache.
            ServiceBusy: No browser is free, or (`WorkersBusy`) none of the account's workers.
            CaptureError: The capture failed; it is not counted.
        """
        deadline = time.time() + self._wait_s - reserve_s
        request = Request(
            caller.account,
            options,
            record_digest(options, retention_days),
            ttl_s,
            thumbnail,
            want_bytes and not resized,
            deadline,
            caller.location_bytes,
            retention_days,
        )
        snap = self._answer(request, self._flights.obtain(request, caller.record), resized=resized)
        if want_bytes and snap.file.size <= MAX_INLINE_BYTES:
            snap = self._with_body(request, snap, resized=resized)
        return snap

    def cached(self, caller: Caller, *, ttl_s: int) -> Picture | None:
        """The stored picture that `snap` would answer with, as far as `caller` tells; nothing is read or captured."""
        picture = caller.record.picture if caller.record else None
        return picture if picture and is_fresh(picture, ttl_s) else None

    def _with_body(self, request: Request, snap: Snap, *, resized: bool) -> Snap:
        """The snap with its file from the report, from memory or from the bucket.

        Where the bucket's lifecycle or an operator removed the file before the record ended, it is captured again.
        """
        body = self._body(snap)
        if body is None:
            found = self._captures.find(request.account.account_id, request.digest)
            snap = self._answer(request, self._flights.obtain(replace(request, ttl_s=0), found), resized=resized)
            body = self._body(snap)
        return replace(snap, body=body)

    def _body(self, snap: Snap) -> bytes | None:
        body = snap.body or self._seen.get(snap.file.key) or self._pictures.get(snap.file.key)
        if body is not None:
            self._seen.put(snap.file.key, body)
        return body

    def _answer(self, request: Request, taken: Taken, *, resized: bool) -> Snap:
        picture = taken.picture
        thumbnail = self._thumbnail(request, taken) if request.thumbnail else None
        file = thumbnail if resized and thumbnail else picture.file
        age_s = time.time() - picture.taken_at_ms / 1000
        return Snap(
            picture,
            taken.source,
            self._link(file),
            self._link(thumbnail) if thumbnail else None,
            taken.body if file is picture.file and file.size <= MAX_INLINE_BYTES else None,
            max(0, int(request.ttl_s - age_s)),
            file,
            digest=request.digest,
            analyses=taken.analyses,
        )

    def _link(self, file: StoredFile) -> str:
        return f"{self._pictures_url}/{file.key}"

    def _thumbnail(self, request: Request, taken: Taken) -> StoredFile | None:
        if request.thumbnail is None or not taken.picture.file.media_type.startswith("image/"):
            return None
        label = request.thumbnail.label()
        return taken.thumbnails.get(label) or self._make_thumbnail(request, taken.picture, request.thumbnail)

    def _make_thumbnail(self, request: Request, picture: Picture, size: ThumbnailSize) -> StoredFile:
        source = self._pictures.presigned_get(picture.file.key, seconds=_SOURCE_LINK_S)
        job = ThumbnailJob(
            job_id=new_id(), source_url=source, key_prefix=new_key_prefix(request.retention_days), thumbnail=size
        )
        wait_s = max(SHORTEST_WAIT_S, request.deadline - time.time() + REPLY_GRACE_S)
        report = ThumbnailReport.model_validate_json(self._runner.run(job, wait_s=wait_s))
        if report.thumbnail is None:
            raise CaptureError("The thumbnail could not be made.")
        account_id = request.account.account_id
        self._captures.add_thumbnail(account_id, request.digest, picture.job_id, size.label(), report.thumbnail)
        return report.thumbnail

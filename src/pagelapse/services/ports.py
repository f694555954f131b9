"""What the services need of the outside world; `adapters` has the real things, the tests have fakes."""

from __future__ import annotations

from typing import Protocol

from pagelapse.capture.jobs import CaptureJob, Failure, StoredFile, ThumbnailJob
from pagelapse.records import CaptureRecord, Claim, Picture


class CaptureStore(Protocol):
    """The captures' records. Every write is conditional, so that repeating one changes nothing."""

    def find(self, account_id: str, digest: str) -> CaptureRecord | None:
        """The record as it is now."""
        ...

    def claim(self, claim: Claim, seen: CaptureRecord | None, *, limit: int | None, workers: int | None = None) -> bool:
        """Win the right to capture, count it and take one of the workers; false when the record is not as `seen`.

        Raises:
            UsageLimitExceeded: When the month's captures are used up.
            WorkersBusy: When all of the account's workers are taken.
            ServiceBusy: When too many writes collide.
        """
        ...

    def finish(
        self,
        account_id: str,
        digest: str,
        picture: Picture,
        thumbnails: dict[str, StoredFile],
        *,
        proxied_bytes: int = 0,
    ) -> bool:
        """Record the picture of the attempt that its `job_id` names, and give its worker back; false when that isn't
        the latest.
        """
        ...

    def fail(self, account_id: str, digest: str, job_id: str, failure: Failure, *, proxied_bytes: int = 0) -> bool:
        """Record a failure, give the counted capture and the worker back; false when that was done already."""
        ...

    def add_thumbnail(self, account_id: str, digest: str, job_id: str, label: str, file: StoredFile) -> bool:
        """Remember a thumbnail of the picture that `job_id` took; false when that has been replaced."""
        ...


class SnapRunner(Protocol):
    """Takes captures."""

    def run(self, job: CaptureJob | ThumbnailJob, *, wait_s: float) -> bytes:
        """The report's JSON.

        Raises:
            CaptureTimeout: No report within `wait_s` seconds; it will come by the result queue.
            PagelapseError: The job was not, or not wholly, carried out; there will be no report.
        """
        ...


class PictureStore(Protocol):
    """The pictures' bytes."""

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or `None` when there is none."""
        ...

    def presigned_get(self, key: str, *, seconds: int) -> str:
        """A link that reads one object for `seconds`."""
        ...

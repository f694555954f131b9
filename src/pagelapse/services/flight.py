"""Single flight: of equal requests at the same moment, one captures and the others wait for it.

DynamoDB tells nobody that an item has changed, so those who wait read it again, at growing intervals (docs/adr).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ValidationError

from pagelapse.capture.jobs import CaptureJob, CaptureReport, Failure, StoredFile, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import CaptureError, CaptureTimeout, PagelapseError, capture_error
from pagelapse.observability import logger
from pagelapse.records import Account, CaptureRecord, Claim, Picture, key_folder, usage_month
from pagelapse.services.connectors import ConnectorCheck, NoConnectors
from pagelapse.services.locations import NOWHERE, Locations
from pagelapse.services.ports import CaptureStore, SnapRunner
from pagelapse.services.recording import picture_of, record

LEASE_S = 100
"""How long an attempt may go without a report before another request takes it over.

Longer than `snap` lives (its timeout in template.yaml is 90 s), so a late report always finds its record.
"""

SHORTEST_WAIT_S = 2.0
REPLY_GRACE_S = 1.0
_FIRST_POLL_S = 0.03
_LONGEST_POLL_S = 0.4
_STILL_CAPTURING = "The page is still being captured; ask again in a moment."

Source = Literal["cached", "shared", "captured"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request for a picture."""

    account: Account
    options: CaptureOptions
    digest: str
    ttl_s: int
    thumbnail: ThumbnailSize | None
    want_bytes: bool
    deadline: float
    """Unix time, seconds."""
    location_bytes: int = 0
    """Received through real locations' proxies this month."""
    retention_days: int | None = None
    """How long the picture is kept, where not as long as usual: one of `records.RETENTIONS`."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture that may be served."""

    picture: Picture
    source: Source
    thumbnails: Mapping[str, StoredFile]
    body: bytes | None = None
    analyses: Mapping[str, str] = field(default_factory=dict)


class Flights:
    """Serves from the record, joins a capture under way, or begins one.

    Args:
        captures: The records; the truth on every request.
        runner: Takes captures.
        locations: Where captures may go out.
        connectors: Through whose agents.
        sleep: Lets a test watch the waiting.
    """

    def __init__(
        self,
        captures: CaptureStore,
        runner: SnapRunner,
        *,
        locations: Locations = NOWHERE,
        connectors: ConnectorCheck | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._locations = locations
        self._connectors = connectors or NoConnectors()
        self._captures = captures
        self._runner = runner
        self._sleep = sleep

    def obtain(self, request: Request, found: CaptureRecord | None) -> Taken:
        """Serve, wait or capture until there is a picture. Only attempts that end during the request bind it."""
        ended_before = found.claim if found and found.state != "pending" else None
        older = found.picture.job_id if found and found.picture else None
        polls = _poll_intervals()
        while True:
            taken = _acceptable(found, request.ttl_s, ended_before, older)
            if taken:
                return taken
            if found and found.state == "pending" and found.lease_until >= time.time():
                self._pause(next(polls), request.deadline)
            else:
                claim = self._claim(request, found)
                if claim:
                    return self._capture(request, claim)
            found = self._captures.find(request.account.account_id, request.digest)

    def _pause(self, seconds: float, deadline: float) -> None:
        if time.time() + seconds > deadline:
            raise CaptureTimeout(_STILL_CAPTURING)
        self._sleep(seconds)

    def _claim(self, request: Request, found: CaptureRecord | None) -> Claim | None:
        now = time.time()
        if request.deadline - now < SHORTEST_WAIT_S:
            raise CaptureTimeout(_STILL_CAPTURING)
        self._locations.check(request.options.location, request.location_bytes)
        account = request.account
        self._connectors.check(account.account_id, request.options, must_be_online=True)
        key_prefix = new_key_prefix(request.retention_days)
        claim = Claim(account.account_id, request.digest, new_id(), key_prefix, usage_month(now), now + LEASE_S)
        won = self._captures.claim(claim, found, limit=account.screenshot_limit, workers=account.workers)
        return claim if won else None

    def _capture(self, request: Request, claim: Claim) -> Taken:
        job = CaptureJob(
            job_id=claim.job_id,
            account_id=claim.account_id,
            options=request.options,
            key_prefix=claim.key_prefix,
            retention_days=request.retention_days,
            thumbnail=request.thumbnail,
            inline=request.want_bytes,
            proxy=self._locations.proxy_for(request.options.location),
            answer_by=request.deadline,
        )
        report = self._report(job, claim)
        label = request.thumbnail.label() if request.thumbnail else None
        if not record(self._captures, report, thumbnail_label=label):
            logger.warning("A capture was taken over before it was recorded", extra={"job_id": claim.job_id})
        if report.file is None:
            failure = report.failure or Failure(code="capture_failed", message="The capture failed.")
            raise capture_error(failure.code, failure.message, option=failure.option)
        thumbnails = {label: report.thumbnail} if label and report.thumbnail else {}
        return Taken(picture_of(report, report.file), "captured", thumbnails, report.body)

    def _report(self, job: CaptureJob, claim: Claim) -> CaptureReport:
        """The job's report. Whatever ends without one, and without one to come, is recorded as failed."""
        try:
            reply = self._runner.run(job, wait_s=(job.answer_by or 0) - time.time() + REPLY_GRACE_S)
            return _checked(CaptureReport.model_validate_json(reply), job, claim)
        except CaptureTimeout:
            raise
        except PagelapseError as error:
            self._give_up(claim, Failure(code=error.code, message=error.message, option=error.option))
            raise
        except ValidationError as error:
            self._give_up(claim, Failure(code="capture_failed", message="The capture broke down."))
            raise CaptureError("The capture broke down.") from error
        except Exception:
            self._give_up(claim, Failure(code="capture_failed", message="The capture broke down."))
            raise

    def _give_up(self, claim: Claim, failure: Failure) -> None:
        self._captures.fail(claim.account_id, claim.digest, claim.job_id, failure)


def _acceptable(found: CaptureRecord | None, ttl_s: int, ended_before: str | None, older: str | None) -> Taken | None:
    """The record's picture, if it may be served.

    Raises:
        CaptureError: The attempt that this request joined has failed.
    """
    if found is None:
        return None
    joined = found.claim != ended_before
    if found.picture is not None and found.picture.job_id != older:
        # Taken during this request, though others may have begun the next one meanwhile.
        return Taken(found.picture, "shared", found.thumbnails, analyses=found.analyses)
    if found.state == "failed" and joined and found.failure:
        raise capture_error(found.failure.code, found.failure.message, option=found.failure.option)
    if found.picture is None:
        return None
    if is_fresh(found.picture, ttl_s):
        return Taken(found.picture, "cached", found.thumbnails, analyses=found.analyses)
    if found.state == "done" and joined:
        return Taken(found.picture, "shared", found.thumbnails, analyses=found.analyses)
    return None


def is_fresh(picture: Picture, ttl_s: int) -> bool:
    """Whether a picture is young enough to be served."""
    return picture.taken_at_ms / 1000 + ttl_s > time.time()


def _checked(report: CaptureReport, job: CaptureJob, claim: Claim) -> CaptureReport:
    """Believe `snap` only about its own job: it runs hostile pages.

    Raises:
        CaptureError: When the report is about something else.
    """
    same = (report.job_id, report.account_id, report.digest) == (job.job_id, job.account_id, claim.digest)
    files = [file for file in (report.file, report.thumbnail, report.text) if file]
    if not same or not all(file.key.startswith(job.key_prefix) for file in files):
        raise CaptureError("The capture broke down.")
    return report


def _poll_intervals() -> Iterator[float]:
    seconds = _FIRST_POLL_S
    while True:
        yield seconds
        seconds = min(_LONGEST_POLL_S, seconds * 1.5)


def new_id() -> str:
    """24 hex digits, as PagePixels' job ids."""
    return secrets.token_hex(12)


def new_key_prefix(retention_days: int | None = None) -> str:
    """A place in the bucket that nobody can guess (128 random bits); its folder says how long it is kept."""
    return f"{key_folder(retention_days)}{secrets.token_hex(16)}"

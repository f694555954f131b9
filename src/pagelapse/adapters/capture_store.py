"""Captures in DynamoDB: each state change together with the usage it belongs to, in one write."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.capture_items import CaptureItem
from pagelapse.adapters.monitor_items import ScreenshotItem, due_shard
from pagelapse.adapters.table import UsageItem, captures_below, connect, counted
from pagelapse.adapters.worker_leases import Leases, give_back, read_leases
from pagelapse.adapters.writes import CHECK_FAILED, applied, reasons, retrying
from pagelapse.capture.jobs import Failure, StoredFile
from pagelapse.errors import UsageLimitExceeded, WorkersBusy
from pagelapse.monitoring.configurations import Screenshot
from pagelapse.records import RECORD_DAYS, CaptureRecord, Claim, Picture, kept_days, usage_month

_GIVEN_UP_AFTER_S = 800
"""Seconds after the lease, which is longer than `snap` lives: a report may take two deliveries to be recorded."""

_MAX_ANALYSES = 10
"""Of a picture; DynamoDB items end at 400 KB (AWS quota)."""


class CaptureTable:
    """The captures' part of the table.

    Args:
        table_name: Of DynamoDB.
        picture_days: How long pictures are kept, and their places among the account's screenshots with them.
    """

    def __init__(self, table_name: str, *, picture_days: int = 365) -> None:
        self._connection = connect(table_name)
        self._picture_days = picture_days

    def find(self, account_id: str, digest: str) -> CaptureRecord | None:
        """The record as it is now (consistent read)."""
        place = CaptureItem.at(account_id, digest)
        try:
            return CaptureItem.get(place.pk, place.sk, consistent_read=True).record()
        except DoesNotExist:
            return None

    def claim(self, claim: Claim, seen: CaptureRecord | None, *, limit: int | None, workers: int | None = None) -> bool:
        """Win the right to capture and count it, in one write; a taken-over attempt stays counted once.

        Args:
            claim: The attempt to begin.
            seen: The record as last read; if it has changed since, the claim fails.
            limit: The account's captures per month.
            workers: The account's captures at the same time; the attempt takes one of them, in the same write.

        Returns:
            False when somebody else was faster.

        Raises:
            UsageLimitExceeded: When the month's captures are used up.
            WorkersBusy: When as many captures are in progress as there are workers.
            ServiceBusy: When too many writes collide.
        """
        is_new = seen is None or seen.state != "pending"
        month = claim.month if seen is None or is_new else seen.month
        actions = _claim_actions(claim, month=month, has_worker=workers is not None)

        def write(leases: Leases | None) -> None:
            with TransactWrite(connection=self._connection) as transaction:
                item = CaptureItem.at(claim.account_id, claim.digest)
                transaction.update(item, actions=actions, condition=_unclaimed(seen))
                if is_new:
                    usage = UsageItem.at(claim.account_id, claim.month)
                    transaction.update(usage, actions=counted(1), condition=captures_below(limit))
                if leases is not None:
                    leases.take(transaction, claim.job_id, claim.lease_until)

        while True:
            leases = None if workers is None else _with_room(claim.account_id, workers)
            failed = _failed_checks(partial(write, leases))
            if not any(failed):
                return True
            if failed[0]:
                return False
            if is_new and failed[1]:
                raise UsageLimitExceeded("The account has no captures left this month.")
            # Another capture of the account took a worker since the leases were read.

    def finish(
        self,
        account_id: str,
        digest: str,
        picture: Picture,
        thumbnails: dict[str, StoredFile],
        *,
        proxied_bytes: int = 0,
    ) -> bool:
        """Record a picture; false when the attempt is no longer the job's, or the file is not where it should be.

        Args:
            proxied_bytes: Counted in the same write, so only for an attempt that has not ended yet.
        """
        job_id = picture.job_id
        prefix = picture.file.key.partition(".")[0]
        actions: list[Action] = [
            CaptureItem.state.set("done"),
            CaptureItem.picture.set(picture.model_dump_json(exclude_defaults=True)),
            CaptureItem.picture_job.set(job_id),
            CaptureItem.thumbnails.set({label: file.model_dump_json() for label, file in thumbnails.items()}),
            CaptureItem.analyses.set({}),
            CaptureItem.failure.remove(),
            *_NOT_DUE,
            CaptureItem.expires_at.set(_expiry(kept_days(picture.file.key, RECORD_DAYS))),
        ]
        condition: Condition = (CaptureItem.claim == job_id) & (CaptureItem.key_prefix == prefix)
        if proxied_bytes:
            condition &= CaptureItem.state == "pending"

        def write(*, has_worker: bool) -> None:
            with TransactWrite(connection=self._connection) as transaction:
                holds = condition & _holds_worker(has_worker)
                transaction.update(CaptureItem.at(account_id, digest), actions=actions, condition=holds)
                if picture.file.media_type.startswith("image/"):
                    transaction.save(self._archived(account_id, picture, thumbnails))
                if proxied_bytes:
                    usage = UsageItem.at(account_id, usage_month(picture.taken_at_ms / 1000))
                    transaction.update(usage, actions=counted(0, proxied_bytes))
                if has_worker:
                    give_back(transaction, account_id, job_id)

        # Few accounts have workers: trying both spares all others a read.
        return any(applied(partial(write, has_worker=has_worker)) for has_worker in (False, True))

    def _archived(self, account_id: str, picture: Picture, thumbnails: dict[str, StoredFile]) -> ScreenshotItem:
        """The picture among the account's screenshots; it belongs to no configuration."""
        screenshot = Screenshot(
            configuration_id="",
            job_id=picture.job_id,
            file=picture.file,
            thumbnail=next(iter(thumbnails.values()), None),
            taken_at_ms=picture.taken_at_ms,
        )
        kept_s = kept_days(picture.file.key, self._picture_days) * 86_400
        expires_at = picture.taken_at_ms // 1000 + kept_s
        return ScreenshotItem.of(account_id, screenshot, expires_at)

    def fail(self, account_id: str, digest: str, job_id: str, failure: Failure, *, proxied_bytes: int = 0) -> bool:
        """Record a failure and give the counted capture back, in one write; false when that was done already."""
        record = self.find(account_id, digest)
        if record is None or record.claim != job_id or record.state != "pending":
            return False

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(
                    CaptureItem.at(account_id, digest),
                    actions=[
                        CaptureItem.state.set("failed"),
                        CaptureItem.failure.set(failure.model_dump_json()),
                        *_NOT_DUE,
                    ],
                    condition=(CaptureItem.claim == job_id) & (CaptureItem.state == "pending"),
                )
                transaction.update(UsageItem.at(account_id, record.month), actions=counted(-1, proxied_bytes))
                if record.has_worker:
                    give_back(transaction, account_id, job_id)

        return applied(write)

    def add_thumbnail(self, account_id: str, digest: str, job_id: str, label: str, file: StoredFile) -> bool:
        """Remember a thumbnail of the picture that `job_id` took; false when that has been replaced."""
        actions: list[Action] = [Path(CaptureItem.thumbnails)[label].set(file.model_dump_json())]
        condition = CaptureItem.picture_job == job_id
        return applied(lambda: CaptureItem.at(account_id, digest).update(actions=actions, condition=condition))

    def add_analysis(self, account_id: str, digest: str, job_id: str, key: str, text: str) -> bool:
        """Remember what was said about the picture that `job_id` took.

        Returns:
            False when the picture has been replaced, or as much as the record holds is remembered already.
        """
        actions: list[Action] = [Path(CaptureItem.analyses)[key].set(text)]
        kept = size(CaptureItem.analyses)  # type: ignore[no-untyped-call]
        has_room: Condition = CaptureItem.analyses.exists() & (kept < _MAX_ANALYSES)
        condition: Condition = (CaptureItem.picture_job == job_id) & has_room
        return applied(lambda: CaptureItem.at(account_id, digest).update(actions=actions, condition=condition))


_NOT_DUE: tuple[Action, ...] = (CaptureItem.due_shard.remove(), CaptureItem.due_at.remove())


def _unclaimed(seen: CaptureRecord | None) -> Condition:
    if seen is None:
        return CaptureItem.pk.does_not_exist()
    idle: Condition = (CaptureItem.state != "pending") | (CaptureItem.lease_until < time.time())
    same: Condition = CaptureItem.claim == seen.claim
    unclaimed: Condition = same & idle
    return unclaimed


def _holds_worker(has_worker: bool) -> Condition:
    if has_worker:
        held: Condition = CaptureItem.has_worker == True  # noqa: E712 - a condition of DynamoDB's
        return held
    none: Condition = CaptureItem.has_worker.does_not_exist() | (CaptureItem.has_worker == False)  # noqa: E712 - likewise
    return none


def _claim_actions(claim: Claim, *, month: str, has_worker: bool) -> list[Action]:
    return [
        CaptureItem.kind.set(CaptureItem),
        CaptureItem.claim.set(claim.job_id),
        CaptureItem.key_prefix.set(claim.key_prefix),
        CaptureItem.state.set("pending"),
        CaptureItem.lease_until.set(claim.lease_until),
        CaptureItem.month.set(month),
        CaptureItem.has_worker.set(has_worker),
        CaptureItem.due_shard.set(due_shard(claim.job_id)),
        CaptureItem.due_at.set(int(claim.lease_until) + _GIVEN_UP_AFTER_S),
        CaptureItem.expires_at.set(_expiry()),
    ]


def _with_room(account_id: str, workers: int) -> Leases:
    """The account's leases, with room for one more.

    Raises:
        WorkersBusy: When there is none.
    """
    leases = read_leases(account_id)
    if len(leases.running) >= workers:
        raise WorkersBusy("All workers of the account are busy; ask again in a few seconds.")
    return leases


def _failed_checks(write: Callable[[], object]) -> list[bool]:
    """Carry out a transaction and say which of its conditions did not hold, in its order; none when all did."""
    try:
        retrying(write)
    except TransactWriteError as error:
        failed = [reason == CHECK_FAILED for reason in reasons(error)]
        if not any(failed):
            raise
        return failed
    return []


def _expiry(days: int = RECORD_DAYS) -> int:
    return int(time.time()) + days * 86_400

"""Captures in DynamoDB: each state change together with the usage it belongs to, in one write."""

from __future__ import annotations

import time

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.monitor_items import ScreenshotItem
from pagelapse.adapters.table import CaptureItem, UsageItem, captures_below, connect, counted
from pagelapse.adapters.writes import CHECK_FAILED, applied, reasons, retrying
from pagelapse.capture.jobs import Failure, StoredFile
from pagelapse.errors import UsageLimitExceeded
from pagelapse.monitoring.configurations import Screenshot
from pagelapse.records import RECORD_DAYS, CaptureRecord, Claim, Picture, usage_month

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

    def claim(self, claim: Claim, seen: CaptureRecord | None, *, limit: int | None) -> bool:
        """Win the right to capture and count it, in one write; a taken-over attempt stays counted once.

        Args:
            claim: The attempt to begin.
            seen: The record as last read; if it has changed since, the claim fails.
            limit: The account's captures per month.

        Returns:
            False when somebody else was faster.

        Raises:
            UsageLimitExceeded: When the month's captures are used up.
            ServiceBusy: When too many writes collide.
        """
        item = CaptureItem.at(claim.account_id, claim.digest)
        condition = _unclaimed(seen)
        if seen is not None and seen.state == "pending":
            actions = _claim_actions(claim, month=seen.month)
            return applied(lambda: item.update(actions=actions, condition=condition))
        if limit is not None and limit <= 0:
            raise UsageLimitExceeded("The account has no captures left this month.")
        return self._claim_and_count(item, _claim_actions(claim, month=claim.month), condition, claim, limit)

    def _claim_and_count(
        self, item: CaptureItem, actions: list[Action], condition: Condition, claim: Claim, limit: int | None
    ) -> bool:
        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(item, actions=actions, condition=condition)
                usage = UsageItem.at(claim.account_id, claim.month)
                transaction.update(usage, actions=counted(1), condition=captures_below(limit))

        try:
            retrying(write)
        except TransactWriteError as error:
            record, usage = reasons(error)
            if record == CHECK_FAILED:
                return False
            if usage == CHECK_FAILED:
                raise UsageLimitExceeded("The account has no captures left this month.") from None
            raise
        return True

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
            CaptureItem.expires_at.set(_expiry()),
        ]
        condition: Condition = (CaptureItem.claim == job_id) & (CaptureItem.key_prefix == prefix)
        if proxied_bytes:
            condition &= CaptureItem.state == "pending"

        def write() -> None:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.update(CaptureItem.at(account_id, digest), actions=actions, condition=condition)
                if picture.file.media_type.startswith("image/"):
                    transaction.save(self._archived(account_id, picture, thumbnails))
                if proxied_bytes:
                    usage = UsageItem.at(account_id, usage_month(picture.taken_at_ms / 1000))
                    transaction.update(usage, actions=counted(0, proxied_bytes))

        return applied(write)

    def _archived(self, account_id: str, picture: Picture, thumbnails: dict[str, StoredFile]) -> ScreenshotItem:
        """The picture among the account's screenshots; it belongs to no configuration."""
        screenshot = Screenshot(
            configuration_id="",
            job_id=picture.job_id,
            file=picture.file,
            thumbnail=next(iter(thumbnails.values()), None),
            taken_at_ms=picture.taken_at_ms,
        )
        expires_at = picture.taken_at_ms // 1000 + self._picture_days * 86_400
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
                    actions=[CaptureItem.state.set("failed"), CaptureItem.failure.set(failure.model_dump_json())],
                    condition=(CaptureItem.claim == job_id) & (CaptureItem.state == "pending"),
                )
                transaction.update(UsageItem.at(account_id, record.month), actions=counted(-1, proxied_bytes))

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


def _unclaimed(seen: CaptureRecord | None) -> Condition:
    if seen is None:
        return CaptureItem.pk.does_not_exist()
    idle: Condition = (CaptureItem.state != "pending") | (CaptureItem.lease_until < time.time())
    same: Condition = CaptureItem.claim == seen.claim
    unclaimed: Condition = same & idle
    return unclaimed


def _claim_actions(claim: Claim, *, month: str) -> list[Action]:
    return [
        CaptureItem.kind.set(CaptureItem),
        CaptureItem.claim.set(claim.job_id),
        CaptureItem.key_prefix.set(claim.key_prefix),
        CaptureItem.state.set("pending"),
        CaptureItem.lease_until.set(claim.lease_until),
        CaptureItem.month.set(month),
        CaptureItem.expires_at.set(_expiry()),
    ]


def _expiry() -> int:
    return int(time.time()) + RECORD_DAYS * 86_400

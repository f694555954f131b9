"""Requests with idempotency keys in DynamoDB: pk `REPEAT#<account>`, sk the key's SHA-256."""

from __future__ import annotations

from typing import Self

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from pagelapse.adapters.table import Item, connect
from pagelapse.records import Remembered


class RepeatItem(Item, discriminator="repeat"):
    """A request, and its answer once there is one."""

    fingerprint = UnicodeAttribute()
    free_at = NumberAttribute()
    """Unix time, seconds: when another request may have the key."""
    status = NumberAttribute(null=True)
    body = UnicodeAttribute(null=True)
    location = UnicodeAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, key: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"REPEAT#{account_id}", key)

    def remembered(self) -> Remembered:
        """The item in the application's terms."""
        status = None if self.status is None else int(self.status)
        return Remembered(self.fingerprint, status, self.body or "", self.location)


class IdempotencyTable:
    """The requests' part of the table."""

    def __init__(self, table_name: str) -> None:
        connect(table_name)

    def claim(self, account_id: str, key: str, fingerprint: str, *, now: float, lease_s: int) -> Remembered | None:
        """Remember a request; what is remembered in its place, when its key is taken (consistent read)."""
        item = RepeatItem.at(account_id, key)
        item.fingerprint, item.free_at, item.expires_at = fingerprint, int(now) + lease_s, int(now) + 2 * lease_s
        free: Condition = RepeatItem.pk.does_not_exist() | (RepeatItem.free_at <= int(now))
        try:
            item.save(condition=free)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return self._find(account_id, key) or Remembered(fingerprint)
        return None

    def _find(self, account_id: str, key: str) -> Remembered | None:
        place = RepeatItem.at(account_id, key)
        try:
            return RepeatItem.get(place.pk, place.sk, consistent_read=True).remembered()
        except DoesNotExist:
            return None

    def answered(self, account_id: str, key: str, remembered: Remembered, *, now: float, kept_s: int) -> None:
        """Remember the answer."""
        until = int(now) + kept_s
        actions: list[Action] = [
            RepeatItem.status.set(remembered.status or 0),
            RepeatItem.body.set(remembered.body),
            RepeatItem.free_at.set(until),
            RepeatItem.expires_at.set(until),
        ]
        if remembered.location is not None:
            actions.append(RepeatItem.location.set(remembered.location))
        RepeatItem.at(account_id, key).update(actions=actions)

    def forget(self, account_id: str, key: str) -> None:
        """Let the key be used again."""
        RepeatItem.at(account_id, key).delete()

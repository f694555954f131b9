"""An account's captures in progress, where their number is limited: one item with a lease for each of them.

Only taking a lease changes the item's revision. Whoever takes one has read the item and writes on condition that nobody
else has taken one since; what was given back meanwhile can only have made room.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self

from pynamodb.attributes import MapAttribute, NumberAttribute
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.table import Item


class WorkersItem(Item, discriminator="workers"):
    """The leases of an account: until when (Unix time, seconds) each job may go without a report, by its id."""

    leases: MapAttribute[str, float] = MapAttribute()  # type: ignore[no-untyped-call]
    revision = NumberAttribute()

    @classmethod
    def at(cls, account_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ACCOUNT#{account_id}", "WORKERS")


@dataclass(frozen=True, slots=True)
class Leases:
    """An account's leases as read."""

    account_id: str
    revision: int | None
    running: frozenset[str]
    expired: frozenset[str]

    def take(self, transaction: TransactWrite, job_id: str, until: float) -> None:
        """Add a lease, and drop the expired ones, on condition that no other was taken since they were read.

        Always an update: of a transaction, PynamoDB sends what is put before what is updated.
        """
        unchanged: Condition = WorkersItem.pk.does_not_exist()
        actions: list[Action] = [WorkersItem.revision.set((self.revision or 0) + 1)]
        if self.revision is None:
            actions += [WorkersItem.kind.set(WorkersItem), WorkersItem.leases.set({job_id: until})]
        else:
            unchanged = WorkersItem.revision == self.revision
            actions += [_lease(job_id).set(until), *(_lease(expired).remove() for expired in self.expired)]
        transaction.update(WorkersItem.at(self.account_id), actions=actions, condition=unchanged)


def read_leases(account_id: str) -> Leases:
    """The account's leases as they are now (consistent read)."""
    place = WorkersItem.at(account_id)
    try:
        item = WorkersItem.get(place.pk, place.sk, consistent_read=True)
    except DoesNotExist:
        return Leases(account_id, None, frozenset(), frozenset())
    leases = item.leases.attribute_values
    running = frozenset(job_id for job_id, until in leases.items() if float(until) >= time.time())
    return Leases(account_id, int(item.revision), running, frozenset(leases) - running)


def give_back(transaction: TransactWrite, account_id: str, job_id: str) -> None:
    """Remove a lease that was taken; one that is gone already stays so."""
    transaction.update(WorkersItem.at(account_id), actions=[_lease(job_id).remove()])


def _lease(job_id: str) -> Path:
    return Path(WorkersItem.leases)[job_id]

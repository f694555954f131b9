"""Conditional writes to DynamoDB, and what to do when transactions collide."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from pynamodb.exceptions import PynamoDBException, TransactWriteError, UpdateError

from pagelapse.errors import ServiceBusy

CHECK_FAILED = "ConditionalCheckFailed"
"""A cancelled transaction's reason: the write's condition did not hold."""

_ATTEMPTS = 12
_BACKOFF_S = 0.01
_LONGEST_BACKOFF_S = 0.4
_CONFLICTS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_CONFLICT_ERRORS = frozenset({"TransactionConflictException", "ThrottlingException", "TransactionInProgressException"})


def applied(write: Callable[[], object]) -> bool:
    """Carry out a conditional write; false when its condition did not hold; raises like `retrying`."""
    try:
        retrying(write)
    except TransactWriteError as error:
        if CHECK_FAILED in reasons(error):
            return False
        raise
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def retrying(write: Callable[[], object]) -> None:
    """Repeat a write that collided with another transaction; DynamoDB leaves that to its callers.

    Raises:
        ServiceBusy: When it collides again and again.
    """
    for attempt in range(_ATTEMPTS):
        try:
            write()
        except (TransactWriteError, UpdateError) as error:
            if not _collided(error):
                raise
        else:
            return
        time.sleep(random.uniform(0, min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2**attempt)))  # noqa: S311 - no secret
    raise ServiceBusy("Too many captures begin at the same moment; ask again in a few seconds.")


def _collided(error: PynamoDBException) -> bool:
    if error.cause_response_code in _CONFLICT_ERRORS:
        return True
    found = reasons(error) if isinstance(error, TransactWriteError) else []
    return CHECK_FAILED not in found and any(reason in _CONFLICTS for reason in found)


def reasons(error: TransactWriteError) -> list[str]:
    """Why each write of a cancelled transaction failed; empty for those that did not."""
    return [reason.code if reason else "" for reason in error.cancellation_reasons]

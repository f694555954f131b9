"""Removes what a deleted configuration leaves behind: its pictures first, then the records that name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from pagelapse.monitoring.configurations import Screenshot
from pagelapse.observability import logger
from pagelapse.services.configurations import Sweep
from pagelapse.services.monitor_ports import ConfigurationStore, Outbox

BATCH = 500
"""Screenshots at a time: with their thumbnails 1000 objects."""

MOST_OBJECTS = 1000
"""That S3 deletes in one request (AWS quota)."""


class DeletionStore(Protocol):
    """The records of deleted configurations."""

    def some_screenshots(self, account_id: str, configuration_id: str, limit: int) -> list[Screenshot]:
        """Some that are still there."""
        ...

    def forget_screenshots(self, account_id: str, screenshots: Sequence[Screenshot]) -> None:
        """Delete their records, and those of their jobs."""
        ...

    def forget_some_changes(self, account_id: str, configuration_id: str, limit: int) -> bool:
        """Delete some of the changes, comparisons and last seen texts; false when there are none left."""
        ...

    def done(self, account_id: str, configuration_id: str) -> None:
        """Nothing is left."""
        ...


class Pictures(Protocol):
    """The pictures' bytes."""

    def delete(self, keys: Iterable[str]) -> None:
        """Delete up to 1000 objects; those that are gone already count as deleted."""
        ...


class Sweeper:
    """Removes pictures and records in batches. It may die anywhere and be run again.

    Args:
        configurations: Tells what is not deleted.
        deletions: The records to remove.
        pictures: The pictures to remove.
        sweeps: Where the rest goes when there is no time left.
    """

    def __init__(
        self, configurations: ConfigurationStore, deletions: DeletionStore, pictures: Pictures, sweeps: Outbox
    ) -> None:
        self._configurations = configurations
        self._deletions = deletions
        self._pictures = pictures
        self._sweeps = sweeps

    def sweep(self, sweep: Sweep, *, has_time: Callable[[], bool]) -> bool:
        """Remove everything, or as much as there is time for; false when the rest was queued."""
        self._pictures.delete(sweep.keys)
        account_id, configuration_id = sweep.account_id, sweep.configuration_id
        if configuration_id is None:
            return True
        if self._configurations.find(account_id, configuration_id) is not None:
            logger.warning("a configuration that exists is not swept", extra={"configuration_id": configuration_id})
            return True
        while self._remove_some(account_id, configuration_id):
            if not has_time():
                self._sweeps.send(sweep.model_copy(update={"keys": ()}).model_dump_json())
                return False
        self._deletions.done(account_id, configuration_id)
        return True

    def _remove_some(self, account_id: str, configuration_id: str) -> bool:
        """Remove one batch; false when nothing was left."""
        screenshots = self._deletions.some_screenshots(account_id, configuration_id, BATCH)
        if not screenshots:
            return self._deletions.forget_some_changes(account_id, configuration_id, BATCH)
        keys = [key for each in screenshots for key in each.object_keys()]
        for start in range(0, len(keys), MOST_OBJECTS):
            self._pictures.delete(keys[start : start + MOST_OBJECTS])
        self._deletions.forget_screenshots(account_id, screenshots)
        return True

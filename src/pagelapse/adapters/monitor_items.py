"""The table's items of stored configurations.

| item | pk | sk | index `listing` | index `due` |
|---|---|---|---|---|
| configuration | `CONFIGS#<account>` | `<id>`, which begins with its time | | while scheduled |
| embed | `EMBED#<id>` | `EMBED` | | |
| job | `JOB#<account>#<job>` | `JOB` | | while under way |
| screenshot | `SCREENSHOTS#<account>#<id>` | `<time>#<job>` | `SCREENSHOTS#<account>` | |
| change | `CHANGES#<account>#<id>` | `<time>#<change>` | `CHANGES#<account>` | |
| comparison | `COMPARISONS#<account>#<id>` | `<time>#<job>` | `COMPARISONS#<account>` when changed | |
| last seen texts | `SEEN#<account>#<id>` | `<target key>` | | |
| deletion | `DELETION#<account>#<id>` | `DELETION` | | until it is done |
| page | `PAGES#<account>` | `<digest of the list>#<page>` | | |
"""

from __future__ import annotations

import zlib
from typing import Self

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from pagelapse.adapters.table import Item
from pagelapse.capture.jobs import Failure
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.comparisons import Comparison, ComparisonSummary
from pagelapse.monitoring.configurations import (
    ComparingState,
    Configuration,
    Embed,
    Job,
    JobState,
    Plan,
    Screenshot,
)
from pagelapse.monitoring.listings import record_key, time_key

DUE_SHARDS = 16
"""Partitions of the index of due work. DynamoDB takes 1000 writes a second for each (AWS quota)."""

CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(tuple[Change, ...])
_STATE: TypeAdapter[JobState] = TypeAdapter(JobState)
_COMPARING: TypeAdapter[ComparingState | None] = TypeAdapter(ComparingState | None)


class DueIndex(GlobalSecondaryIndex["DueItem"]):  # type: ignore[no-untyped-call]
    """What is to be done at some time, soonest first."""

    class Meta:
        """The index's name in template.yaml."""

        index_name = "due"
        projection = IncludeProjection(["kind"])

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class ListingIndex(GlobalSecondaryIndex["ListedItem"]):  # type: ignore[no-untyped-call]
    """What an account has, across its configurations."""

    class Meta:
        """The index's name in template.yaml."""

        index_name = "listing"
        projection = AllProjection()

    listed_in = UnicodeAttribute(hash_key=True)
    listed_at = UnicodeAttribute(range_key=True)


class DueItem(Item):
    """An item that is due at some time; without one it is not in the index."""

    due = DueIndex()
    due_shard = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)
    """Unix time, seconds."""


class ListedItem(Item):
    """An item of an account-wide list."""

    listing = ListingIndex()
    listed_in = UnicodeAttribute(null=True)
    listed_at = UnicodeAttribute(null=True)


class ConfigurationItem(DueItem, discriminator="configuration"):
    """A configuration."""

    plan = UnicodeAttribute()
    revision = NumberAttribute()
    last_job_id = UnicodeAttribute()
    busy_until = NumberAttribute()

    @classmethod
    def at(cls, account_id: str, configuration_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"CONFIGS#{account_id}", configuration_id)

    def configuration(self) -> Configuration:
        """The item in the application's terms."""
        return Configuration(
            self.pk.partition("#")[2],
            self.sk,
            Plan.model_validate_json(self.plan),
            int(self.revision),
            None if self.due_at is None else int(self.due_at),
            self.last_job_id,
            float(self.busy_until),
        )


class EmbedItem(Item, discriminator="embed"):
    """What anybody sees of a configuration."""

    account_id = UnicodeAttribute()
    placeholder_url = UnicodeAttribute(null=True)
    picture_key = UnicodeAttribute(null=True)
    taken_at_ms = NumberAttribute(null=True)

    @classmethod
    def at(cls, configuration_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"EMBED#{configuration_id}", "EMBED")

    def embed(self) -> Embed:
        """The item in the application's terms."""
        return Embed(self.account_id, self.picture_key, self.placeholder_url)


class JobItem(DueItem, discriminator="job"):
    """A capture of a configuration."""

    configuration_id = UnicodeAttribute()
    digest = UnicodeAttribute()
    key_prefix = UnicodeAttribute()
    state = UnicodeAttribute()
    attempts = NumberAttribute()
    screenshot = UnicodeAttribute(null=True)
    failure = UnicodeAttribute(null=True)
    undelivered = UnicodeAttribute(null=True)
    analysis_month = UnicodeAttribute(null=True)
    month = UnicodeAttribute(null=True)
    comparing = UnicodeAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, job_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"JOB#{account_id}#{job_id}", "JOB")

    def job(self) -> Job:
        """The item in the application's terms."""
        _, account_id, job_id = self.pk.split("#")
        return Job(
            account_id,
            job_id,
            self.configuration_id,
            self.digest,
            self.key_prefix,
            int(self.due_at or 0),
            int(self.attempts),
            _STATE.validate_python(self.state),
            Screenshot.model_validate_json(self.screenshot) if self.screenshot else None,
            Failure.model_validate_json(self.failure) if self.failure else None,
            CHANGES.validate_json(self.undelivered) if self.undelivered else (),
            analysis_month=self.analysis_month,
            month=self.month or "",
            comparing=_COMPARING.validate_python(self.comparing),
        )


class ScreenshotItem(ListedItem, discriminator="screenshot"):
    """A picture in the archive."""

    screenshot = UnicodeAttribute()
    comparison = UnicodeAttribute(null=True)
    """Beside it, as whatever else is recorded of the picture later writes the whole of `screenshot`."""

    @classmethod
    def of(cls, account_id: str, screenshot: Screenshot, expires_at: int) -> Self:
        """The item, to be stored."""
        moment = record_key(screenshot)
        item = cls(f"SCREENSHOTS#{account_id}#{screenshot.configuration_id}", moment)
        item.listed_in, item.listed_at = f"SCREENSHOTS#{account_id}", moment
        item.screenshot = screenshot.model_dump_json(exclude_defaults=True)
        item.expires_at = expires_at
        return item

    def shown(self) -> Screenshot:
        """The item in the application's terms."""
        screenshot = Screenshot.model_validate_json(self.screenshot)
        if not self.comparison:
            return screenshot
        compared = ComparisonSummary.model_validate_json(self.comparison)
        return screenshot.model_copy(update={"comparison": compared})


class ChangeItem(ListedItem, discriminator="change"):
    """A change of a watched text."""

    change = UnicodeAttribute()

    @classmethod
    def of(cls, account_id: str, change: Change) -> Self:
        """The item, to be stored."""
        moment = record_key(change)
        item = cls(f"CHANGES#{account_id}#{change.configuration_id}", moment)
        item.listed_in, item.listed_at = f"CHANGES#{account_id}", moment
        item.change = change.model_dump_json()
        return item


class ComparisonItem(ListedItem, discriminator="comparison"):
    """The comparison of a capture with the ones before it."""

    comparison = UnicodeAttribute()

    @classmethod
    def of(cls, account_id: str, comparison: Comparison, expires_at: int) -> Self:
        """The item, to be stored; in the account's list only when something has changed."""
        item = cls.at(account_id, comparison.configuration_id, comparison.job_id, comparison.taken_at_ms)
        if comparison.is_change:
            item.listed_in, item.listed_at = f"COMPARISONS#{account_id}", item.sk
        item.comparison = comparison.model_dump_json(exclude_defaults=True)
        item.expires_at = expires_at
        return item

    @classmethod
    def at(cls, account_id: str, configuration_id: str, job_id: str, taken_at_ms: int) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"COMPARISONS#{account_id}#{configuration_id}", f"{time_key(taken_at_ms)}#{job_id}")


class SeenItem(Item, discriminator="seen"):
    """What was last seen at a watched element."""

    text = UnicodeAttribute()

    @classmethod
    def at(cls, account_id: str, configuration_id: str, key: str = "") -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"SEEN#{account_id}#{configuration_id}", key)


class DeletionItem(DueItem, discriminator="deletion"):
    """A deleted configuration whose pictures and records are still to be removed."""

    @classmethod
    def at(cls, account_id: str, configuration_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"DELETION#{account_id}#{configuration_id}", "DELETION")


class PageItem(Item, discriminator="page"):
    """Where a page of a list begins."""

    start = UnicodeAttribute()

    @classmethod
    def at(cls, account_id: str, listing: str, number: int) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"PAGES#{account_id}", f"{listing}#{number:010d}")


def due_shard(text: str) -> str:
    """The partition of the index of due work that an id belongs to."""
    return f"due#{zlib.crc32(text.encode()) % DUE_SHARDS:02d}"

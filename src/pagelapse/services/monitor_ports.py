"""What stored configurations need of the outside world; `adapters` has the real things, the tests have fakes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pagelapse.capture.jobs import Failure
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import Configuration, Embed, Job, Outcome, Screenshot
from pagelapse.monitoring.listings import Listing, Page


class ConfigurationStore(Protocol):
    """The configurations. Each method is one write, or one read; see `adapters.configuration_store`."""

    def create(self, configuration: Configuration, job: Job, *, limit: int | None = None) -> None:
        """Store a new configuration with its first job, which is counted in the same write, if it has a month.

        Raises:
            UsageLimitExceeded: When that makes more than `limit`; nothing is stored then.
        """
        ...

    def find(self, account_id: str, configuration_id: str) -> Configuration | None:
        """The configuration as it is now."""
        ...

    def embed(self, configuration_id: str) -> Embed | None:
        """What anybody may see of a configuration."""
        ...

    def replace(self, configuration: Configuration, *, seen_revision: int, reschedule: bool) -> bool:
        """Store a changed plan, and its next run if that is new; false when it is no longer the one that was read."""
        ...

    def remove(self, configuration: Configuration, *, check_at: int) -> bool:
        """Delete a configuration and note that its pictures must follow; false when it is gone already."""
        ...

    def begin(self, configuration: Configuration, job: Job, *, busy_until: float, limit: int | None = None) -> bool:
        """Begin a job beside the schedule; false while another one is under way; counts and raises as `create`."""
        ...

    def claim_run(
        self, configuration: Configuration, job: Job, *, next_run: int, busy_until: float, limit: int | None = None
    ) -> bool:
        """Begin the due run's job and move the schedule on; false when it is no longer as read; counts as `create`."""
        ...

    def skip_run(self, configuration: Configuration, *, next_run: int | None) -> bool:
        """Move the schedule on without a job, or end it; false as `claim_run`."""
        ...


class JobStore(Protocol):
    """The jobs. Every write is conditional, so that repeating one changes nothing; see `adapters.job_store`."""

    def job(self, account_id: str, job_id: str) -> Job | None:
        """The job as it is now."""
        ...

    def seen_texts(self, account_id: str, configuration_id: str) -> Mapping[str, str]:
        """What was last seen at the watched elements, by target key."""
        ...

    def finish(self, job: Job, outcome: Outcome, *, is_last: bool) -> bool:
        """Record a picture, its usage and its changes; false when something has changed since it was read."""
        ...

    def fail(self, job: Job, failure: Failure, *, is_last: bool, proxied_bytes: int = 0) -> bool:
        """Record that there is no picture; only its bytes stay counted; false as `finish`."""
        ...

    def show(self, configuration_id: str, screenshot: Screenshot) -> bool:
        """Let the embed URL show a picture; false when it shows a later one, or is gone."""
        ...

    def delivered(self, job: Job) -> None:
        """Note that the queue has the job's changes."""
        ...

    def retry(self, job: Job, *, digest: str, overdue_at: int) -> bool:
        """Note that an overdue job is queued once more; false when somebody else has seen to it."""
        ...


class ListingStore(Protocol):
    """The lists."""

    def configurations(self, listing: Listing, page: Page) -> list[Configuration]:
        """A page of an account's configurations."""
        ...

    def screenshots(self, listing: Listing, page: Page) -> list[Screenshot]:
        """A page of screenshots."""
        ...

    def changes(self, listing: Listing, page: Page) -> list[Change]:
        """A page of changes."""
        ...

    def comparisons(self, listing: Listing, page: Page) -> list[Comparison]:
        """A page of comparisons."""
        ...


class Outbox(Protocol):
    """A queue to send to."""

    def send(self, body: str) -> None:
        """Send one message."""
        ...

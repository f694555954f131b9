"""Comparisons that accounts ask for, and those that were made of their configurations' captures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pagelapse.accounts import Caller
from pagelapse.capture.jobs import Area, StoredFile
from pagelapse.comparison.jobs import CompareJob, CompareReport, Source
from pagelapse.comparison.model import Difference, Settings, TextChanges
from pagelapse.errors import CannotCompare, JobPending, NotCompared
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import Screenshot
from pagelapse.monitoring.listings import Listing, Page
from pagelapse.records import Picture
from pagelapse.services.configurations import Configurations
from pagelapse.services.flight import new_id, new_key_prefix
from pagelapse.services.monitor_ports import ListingStore

KEPT_DAYS = 1
"""Of `records.RETENTIONS`: how long the bucket keeps the picture of a comparison on demand."""

WAIT_S = 25.0
_LINK_S = 120


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two captures that are compared."""

    job_id: str | None
    """`None` for a page that was captured for the comparison alone, which nobody can ask for again."""
    file: StoredFile
    taken_at_ms: int
    text: StoredFile | None = None
    ignored: tuple[Area, ...] = ()

    @classmethod
    def of(cls, capture: Screenshot | Picture) -> Side:
        """A capture of a configuration, or a snap's."""
        return cls(capture.job_id, capture.file, capture.taken_at_ms, capture.text, capture.ignored)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison on demand found. Nothing of it is recorded."""

    before: Side
    after: Side
    difference: Difference
    text: TextChanges | None
    """`None` where the text of one of them was not kept."""
    diff_link: str | None
    """To the picture that marks what differs, for `KEPT_DAYS`; `None` when nothing does."""


class Links(Protocol):
    """The pictures' bucket."""

    def presigned_get(self, key: str, *, seconds: int) -> str:
        """A link that reads one object for `seconds`."""
        ...


class Runner(Protocol):
    """Compares pictures while somebody waits; see `adapters.snap_function`."""

    def run(self, job: CompareJob, *, wait_s: float) -> bytes:
        """The report's JSON; raises `PagelapseError` when there is none."""
        ...


class Records(Protocol):
    """What was recorded; see `adapters.comparison_store`."""

    def find(self, account_id: str, screenshot: Screenshot) -> Comparison | None:
        """Of a screenshot's comparison."""
        ...


class Comparisons:
    """What an account can learn of changes between pictures.

    Args:
        configurations: Whose captures were compared.
        lists: Their comparisons, page by page.
        records: The same one by one.
        runner: Compares two captures now.
        pictures: Where the pictures are.
        pictures_url: Base of the public links, without a closing slash.
    """

    def __init__(
        self,
        configurations: Configurations,
        lists: ListingStore,
        records: Records,
        runner: Runner,
        pictures: Links,
        *,
        pictures_url: str,
    ) -> None:
        self._configurations = configurations
        self._lists = lists
        self._records = records
        self._runner = runner
        self._pictures = pictures
        self._pictures_url = pictures_url

    def compare(self, before: Side, after: Side, settings: Settings, *, wait_s: float = WAIT_S) -> Compared:
        """Compare two captures of the caller's now; they must be the caller's own.

        Raises:
            CannotCompare: One of them is gone, is no picture, or is too large.
            CaptureTimeout: It takes longer than `wait_s` seconds.
            ServiceBusy: Nobody is free to do it.
        """
        for side in (before, after):
            if not side.file.media_type.startswith("image/"):
                raise CannotCompare("Only pictures can be compared.")
        job = CompareJob(
            job_id=new_id(),
            before=self._source(before),
            after=self._source(after),
            settings=settings,
            key_prefix=new_key_prefix(KEPT_DAYS),
        )
        report = CompareReport.model_validate_json(self._runner.run(job, wait_s=wait_s))
        if report.difference is None:
            raise CannotCompare(report.failure.message if report.failure else "The comparison broke down.")
        diff = report.diff if report.diff and report.diff.key.startswith(job.key_prefix) else None
        return Compared(before, after, report.difference, report.text, self.link(diff.key) if diff else None)

    def of_configuration(self, caller: Caller, configuration_id: str, page: Page) -> list[Comparison]:
        """A page of what was found between a configuration's captures; raises `ConfigurationNotFound`."""
        self._configurations.get(caller, configuration_id)
        return self._lists.comparisons(Listing("comparisons", caller.account.account_id, configuration_id), page)

    def of_account(self, caller: Caller, page: Page) -> list[Comparison]:
        """A page of the changes that were found between captures of the account."""
        return self._lists.comparisons(Listing("comparisons", caller.account.account_id), page)

    def of_job(self, caller: Caller, job_id: str) -> Comparison:
        """What was found between a capture and the ones before it.

        Raises:
            JobNotFound: The account has no such job.
            JobPending: It is still being captured or compared.
            NotCompared: Its configuration does not compare captures.
            CaptureError: It failed.
        """
        screenshot = self._configurations.screenshot(caller, job_id)
        found = self._records.find(caller.account.account_id, screenshot)
        if found is not None:
            return found
        if self._configurations.get(caller, screenshot.configuration_id).plan.comparing is None:
            raise NotCompared("The captures of this configuration are not compared.")
        raise JobPending("The screenshot is being compared; ask again in a moment.")

    def link(self, key: str) -> str:
        """The public link to a stored file, such as `Comparison.diff_key`."""
        return f"{self._pictures_url}/{key}"

    def _source(self, side: Side) -> Source:
        text = self._pictures.presigned_get(side.text.key, seconds=_LINK_S) if side.text else None
        url = self._pictures.presigned_get(side.file.key, seconds=_LINK_S)
        return Source(url=url, text_url=text, ignored=side.ignored)

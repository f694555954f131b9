"""Comparisons that accounts ask for, and those that were made of their configurations' captures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pagelapse.accounts import Caller
from pagelapse.capture.jobs import Area, StoredFile
from pagelapse.capture.result import File
from pagelapse.comparison.compare import compare
from pagelapse.comparison.model import Difference, Settings, TextChanges
from pagelapse.comparison.pictures import Decoded, decode
from pagelapse.comparison.texts import compare_texts
from pagelapse.errors import CannotCompare, JobPending, NotCompared
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import Screenshot
from pagelapse.monitoring.listings import Listing, Page
from pagelapse.records import Picture
from pagelapse.services.configurations import Configurations
from pagelapse.services.flight import new_key_prefix
from pagelapse.services.monitor_ports import ListingStore

KEPT_DAYS = 1
"""Of `records.RETENTIONS`: how long the bucket keeps the picture of a comparison on demand."""

MAX_BYTES = 60_000_000
"""Of one stored picture; what is larger is not read into memory."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two captures that are compared."""

    job_id: str
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


class Bytes(Protocol):
    """The pictures' bytes."""

    def get(self, key: str) -> bytes | None:
        """An object, or `None` when there is none."""
        ...

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        """Store an object that never changes."""
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
        pictures: Where the pictures are.
        pictures_url: Base of the public links, without a closing slash.
    """

    def __init__(
        self,
        configurations: Configurations,
        lists: ListingStore,
        records: Records,
        pictures: Bytes,
        *,
        pictures_url: str,
    ) -> None:
        self._configurations = configurations
        self._lists = lists
        self._records = records
        self._pictures = pictures
        self._pictures_url = pictures_url

    def compare(self, before: Side, after: Side, settings: Settings) -> Compared:
        """Compare two captures of the caller's now.

        Raises:
            CannotCompare: One of them is gone, is no picture, or is too large.
        """
        earlier, later = (picture_of(self._pictures, side) for side in (before, after))
        found = compare(earlier, later, settings, before.ignored, after.ignored)
        text = compared_texts(self._pictures, before, after)
        key = None
        if found.difference.regions:
            key = stored(self._pictures, found.picture(), new_key_prefix(KEPT_DAYS))
        return Compared(before, after, found.difference, text, self.link(key) if key else None)

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
        plan = self._configurations.get(caller, screenshot.configuration_id).plan
        if plan.comparing is None:
            raise NotCompared("The captures of this configuration are not compared.")
        raise JobPending("The screenshot is being compared; ask again in a moment.")

    def link(self, key: str) -> str:
        """The public link to a stored file, such as `Comparison.diff_key`."""
        return f"{self._pictures_url}/{key}"


def picture_of(pictures: Bytes, side: Side) -> Decoded:
    """The pixels of a stored picture; raises `CannotCompare`."""
    try:
        return decode(_read(pictures, side))
    except ValueError as error:
        raise CannotCompare(f"The pictures can't be compared: {error}.") from error


def compared_texts(pictures: Bytes, before: Side, after: Side) -> TextChanges | None:
    """Compare what can be read of two captures; `None` where that was not kept, or is gone."""
    if before.text is None or after.text is None:
        return None
    texts = [pictures.get(side.key) for side in (before.text, after.text)]
    earlier, later = (None if text is None else text.decode(errors="replace") for text in texts)
    return None if earlier is None or later is None else compare_texts(earlier, later)


def stored(pictures: Bytes, file: File, key_prefix: str) -> str:
    """Store the picture of a comparison; returns its key."""
    key = f"{key_prefix}_diff.{file.extension}"
    pictures.put(key, file.body, media_type=file.media_type)
    return key


def _read(pictures: Bytes, side: Side) -> bytes:
    if not side.file.media_type.startswith("image/"):
        raise CannotCompare("Only pictures can be compared.")
    if side.file.size > MAX_BYTES:
        raise CannotCompare(f"A picture of more than {MAX_BYTES // 10**6} MB can't be compared.")
    body = pictures.get(side.file.key)
    if body is None:
        raise CannotCompare("A picture that is to be compared is gone.")
    return body

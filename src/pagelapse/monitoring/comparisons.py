"""Visual changes between captures of a configuration: what is asked for, and what is recorded. Times are Unix time."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pagelapse.capture.actions import Selector
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.urls import checked_url
from pagelapse.comparison.model import Difference, Settings, TextChanges
from pagelapse.monitoring.changes import SendTo

MAX_LAST = 10
"""Pictures that one comparison may look back at."""

Verdict = Literal["first", "same", "changed", "seen", "impossible"]
"""`first`: there was nothing to compare with. `seen`: it differs from the picture before, but is the same as one of the
last N. `impossible`: a picture is gone or can't be read."""


class Comparing(BaseModel):
    """How a configuration's captures are compared, and who is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    settings: Settings = Settings()
    ignore_selectors: tuple[Selector, ...] = Field(default=(), max_length=20)
    """Elements that are not looked at, wherever they are in each of the two pictures."""
    last: int = Field(default=1, ge=1, le=MAX_LAST)
    """A picture that is the same as one of so many before it is no change, so pages that flip between states are
    silent."""
    text: bool = True
    """Compare what can be read of the page too, and tell of it together with the picture."""
    text_alone: bool = False
    """A changed text is a change also when the picture shows none, for instance below what is pictured."""
    send_to: SendTo = "webhook"
    url: Annotated[str, AfterValidator(checked_url)] | None = None
    """Who is told of changes; `None`: nobody."""

    def options(self, options: CaptureOptions) -> CaptureOptions:
        """The same capture, which keeps beside its picture what comparing it needs."""
        ignored = tuple(dict.fromkeys((*options.ignored, *self.ignore_selectors)))
        return options.model_copy(update={"ignored": ignored, "keep_text": options.keep_text or self.text})


class CompareTask(BaseModel):
    """Names a job whose picture is to be compared, as it waits on the compare queue."""

    account_id: str
    job_id: str


class Comparison(BaseModel):
    """The comparison of a capture with the ones before it."""

    model_config = ConfigDict(frozen=True)

    configuration_id: str
    job_id: str
    """The later capture's."""
    taken_at_ms: int
    """When that was taken."""
    key: str
    """S3 key of its picture."""
    verdict: Verdict
    against_job_id: str | None = None
    """The capture that it was compared with: the one right before it."""
    against_taken_at_ms: int | None = None
    against_key: str | None = None
    """S3 key of that one's picture."""
    seen_in_job_id: str | None = None
    """The earlier capture that shows the same, with `verdict` `seen`."""
    difference: Difference | None = None
    text: TextChanges | None = None
    """`None` where a capture's text is not there."""
    diff_key: str | None = None
    """S3 key of the picture that marks what differs; `None` when nothing does."""

    @property
    def is_change(self) -> bool:
        """Whether somebody is to be told of it."""
        return self.verdict == "changed"

    def summary(self) -> ComparisonSummary:
        """What lists of screenshots carry of it."""
        found = self.difference
        return ComparisonSummary(
            verdict=self.verdict,
            against_job_id=self.against_job_id,
            ratio=found.ratio if found else None,
            regions=len(found.regions) + found.more_regions if found else 0,
            text_changed=self.text is not None and self.text.changed,
            diff_key=self.diff_key,
        )

    def notice_id(self) -> str:
        """Of the delivery that tells of it; it follows from the job, so that it is the same at every attempt."""
        return hashlib.sha1(f"{self.job_id}#comparison".encode(), usedforsecurity=False).hexdigest()


class ComparisonSummary(BaseModel):
    """A comparison in brief, as it stands beside its screenshot in lists."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    against_job_id: str | None = None
    ratio: float | None = None
    regions: int = 0
    text_changed: bool = False
    diff_key: str | None = None

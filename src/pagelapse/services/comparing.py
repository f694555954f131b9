"""Compares configurations' pictures after they are recorded, and tells of changes: each once, whatever is repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pagelapse.comparison.compare import Found, compare
from pagelapse.comparison.model import TextChanges
from pagelapse.comparison.pictures import Decoded, decode
from pagelapse.comparison.texts import compare_texts
from pagelapse.errors import CannotCompare
from pagelapse.monitoring.comparisons import CompareTask, Comparing, Comparison
from pagelapse.monitoring.configurations import Configuration, Job, Screenshot
from pagelapse.monitoring.visual_notices import payload, sentence
from pagelapse.monitoring.webhooks import Delivery
from pagelapse.observability import logger
from pagelapse.services.monitor_ports import ConfigurationStore, Outbox

DIFF_FOLDER = "pictures/diffs/"
"""The only one that the `compare` function may write to."""


MAX_BYTES = 60_000_000
"""Of one stored picture; what is larger is not read into memory."""


class Bytes(Protocol):
    """The pictures' bytes."""

    def get(self, key: str) -> bytes | None:
        """An object, or `None` when there is none."""
        ...

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        """Store an object that never changes."""
        ...


class ComparisonStore(Protocol):
    """The jobs whose pictures wait to be compared; see `adapters.comparison_store`."""

    def job(self, account_id: str, job_id: str) -> Job | None:
        """The job as it is now."""
        ...

    def earlier(self, account_id: str, screenshot: Screenshot, count: int) -> list[Screenshot]:
        """Screenshots of the same configuration before this one, the latest first."""
        ...

    def find(self, account_id: str, screenshot: Screenshot) -> Comparison | None:
        """What was recorded."""
        ...

    def settle(self, job: Job, comparison: Comparison, *, telling: bool) -> bool:
        """Record a comparison with its job; false when that is done already, or the screenshot is gone."""
        ...

    def told(self, job: Job) -> None:
        """Nothing more is to be done for a job."""
        ...


class Comparer:
    """Compares pictures.

    Args:
        jobs: Their jobs.
        configurations: How.
        pictures: Their bytes, and where those of the comparisons go.
        notices: Where deliveries go.
        pictures_url: Base of the public links, without a closing slash.
    """

    def __init__(
        self,
        jobs: ComparisonStore,
        configurations: ConfigurationStore,
        pictures: Bytes,
        notices: Outbox,
        *,
        pictures_url: str,
    ) -> None:
        self._jobs = jobs
        self._configurations = configurations
        self._pictures = pictures
        self._notices = notices
        self._pictures_url = pictures_url

    def compare(self, task: CompareTask) -> Comparison | None:
        """Compare one job's picture with those before it, record what is found, and queue who is to be told.

        Returns:
            What was recorded by now; `None` where there is nothing to compare any more.
        """
        job = self._jobs.job(task.account_id, task.job_id)
        if job is None or job.comparing is None or job.screenshot is None:
            return None
        configuration = self._configurations.find(job.account_id, job.configuration_id)
        comparing = configuration.plan.comparing if configuration else None
        if configuration is None or comparing is None:
            self._jobs.told(job)
            return None
        if job.comparing == "open":
            comparison = self._made(comparing, job, job.screenshot)
            telling = comparison.is_change and comparing.url is not None
            self._jobs.settle(job, comparison, telling=telling)
        return self._tell(configuration, comparing, task)

    def _tell(self, configuration: Configuration, comparing: Comparing, task: CompareTask) -> Comparison | None:
        """Queue the delivery, as long as nothing says that it was; a repeated one has the same id."""
        job = self._jobs.job(task.account_id, task.job_id)
        recorded = self._jobs.find(job.account_id, job.screenshot) if job and job.screenshot else None
        if job and recorded and job.comparing == "telling":
            if comparing.url is not None:
                notice = delivery(configuration, comparing, comparing.url, recorded, self._pictures_url)
                self._notices.send(notice.model_dump_json())
            self._jobs.told(job)
        return recorded

    def _made(self, comparing: Comparing, job: Job, screenshot: Screenshot) -> Comparison:
        earlier = self._jobs.earlier(job.account_id, screenshot, comparing.last)
        known = Comparison(
            configuration_id=job.configuration_id,
            job_id=job.job_id,
            taken_at_ms=screenshot.taken_at_ms,
            key=screenshot.file.key,
            verdict="first",
        )
        if not earlier:
            return known
        before = earlier[0]
        against = {"job_id": before.job_id, "taken_at_ms": before.taken_at_ms, "key": before.file.key}
        known = known.model_copy(update={f"against_{name}": value for name, value in against.items()})
        try:
            later = self._picture(screenshot)
            found = self._against(comparing, before, screenshot, later)
        except CannotCompare as error:
            logger.warning("pictures not compared", extra={"job_id": job.job_id, "why": error.message})
            return known.model_copy(update={"verdict": "impossible"})
        return self._judged(comparing, job, known, found, later, earlier)

    def _judged(
        self,
        comparing: Comparing,
        job: Job,
        known: Comparison,
        found: Found,
        later: Decoded,
        earlier: Sequence[Screenshot],
    ) -> Comparison:
        assert job.screenshot is not None  # noqa: S101 - there is something to compare
        text = self._texts(comparing, earlier[0], job.screenshot)
        known = known.model_copy(update={"difference": found.difference, "text": text, "verdict": "same"})
        if found.difference.regions:
            drawn = found.picture()
            key = f"{DIFF_FOLDER}{job.key_prefix.rpartition('/')[2]}.{drawn.extension}"
            self._pictures.put(key, drawn.body, media_type=drawn.media_type)
            known = known.model_copy(update={"diff_key": key})
        if not (found.difference.changed or (comparing.text_alone and text is not None and text.changed)):
            return known
        for older in earlier[1:]:
            if self._is_same(comparing, older, job.screenshot, later):
                return known.model_copy(update={"verdict": "seen", "seen_in_job_id": older.job_id})
        return known.model_copy(update={"verdict": "changed"})

    def _is_same(self, comparing: Comparing, older: Screenshot, screenshot: Screenshot, later: Decoded) -> bool:
        try:
            found = self._against(comparing, older, screenshot, later)
        except CannotCompare:
            return False
        text = self._texts(comparing, older, screenshot) if comparing.text_alone else None
        return not found.difference.changed and not (text and text.changed)

    def _against(self, comparing: Comparing, before: Screenshot, after: Screenshot, later: Decoded) -> Found:
        earlier = self._picture(before)
        return compare(earlier, later, comparing.settings, before.ignored, after.ignored)

    def _texts(self, comparing: Comparing, before: Screenshot, after: Screenshot) -> TextChanges | None:
        if not comparing.text or before.text is None or after.text is None:
            return None
        earlier, later = (self._pictures.get(file.key) for file in (before.text, after.text))
        if earlier is None or later is None:
            return None
        return compare_texts(earlier.decode(errors="replace"), later.decode(errors="replace"))

    def _picture(self, screenshot: Screenshot) -> Decoded:
        """A stored picture's pixels.

        Raises:
            CannotCompare: It is gone, no picture, or too large.
        """
        if screenshot.file.size > MAX_BYTES:
            raise CannotCompare(f"A picture of more than {MAX_BYTES // 10**6} MB can't be compared.")
        body = self._pictures.get(screenshot.file.key)
        if body is None:
            raise CannotCompare("A picture that is to be compared is gone.")
        try:
            return decode(body)
        except ValueError as error:
            raise CannotCompare(f"The pictures can't be compared: {error}.") from error


def delivery(
    configuration: Configuration, comparing: Comparing, url: str, comparison: Comparison, pictures_url: str
) -> Delivery:
    """What is posted of a change: the numbers and the links, or Slack's form of it."""
    page = configuration.plan.options.url
    to_slack = comparing.send_to == "slack"
    return Delivery(
        delivery_id=comparison.notice_id(),
        account_id=configuration.account_id,
        url=url,
        kind=comparing.send_to,
        payload={"text": sentence(comparison, page, pictures_url)}
        if to_slack
        else payload(comparison, page, pictures_url),
    )

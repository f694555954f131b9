"""Stand-ins for the comparisons' part of the table, and for whoever compares on demand."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw
from tests.fakes import MemoryPictures
from tests.monitor_fakes import MemoryMonitor

from pagelapse.capture.jobs import Failure
from pagelapse.comparison.jobs import CompareJob, CompareReport
from pagelapse.comparison.stored import compare_stored
from pagelapse.monitoring.comparisons import Comparison
from pagelapse.monitoring.configurations import Job, Screenshot


class MemoryComparisons:
    """The comparisons, beside the jobs and screenshots of a `MemoryMonitor`; each method is atomic."""

    def __init__(self, monitor: MemoryMonitor) -> None:
        self.monitor = monitor

    def job(self, account_id: str, job_id: str) -> Job | None:
        return self.monitor.job(account_id, job_id)

    def earlier(self, account_id: str, screenshot: Screenshot, count: int) -> list[Screenshot]:
        return self.monitor.earlier(account_id, screenshot, count)

    def find(self, account_id: str, screenshot: Screenshot) -> Comparison | None:
        return self.monitor.find_comparison(account_id, screenshot)

    def settle(self, job: Job, comparison: Comparison, *, telling: bool) -> bool:
        return self.monitor.settle_comparison(job, comparison, telling=telling)

    def told(self, job: Job) -> None:
        self.monitor.told(job)


class LocalComparer:
    """Compares as `snap` does, with the pictures of a `MemoryPictures`."""

    def __init__(self, pictures: MemoryPictures) -> None:
        self.pictures = pictures
        self.jobs: list[CompareJob] = []

    def run(self, job: CompareJob, *, wait_s: float) -> bytes:
        assert wait_s > 0
        self.jobs.append(job)
        try:
            report = compare_stored(job, self._read, self.pictures)
        except (OSError, ValueError) as error:
            report = CompareReport(job_id=job.job_id, failure=Failure(code="cannot_compare", message=str(error)))
        return report.model_dump_json().encode()

    def _read(self, url: str) -> bytes:
        body = self.pictures.get(url.removeprefix("https://bucket.test/").partition("?")[0])
        if body is None:
            raise OSError("there is no such object")
        return body


def drawn(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (400, 300), color: str = "black") -> bytes:
    """A white PNG with boxes on it: left, top, right and bottom, the last two exclusive."""
    image = Image.new("RGB", size, "white")
    for left, top, right, bottom in boxes:
        ImageDraw.Draw(image).rectangle((left, top, right - 1, bottom - 1), fill=color)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()

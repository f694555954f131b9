"""AI analysis of pictures: callers' own, or screenshots."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pagelapse.adapters.http import AddressRefused, Answer, HttpError
from pagelapse.capture.result import File
from pagelapse.errors import CaptureTimeout, InvalidUrl, NotSupported
from pagelapse.records import Account, usage_month
from pagelapse.services.ports import PictureStore
from pagelapse.services.snaps import Snap

MAX_URLS = 5
MAX_PROMPTS = 5
MAX_PROMPT_LENGTH = 2000
"""Characters."""

MAX_IMAGE_BYTES = 20_000_000
_FETCH_S = 10.0
_SHORTEST_S = 2.0
_MAX_KEPT_BYTES = 20_000
"""Of an answer about a snap; a longer one is asked for again."""

_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class ImageModel(Protocol):
    """A model that looks at pictures."""

    def answers(self, images: Sequence[File], prompts: Sequence[str], *, timeout_s: float) -> list[str]:
        """One answer per prompt, each about all the pictures.

        Raises:
            AnalysisFailed: When there is not an answer to every prompt.
        """
        ...


class AnalysisUsage(Protocol):
    """Counts AI requests."""

    def count_analysis(self, account_id: str, month: str, requests: int, *, limit: int | None) -> None:
        """Add to the month's count in one write; a negative number gives back.

        Raises:
            UsageLimitExceeded: When the month's count would exceed the limit; nothing is counted then.
        """
        ...


class AnalysisMemory(Protocol):
    """Remembers what was said about a snap's picture."""

    def add_analysis(self, account_id: str, digest: str, job_id: str, key: str, text: str) -> bool:
        """Remember an answer about the picture that `job_id` took; false when that has been replaced."""
        ...


class Fetcher(Protocol):
    """Reads from addresses that the egress rule allows."""

    def get(self, url: str, *, max_bytes: int, timeout_s: float) -> Answer:
        """See `adapters.http.HttpClient.get`."""
        ...


class Analyses:
    """Asks a model about pictures.

    Args:
        model: `None` when none is configured.
        usage: Counts one request for each picture and each prompt, as PagePixels does.
        fetcher: Reads callers' pictures.
        pictures: Ours, which are not fetched over the network.
        pictures_url: Base of our pictures' links, without a closing slash.
        limit: Requests per account and calendar month (UTC); `None` is unlimited.
        wait_s: Seconds that a request may take.
        memory: Where snaps' answers are kept.
    """

    def __init__(
        self,
        model: ImageModel | None,
        usage: AnalysisUsage,
        fetcher: Fetcher,
        pictures: PictureStore,
        *,
        pictures_url: str,
        limit: int | None,
        wait_s: float,
        memory: AnalysisMemory | None = None,
    ) -> None:
        self._model = model
        self._usage = usage
        self._fetcher = fetcher
        self._pictures = pictures
        self._ours = f"{pictures_url}/pictures/"
        self._limit = limit
        self.wait_s = wait_s
        self._memory = memory

    def need_model(self, *, option: str | None = None) -> ImageModel:
        """The model.

        Args:
            option: The caller's parameter that asks for it.

        Raises:
            NotSupported: When none is configured.
        """
        if self._model is None:
            raise NotSupported("AI analysis is not configured in this deployment.", option=option)
        return self._model

    def analyze(self, account: Account, urls: Sequence[str], prompts: Sequence[str]) -> list[str]:
        """One answer per prompt, each about all the pictures at `urls`.

        Raises:
            NotSupported: No model is configured.
            UsageLimitExceeded: The month's requests are used up.
            InvalidUrl: A picture can't be read, or is none.
            AnalysisFailed: The model did not answer; nothing is counted.
            CaptureTimeout: Reading the pictures left no time for it; nothing is counted.
        """
        deadline = time.time() + self.wait_s
        return self._counted(account, len(urls), prompts, lambda: self._fetch_all(urls), deadline)

    def describe(self, account: Account, snap: Snap, prompt: str, *, deadline: float) -> str:
        """The answer to one prompt about a screenshot; what was said about this picture before is not counted again.

        Args:
            deadline: Unix time, seconds.

        Raises:
            PagelapseError: As `analyze`.
        """
        key = prompt_key(prompt)
        if key in snap.analyses:
            return snap.analyses[key]

        def image() -> list[File]:
            file = snap.picture.file
            body = snap.body or self._pictures.get(file.key)
            if body is None:
                raise InvalidUrl("The screenshot is no longer stored.")
            return [File(body, file.media_type, "")]

        text = self._counted(account, 1, [prompt], image, deadline)[0]
        if self._memory is not None and len(text.encode()) <= _MAX_KEPT_BYTES:
            self._memory.add_analysis(account.account_id, snap.digest, snap.picture.job_id, key, text)
        return text

    def look(self, key: str, media_type: str, prompt: str, *, deadline: float) -> str:
        """The answer to one prompt about a stored picture, which the caller has counted.

        Args:
            key: In the bucket.
            deadline: Unix time, seconds.

        Raises:
            NotSupported: No model is configured.
            InvalidUrl: The picture is no longer stored.
            AnalysisFailed: The model did not answer.
            CaptureTimeout: There was no time left to ask it.
        """
        body = self._pictures.get(key)
        if body is None:
            raise InvalidUrl("The screenshot is no longer stored.")
        return self._ask([File(body, media_type, "")], [prompt], deadline)[0]

    def _counted(
        self, account: Account, urls: int, prompts: Sequence[str], images: Callable[[], list[File]], deadline: float
    ) -> list[str]:
        """Count first, so that a limit holds whatever runs at the same time; give back what came to nothing."""
        self.need_model()
        month, requests = usage_month(time.time()), urls + len(prompts)
        self._usage.count_analysis(account.account_id, month, requests, limit=self._limit)
        try:
            return self._ask(images(), prompts, deadline)
        except BaseException:
            self._usage.count_analysis(account.account_id, month, -requests, limit=None)
            raise

    def _ask(self, files: Sequence[File], prompts: Sequence[str], deadline: float) -> list[str]:
        left_s = deadline - time.time()
        if left_s < _SHORTEST_S:
            raise CaptureTimeout("The picture is there, but no time was left to analyse it; ask again.")
        return self.need_model().answers(files, prompts, timeout_s=left_s)

    def _fetch_all(self, urls: Sequence[str]) -> list[File]:
        with ThreadPoolExecutor(MAX_URLS) as pool:
            return list(pool.map(self._fetch, urls, range(len(urls))))

    def _fetch(self, url: str, number: int) -> File:
        option = f"urls[{number}]"
        try:
            body = self._read(url)
        except AddressRefused:
            raise InvalidUrl("is not an address that this deployment may reach", option=option) from None
        except HttpError as error:
            raise InvalidUrl(str(error), option=option) from None
        media_type = media_type_of(body)
        if media_type is None:
            raise InvalidUrl("is not a PNG, JPEG, WEBP or GIF image", option=option)
        return File(body, media_type, "")

    def _read(self, url: str) -> bytes:
        if url.startswith(self._ours):
            body = self._pictures.get(url.removeprefix(self._ours.removesuffix("pictures/")))
            if body is None or len(body) > MAX_IMAGE_BYTES:
                raise HttpError("is no longer stored, or too large")
            return body
        answer = self._fetcher.get(url, max_bytes=MAX_IMAGE_BYTES, timeout_s=_FETCH_S)
        if answer.status != 200:
            raise HttpError(f"answers {answer.status}")
        return answer.body


def prompt_key(prompt: str) -> str:
    """What an answer is remembered by."""
    return hashlib.sha256(prompt.encode(errors="surrogatepass")).hexdigest()[:32]


def media_type_of(body: bytes) -> str | None:
    """The picture's type by its first bytes, whatever its server says; `None` for anything else."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for start, media_type in _KINDS if body.startswith(start)), None)

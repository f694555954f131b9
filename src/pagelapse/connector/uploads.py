"""Where an agent's files go: to the bucket, by the forms that came with the job."""

from __future__ import annotations

import time
from collections.abc import Iterable

import httpx

from pagelapse.capture.messages import Upload
from pagelapse.errors import CaptureError
from pagelapse.observability import logger

TIMEOUT_S = 30.0
ATTEMPTS = 3


class Uploads:
    """The files that one job may store.

    Args:
        forms: One for each of them.
    """

    def __init__(self, forms: Iterable[Upload]) -> None:
        self._forms = {form.key: form for form in forms}

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        """Upload a file; its type is the form's.

        Raises:
            CaptureError: When the bucket can't be reached or refuses.
        """
        form = self._forms.get(key)
        if form is None or form.fields.get("Content-Type") != media_type:
            raise CaptureError("The connector may not store such a file: it may be older than the deployment.")
        for attempt in range(1, ATTEMPTS + 1):
            problem = _post(form, body, media_type)
            if problem is None:
                return
            logger.warning("upload failed", extra={"attempt": attempt, "why": problem})
            time.sleep(0.2 * attempt)
        raise CaptureError("The connector could not upload the picture.")


def _post(form: Upload, body: bytes, media_type: str) -> str | None:
    """What went wrong, if anything did; never the address, which holds a signature."""
    try:
        answer = httpx.post(
            form.url, data=dict(form.fields), files={"file": ("file", body, media_type)}, timeout=TIMEOUT_S
        )
    except httpx.HTTPError as error:
        return type(error).__name__
    return None if answer.is_success else f"the bucket answers {answer.status_code}"

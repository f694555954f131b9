"""What an agent is to do: in the message, or behind a link of its own."""

from __future__ import annotations

import asyncio

import httpx
from pydantic import ValidationError

from pagelapse.capture.messages import Job, RemoteJob
from pagelapse.errors import CaptureError

MAX_WORK_BYTES = 32 << 20
TIMEOUT_S = 15.0


async def read_work(message: Job) -> RemoteJob:
    """A message's work.

    Raises:
        CaptureError: When it can't be read.
    """
    if message.work is not None:
        return message.work
    if message.work_url is None:
        raise CaptureError("The connector was given an empty job.")
    try:
        return RemoteJob.model_validate_json(await asyncio.to_thread(_get, message.work_url))
    except (httpx.HTTPError, ValidationError) as error:
        raise CaptureError("The connector could not read its job.") from error


def _get(url: str) -> bytes:
    body = b""
    with httpx.stream("GET", url, timeout=TIMEOUT_S) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MAX_WORK_BYTES:
                raise CaptureError("The connector's job is too large.")
    return body

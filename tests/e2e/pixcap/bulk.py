"""Steps that the end-to-end tests of bulk jobs share."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from typing import Any, TypeVar
from zipfile import ZipFile

from tests.e2e.pixcap.conftest import Api

PATH = "/api/v1/bulk-screenshot"
Json = dict[str, Any]
POLL_S = 1.0
"""The status may be asked for 100 times a minute."""
_T = TypeVar("_T")


def create(api: Api, **body: object) -> Json:
    """A new job, which must be made."""
    response = api.http.post(PATH, json=body, headers=api.key)
    assert response.status_code == 200, response.text
    assert response.json()["success"] is True
    data: Json = response.json()["data"]
    return data


def status(api: Api, job_id: str) -> Json:
    """How far a job has come, which must be consistent in itself."""
    response = api.http.get(f"{PATH}/{job_id}/status", headers=api.key)
    assert response.status_code == 200, response.text
    data: Json = response.json()["data"]
    progress, credits_ = data["progress"], data["credits"]
    assert progress["processed"] == progress["successful"] + progress["failed"] <= progress["totalUrls"]
    assert progress["percentage"] == progress["processed"] * 100 // progress["totalUrls"]
    assert (credits_["reserved"], credits_["refunded"]) == (progress["totalUrls"], progress["failed"])
    assert credits_["used"] == progress["successful"]
    return data


def until(found: Callable[[], _T | None], *, within_s: float = 120, every_s: float = POLL_S) -> _T:
    """What `found` returns once it is not `None`."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = found()
        if value is not None:
            return value
        time.sleep(every_s)
    raise AssertionError("it did not happen in time")


def finished(api: Api, job_id: str) -> Json:
    """The job's last status."""

    def ended() -> Json | None:
        now = status(api, job_id)
        return now if now["status"] in ("completed", "failed") else None

    return until(ended)


def archive(api: Api, job_id: str) -> tuple[str, dict[str, bytes]]:
    """The downloaded archive: its file name, and its files."""
    response = api.http.get(f"{PATH}/{job_id}/download", headers=api.key)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/zip"
    name = response.headers["Content-Disposition"].partition('filename="')[2].rstrip('"')
    with ZipFile(io.BytesIO(response.content)) as packed:
        assert packed.testzip() is None
        return name, {entry: packed.read(entry) for entry in packed.namelist()}


def manifest(files: dict[str, bytes]) -> Json:
    """The manifest among an archive's files."""
    (name,) = [name for name in files if name.endswith("/_manifest.json")]
    content: Json = json.loads(files[name])
    return content

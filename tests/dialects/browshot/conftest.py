from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.world import World

from pagelapse import services
from pagelapse.adapters.http import Answer, HttpError
from pagelapse.capture.jobs import CaptureJob, CaptureReport, Inventory, Timings

URL = "http://www.google.com/"
Json = dict[str, Any]
STARTED_MS, CONTENT_MS, LOADED_MS = 1_312_258_803_994, 1_312_258_829_661, 1_312_258_829_461


@dataclass
class Api:
    """Browshot's API in this process, as one account's client, over fakes."""

    world: World
    client: Client

    def get(self, path: str, **parameters: object) -> Response:
        """GET with the key."""
        return self.client.get(path, params={"key": self.world.new.private_key, **parameters})

    def json(self, path: str, **parameters: object) -> Json:
        """The JSON of a valid request."""
        return self._answered(200, path, parameters)

    def malformed(self, path: str, **parameters: object) -> Json:
        """The JSON of a malformed one."""
        return self._answered(403, path, parameters)

    def _answered(self, status: int, path: str, parameters: dict[str, object]) -> Json:
        response = self.get(f"/api/v1/{path}", **parameters)
        assert response.status_code == status, response.text
        answer: Json = response.json()
        return answer

    def create(self, url: str = URL, **parameters: object) -> Json:
        """`screenshot/create`."""
        return self.json("screenshot/create", url=url, **parameters)

    def taken(self, url: str = URL, **parameters: object) -> Json:
        """The details of a screenshot that was ordered just now."""
        return self.json("screenshot/info", id=self.create(url, **parameters)["id"])

    def last_job(self) -> CaptureJob:
        """The job that was queued last."""
        return CaptureJob.model_validate_json(self.world.order_queue.sent[-1])

    def pause(self) -> None:
        """Leave orders on the queue from now on."""
        self.world.order_queue.paused = True

    def run(self) -> None:
        """Carry out the job that was queued last."""
        self.world.order_queue.run(self.last_job())


@pytest.fixture
def api(world: World, client: Client) -> Api:
    """The API; its captures report when the page got how far, and what it embeds."""
    report = world.runner.report

    def detailed(job: CaptureJob) -> CaptureReport:
        made = report(job)
        times = Timings(started_at_ms=STARTED_MS, content_at_ms=CONTENT_MS, loaded_at_ms=LOADED_MS)
        if made.file is None:
            return made.model_copy(update={"timings": Timings(started_at_ms=STARTED_MS)})
        target = made.target.model_copy(update={"headers": {"content-type": "text/html"}})
        file = made.file.model_copy(update={"width": 1024, "height": 768})
        embedded = Inventory(images=("http://www.google.com/logo.png",), iframes=("http://www.google.com/frame",))
        return made.model_copy(update={"timings": times, "target": target, "file": file, "inventory": embedded})

    world.runner.report = detailed  # type: ignore[method-assign]
    return Api(world, client)


@dataclass
class FakeHttp:
    """Answers every GET with one answer, or an error."""

    answer: Answer | HttpError
    urls: list[str]

    def get(self, url: str, *, max_bytes: int, timeout_s: float) -> Answer:
        self.urls.append(url)
        if isinstance(self.answer, HttpError):
            raise self.answer
        return self.answer


Serve = Callable[[Answer | HttpError], FakeHttp]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Lets what callers name be answered like this."""

    def set_up(answer: Answer | HttpError) -> FakeHttp:
        http = FakeHttp(answer, [])
        monkeypatch.setattr(services, "http_client", lambda: http)
        return http

    return set_up

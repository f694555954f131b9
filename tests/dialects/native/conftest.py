from __future__ import annotations

from typing import Any

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.services.bulk import Bulk
from tests.world import World

from pagelapse import services

BASE = "/pagelapse/v1"
URL = "https://example.com/"


class Api:
    """The API as one account's client."""

    def __init__(self, client: Client, world: World) -> None:
        self.client, self.world = client, world
        self.headers = {"Authorization": f"Bearer {world.new.private_key}"}

    def get(self, path: str, **params: Any) -> Response:
        return self.client.get(f"{BASE}{path}", params=params, headers=self.headers)

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"{BASE}{path}", json=body, headers=self.headers | named)

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Response:
        return self.client.request(method, f"{BASE}{path}", json=body, headers=self.headers)

    def capture(self, **body: Any) -> Response:
        return self.post("/captures", {"url": URL, **body})


@pytest.fixture
def api(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API over fakes."""
    monkeypatch.setattr(services, "notices", lambda: world.notices)
    return Api(client, world)


@pytest.fixture
def bulk(world: World, monkeypatch: pytest.MonkeyPatch) -> Bulk:
    """The bulk services over fakes."""
    made = Bulk(world)
    monkeypatch.setattr(services, "bulk_jobs", lambda: made.jobs)
    return made

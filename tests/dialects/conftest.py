from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from tests.dialects.client import Client
from tests.world import World

from pagelapse import services


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Services over fakes, which the dialects are given."""
    made = World()
    monkeypatch.setattr(services, "services", lambda: services.Services(made.accounts, made.snaps))
    monkeypatch.setattr(services, "rate_windows", lambda: made.rate_windows)
    monkeypatch.setattr(services, "self_service", lambda: made.self_service)
    monkeypatch.setattr(services, "configurations", lambda: made.configurations)
    monkeypatch.setattr(services, "captures", lambda: made.table)
    made.on_nap = lambda _seconds: made.tick()
    for name in ("orders", "order_pictures", "definitions", "exports", "prompt_captures", "idempotency", "comparisons"):
        monkeypatch.setattr(services, name, lambda name=name: getattr(made, name))
    return made


@pytest.fixture
def client(world: World) -> Client:
    """The HTTP API in this process, over fakes."""
    return Client()


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(vars(record))


@pytest.fixture
def log() -> Iterator[list[dict[str, object]]]:
    """What the test logs, as the fields of its lines."""
    handler, logger = _Lines(), logging.getLogger("pagelapse")
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)

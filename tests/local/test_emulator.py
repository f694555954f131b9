"""The clean paths in front of the emulator."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from pagelapse.local.emulator import AT_ONCE, WELCOME, CleanPaths, Scope


class _Emulator:
    """Remembers what reached it."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, _receive: Any, _send: Any) -> None:
        self.scopes.append(scope)


def _scope(raw_path: str, port: int, kind: str = "http") -> Scope:
    path = unquote(raw_path)
    return {"type": kind, "server": ("127.0.0.1", port), "path": path, "raw_path": raw_path.encode()}


def _serve(scope: Scope, api_id: Path) -> tuple[list[Scope], list[dict[str, Any]]]:
    emulator, sent = _Emulator(), []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(CleanPaths(emulator, 8000, api_id)(scope, None, send))
    return emulator.scopes, sent


@pytest.fixture
def api_id(tmp_path: Path) -> Path:
    """The file of a deployed API."""
    path = tmp_path / "api-id"
    path.write_text("abc123")
    return path


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("raw", ["/", "/snap", "/snap/", "//snap", "/a%2Fb", "/%25", "/a%20b/%C3%A9", "/v1//x/"])
def test_a_clean_path_stays_as_the_caller_wrote_it(raw: str, kind: str, api_id: Path) -> None:
    """Percent-encodings, double slashes and closing slashes reach the API unchanged."""
    ((scope,), _) = _serve(_scope(raw, 8000, kind), api_id)
    prefix = "/_aws/execute-api/abc123/$default"
    assert scope["raw_path"] == prefix.encode() + raw.encode()
    assert scope["path"] == prefix + unquote(raw)


def test_the_emulators_own_port_is_left_alone(api_id: Path) -> None:
    """What comes in at the emulator's port is the emulator's."""
    scope = _scope("/bucket/key", 4566)
    assert _serve(scope, api_id)[0] == [scope]


def test_the_emulators_start_and_end_are_passed_on(api_id: Path) -> None:
    """The emulator hears when it starts and stops, which is when it reads and writes its state."""
    scope: Scope = {"type": "lifespan"}
    assert _serve(scope, api_id)[0] == [scope]


def test_the_bundled_page_is_served_beside_the_api(api_id: Path) -> None:
    """The page of the first picture needs no network."""
    scopes, sent = _serve(_scope(WELCOME, 8000), api_id)
    assert scopes == []
    assert sent[0]["status"] == 200
    assert b"<title>Pagelapse</title>" in sent[1]["body"]


def test_before_the_first_deployment_the_api_says_that_it_is_starting(tmp_path: Path) -> None:
    """A call that comes before the deployment is told to come back."""
    scopes, sent = _serve(_scope("/snap", 8000), tmp_path / "none")
    assert (scopes, sent[0]["status"]) == ([], 503)


def test_a_burst_waits_for_its_turn(api_id: Path) -> None:
    """Many requests at once are answered a few at a time, so that none of them runs out of its time."""
    running, most = 0, 0

    async def slow(_scope: Scope, _receive: Any, _send: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    async def burst() -> None:
        app = CleanPaths(slow, 8000, api_id)
        await asyncio.gather(*(app(_scope("/snap", 8000), None, None) for _ in range(5 * AT_ONCE)))

    asyncio.run(burst())
    assert most == AT_ONCE

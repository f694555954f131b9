"""When Chromium may keep shared memory where Linux does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pagelapse.adapters.browser.shared_memory import ON_DISK, ROOM, needless_switches


def _with_room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    block = 4096
    values = [block, block, free // block, free // block, free // block, 0, 0, 0, 0, 255]
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(values))


def test_plenty_of_shared_memory_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a machine has room for several heavy pages, Playwright's switch to files is left out."""
    _with_room(monkeypatch, ROOM)
    assert needless_switches(tmp_path) == [ON_DISK]


def test_a_containers_shared_memory_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The 64 MB of an ordinary container would crash heavy pages, so they keep to files there."""
    _with_room(monkeypatch, 64 << 20)
    assert needless_switches(tmp_path) == []


def test_lambda_has_none(tmp_path: Path) -> None:
    """Where there is no such folder at all, as on Lambda, files are used."""
    assert needless_switches(tmp_path / "missing") == []

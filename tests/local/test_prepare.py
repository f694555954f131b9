"""Getting a machine ready, as seen by the person at the keyboard."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pagelapse.local import environments
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.problem import Problem


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout on which nothing has been installed."""
    target = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "src", target / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copytree(REPOSITORY / "requirements", target / "requirements")
    return target


def _prepare(clone: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", "-m", "pagelapse.local.prepare", *options],
        env={"PATH": str(clone / "bin"), "PYTHONPATH": str(clone / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


def test_a_missing_npm_is_one_sentence(clone: Path) -> None:
    """On a machine without npm `make run` says so in one sentence before it downloads anything."""
    assert _one_sentence(_prepare(clone, "tools")).startswith("pagelapse: npm is missing")
    assert not (clone / ".venv").exists()


def test_a_taken_port_is_one_sentence(clone: Path) -> None:
    """With its port taken `make run` says so in one sentence before it installs anything."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        line = _one_sentence(_prepare(clone, "run", f"--port={taken}", "--allow-hosts="))
    assert line.startswith(f"pagelapse: Port {taken} is taken")
    assert not (clone / ".venv").exists()


def _fake_environment(folder: Path, script: str) -> Path:
    venv = folder / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n{script}\n')
    python.chmod(0o755)
    return venv


def _lock(folder: Path, name: str, text: str = "thing==1") -> Path:
    lock = folder / "requirements" / name
    lock.parent.mkdir(exist_ok=True)
    lock.write_text(text)
    return lock


def test_an_unchanged_lock_installs_nothing(tmp_path: Path) -> None:
    """The second preparation installs nothing, and a changed lock installs again."""
    venv, lock, calls = _fake_environment(tmp_path, "exit 0"), _lock(tmp_path, "local.txt"), tmp_path / "calls"
    environments.make(venv, (lock,))
    once = calls.read_text()
    assert "--require-hashes" in once
    environments.make(venv, (lock,))
    assert calls.read_text() == once
    environments.make(venv, (_lock(tmp_path, "local.txt", "thing==2"),))
    assert calls.read_text() == once * 2


def test_a_larger_environment_serves_too(tmp_path: Path) -> None:
    """After `make test` has installed everything, `make run` installs nothing."""
    venv, calls = _fake_environment(tmp_path, "exit 0"), tmp_path / "calls"
    local, dev = _lock(tmp_path, "local.txt"), _lock(tmp_path, "dev.txt")
    environments.make(venv, (dev,))
    once = calls.read_text()
    environments.make(venv, (local, dev))
    assert calls.read_text() == once


def test_a_failing_installation_is_told_and_tried_again(tmp_path: Path) -> None:
    """When pip fails its last error becomes one sentence, and the next run tries again."""
    venv, lock = _fake_environment(tmp_path, "echo 'ERROR: no route' >&2; exit 1"), _lock(tmp_path, "local.txt")
    for _ in range(2):
        with pytest.raises(Problem, match=r"^Could not install local\.txt \(ERROR: no route\): check the network"):
            environments.make(venv, (lock,))

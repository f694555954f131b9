"""Finding and ending the processes of one stack."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pagelapse.local import processes
from pagelapse.local.layout import Layout
from pagelapse.local.stop import reset, stop

_FAMILY = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"], env={})
print(child.pid, flush=True)
child.wait()
"""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[tuple[Path, int, int]]:
    """A process with a stack's `TMPDIR`, and its child, which has lost its environment."""
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    command = [sys.executable, "-c", _FAMILY]
    with subprocess.Popen(command, env={"TMPDIR": str(tmp)}, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        lines = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
        (child,) = lines - {"up"}
        yield tmp, parent.pid, int(child)
        parent.kill()


def test_a_stacks_processes_are_found(family: tuple[Path, int, int]) -> None:
    """A stack's processes are known by its folder, and so is what they started with another environment."""
    tmp, parent, child = family
    assert processes.belonging_to(tmp) == sorted([parent, child])
    assert processes.belonging_to(tmp.parent / "other") == []


def test_an_abandoned_stack_is_ended(family: tuple[Path, int, int]) -> None:
    """`make stop` ends everything of a stack whose supervisor is gone."""
    tmp, parent, child = family
    processes.end_all(tmp, patience_s=5)
    assert processes.belonging_to(tmp) == []
    assert [processes.command(pid) for pid in (parent, child)] == ["", ""]


def test_stopping_what_does_not_run_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`make stop` with nothing running says so and succeeds."""
    stop(Layout(state=tmp_path))
    assert capsys.readouterr().out == "==> Nothing is running\n"


def test_a_process_of_the_same_number_is_not_mistaken_for_a_stack(tmp_path: Path) -> None:
    """A process id that has been given to somebody else meanwhile is never stopped."""
    layout = Layout(state=tmp_path)
    layout.running.write_text(f"{os.getpid()} 1")
    stop(layout)


def test_a_reset_removes_the_data_and_keeps_the_tools(tmp_path: Path) -> None:
    """`make reset` removes accounts, keys and pictures, and nothing that would have to be downloaded again."""
    layout = Layout(state=tmp_path / ".local", repository=tmp_path)
    for file in (layout.services / "dynamodb.json", layout.objects / "b" / "k", layout.env, layout.chromium):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    reset(layout)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [layout.chromium]

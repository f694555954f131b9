"""What the operator's commands say on a machine that has no AWS account."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pagelapse.local.layout import REPOSITORY


def _run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, where there is a region and no credentials."""
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "PYTHONPATH": str(REPOSITORY / "src"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": "us-east-1",
        **variables,
    }
    line = [sys.executable, "-m", "pagelapse.cli", *command]
    return subprocess.run(line, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    "command", [("account", "create", "My site"), ("key", "list", "0123456789ab"), ("dlq", "list")], ids=" ".join
)
def test_missing_credentials_are_named(command: tuple[str, ...], tmp_path: Path) -> None:
    """Without credentials a command ends with one line that says so."""
    done = _run(tmp_path, *command, PAGELAPSE_TABLE_NAME="table")
    assert (done.returncode, done.stderr) == (1, "pagelapse: Unable to locate credentials\n")


def test_a_missing_table_is_named_by_its_variable(tmp_path: Path) -> None:
    """Without the table's name a command ends with one line that names the variable to set."""
    done = _run(tmp_path, "account", "create", "My site")
    assert (done.returncode, done.stderr) == (1, "pagelapse: PAGELAPSE_TABLE_NAME: Field required\n")

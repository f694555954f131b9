"""What `make sam-local` says where something is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pagelapse.local import sam_local
from pagelapse.local.problem import Problem

WORKS = "#!/bin/sh\nexit 0\n"
DOES_NOT_RUN = "#!/bin/sh\necho 'Cannot connect to the Docker daemon.' >&2\nexit 1\n"
WITHOUT_COMPOSE = """#!/bin/sh
test "$1" = info && exit 0
echo "docker: unknown command: docker compose" >&2
exit 1
"""
CANNOT_PULL = """#!/bin/sh
test "$1" = info -o "$2" = version && exit 0
echo "localstack Pulling" >&2
echo "Error response from daemon: no such host" >&2
exit 18
"""


def _docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if script is not None:
        docker = tmp_path / "docker"
        docker.write_text(script)
        docker.chmod(0o700)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (None, "Docker is missing"),
        (DOES_NOT_RUN, "Docker does not run (Cannot connect to the Docker daemon.)."),
        (WITHOUT_COMPOSE, "compose plugin is missing"),
        (CANNOT_PULL, "(Error response from daemon: no such host)."),
    ],
)
def test_what_is_missing_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, told: str
) -> None:
    """Without Docker, its compose plugin or LocalStack's image, one line says which of them it is."""
    _docker(tmp_path, monkeypatch, script)
    with pytest.raises(Problem) as problem:
        sam_local.start_localstack()
    assert told in str(problem.value)
    assert "\n" not in str(problem.value)


def test_localstack_is_started_where_nothing_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Docker and its plugin are there, LocalStack is started without a word of complaint."""
    _docker(tmp_path, monkeypatch, WORKS)
    sam_local.start_localstack()

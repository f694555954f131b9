"""`snap` between two invocations: Lambda freezes it whenever it has answered."""

from __future__ import annotations

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import cold_start
from benchmarks.cold.sandbox import Sandbox, disk, missing
from benchmarks.cold.site import serve

pytestmark = pytest.mark.docker

AFTER_S = (0, 0.05, 0.1, 0.15, 0.3)
"""How long after an answer the sandbox is frozen: before, while and after the next page is made ready."""

FROZEN_S = 1.5
PAGES = ("simple", "simple", "simple", "simple", "simple", "tall", "simple", "webgl", "simple", "simple")


@pytest.fixture
def tmp() -> Iterator[Path]:
    """A disk for /tmp, as large as Lambda's."""
    if not (cold_start.BUILD / "template.yaml").is_file():
        pytest.skip("nothing was built: run `make build`")
    if (reason := missing()) is not None or os.geteuid():
        pytest.skip(reason or "a disk of its own takes root")
    with disk(2048) as folder:
        yield folder


def _results(command: list[str], name: str, errors: Path) -> list[dict[str, object]]:
    """What the captures came to, with the sandbox frozen for a while after each of them."""
    results = []
    with (
        errors.open("w") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as sandbox,
    ):
        assert sandbox.stdout is not None
        for line in sandbox.stdout:
            if line.startswith("RESULT"):
                results.append(json.loads(line.removeprefix("RESULT")))
                time.sleep(AFTER_S[len(results) % len(AFTER_S)])
                for state in ("pause", "unpause"):
                    subprocess.run(["docker", state, name], capture_output=True, check=True)
                    time.sleep(FROZEN_S if state == "pause" else 0)
    return results


def test_a_frozen_browser_takes_the_next_picture(tmp: Path, tmp_path: Path) -> None:
    """However soon after its answer Lambda freezes `snap`, the next picture comes as if nothing had been."""
    name = f"pagelapse-frozen-{uuid.uuid4().hex[:8]}"
    with serve() as site, cold_start.function() as (opt, task):
        named = [(page, f"{page}-{number}") for number, page in enumerate(PAGES)]
        jobs = [cold_start.job(site, page, job, **cold_start.HARD[page]) for page, job in named]
        variables = cold_start.variables(site, jobs)
        command = Sandbox(name=name).command(cold_start.COLD / "frozen.py", opt, task, variables, tmp)
        results = _results(command, name, tmp_path / "errors")
    expected = [{"job": job, "failure": None, "shortfall": None} for _, job in named]
    assert results == expected, (tmp_path / "errors").read_text()[-4000:]

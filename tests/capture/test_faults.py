"""What a capture runs on breaks, at each of its steps."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.capture.conftest import Take
from tests.faults.ledger import FAULT, fault_row
from tests.pixels import RED, pixel
from tests.site.server import Site

from pagelapse.adapters.processes import descendants, kill_descendants
from pagelapse.capture import pipeline, steps
from pagelapse.capture.actions import Click
from pagelapse.capture.steps import Shooting

pytestmark = pytest.mark.browser

Tell = Callable[..., None]
EVERYTHING: dict[str, Any] = {
    "cookie_banners": "hide",
    "style": "i { color: red }",
    "hide": ("i",),
    "script": "document.title = 'ran'",
    "actions": (Click(type="click", selector="body"),),
    "scroll": True,
    "wait_for_selector": "body",
    "delay_ms": 1,
    "inventory": True,
}
"""Has each step do something."""

SHOOTING = "the picture"
STEPS = [*dict.fromkeys(step.__name__ for step in pipeline.STEPS if step is not steps.render_html), SHOOTING]
DRIVERS_STEPS = ("open_page", "run_script", SHOOTING)


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Tell:
    """Notes a row of the table."""
    return lambda *given, **columns: record_property(FAULT, fault_row(*given, **columns))


def _once_before(step: str, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> list[str]:
    """Do something the first time that a capture comes to a step; returns the list that it will then be in."""
    done: list[str] = []

    def acting(original: Callable[[Shooting], Awaitable[Any]]) -> Callable[[Shooting], Awaitable[Any]]:
        async def wrapped(s: Shooting) -> Any:
            if not done:
                done.append(step)
                act()
            return await original(s)

        return wrapped

    if step == SHOOTING:
        monkeypatch.setitem(pipeline._FILES, "image", acting(pipeline._FILES["image"]))
    else:
        changed = tuple(acting(each) if each.__name__ == step else each for each in pipeline.STEPS)
        monkeypatch.setattr(pipeline, "STEPS", changed)
    return done


@pytest.mark.parametrize("step", STEPS)
def test_chromium_is_killed_at_each_step(
    take: Take, site: Site, chromium_path: Path, monkeypatch: pytest.MonkeyPatch, told: Tell, step: str
) -> None:
    """A Chromium that is killed before any step of a capture is replaced, and the capture gives the true picture."""
    done = _once_before(step, monkeypatch, lambda: kill_descendants(chromium_path))
    taken = take(url=site.url("/simple.html"), **EVERYTHING)
    assert (pixel(taken.file.body, 100, 50), done) == (RED, [step])
    assert len(site.seen("/simple.html")) == (1 if step == "open_page" else 2)
    told(f"chromium is killed before {step}", "the picture, at the second try")


@pytest.mark.parametrize("step", DRIVERS_STEPS)
def test_the_driver_is_killed(
    take: Take, site: Site, chromium_path: Path, monkeypatch: pytest.MonkeyPatch, told: Tell, step: str
) -> None:
    """When Playwright's own process is killed, it and its browser are replaced; neither is left running."""

    def kill() -> None:
        for pid in descendants(os.getpid()):
            with suppress(OSError):  # one that has just ended by itself
                if Path(f"/proc/{pid}/exe").readlink().name == "node":
                    os.kill(pid, signal.SIGKILL)

    done = _once_before(step, monkeypatch, kill)
    taken = take(url=site.url("/simple.html"), **EVERYTHING)
    assert (pixel(taken.file.body, 100, 50), done) == (RED, [step])
    told(f"node is killed before {step}", "the picture, at the second try")


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="only root can make a small /tmp")
def test_a_full_tmp(chromium_path: Path, tmp_path: Path, told: Tell) -> None:
    """With a full /tmp a capture fails as other lost browsers do; with room again it succeeds, and nothing is left."""
    # Without room in /dev/shm, as on Lambda, Chromium's shared memory is in /tmp too.
    command = 'mount -t tmpfs -o size=1m none /dev/shm && mount -t tmpfs -o size=24m none "$0" && exec "$@"'
    program = [sys.executable, "-m", "tests.faults.full_tmp", str(chromium_path)]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": f"src:{Path.cwd()}"}
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", command, str(tmp_path), *program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if "mount" in done.stderr and not done.stdout:
        pytest.skip(f"no small /tmp here: {done.stderr.strip()[:100]}")
    said = json.loads(done.stdout)
    assert said.pop("full under a warm browser") in ("picture", "browser_lost")
    assert said == {
        "full from the start": "browser_lost",
        "room again": "picture",
        "room once more": "picture",
        "left": [],
    }
    told("the disk is full", "browser_lost; with room again the picture")

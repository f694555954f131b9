"""What `api` does for SnapStart."""

from __future__ import annotations

import random
import subprocess
import sys
from types import SimpleNamespace

import pytest

from pagelapse.api import snapshots
from pagelapse.local.layout import REPOSITORY


@pytest.mark.slow
def test_a_snapshot_holds_every_dialect() -> None:
    """Before the snapshot is taken every dialect is imported, so that no first request pays for it."""
    script = (
        "import sys; from pagelapse.api import snapshots; snapshots.load();"
        "from pagelapse.dialects.registry import DIALECTS;"
        "assert all(f'pagelapse.dialects.{each.name}.routes' in sys.modules for each in DIALECTS)"
    )
    subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(REPOSITORY / "src")}, check=True)


def test_instances_of_one_snapshot_differ() -> None:
    """After a restore the dice are thrown anew: two instances of one snapshot do not retry in step."""
    random.seed(1)
    same = random.random()  # noqa: S311
    random.seed(1)
    snapshots.diverge()
    assert random.random() != same  # noqa: S311


def test_both_hooks_are_registered_where_lambda_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's Python is told what to call before a snapshot and after a restore; elsewhere nothing happens."""
    snapshots.register()
    told: dict[str, object] = {}
    hooks = SimpleNamespace(
        register_before_snapshot=lambda hook: told.update(before=hook),
        register_after_restore=lambda hook: told.update(after=hook),
    )
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", hooks)
    snapshots.register()
    assert told == {"before": snapshots.load, "after": snapshots.diverge}

"""Gets the accessibility rules that the tests of the pages run in the browser."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pagelapse.local import packages
from pagelapse.local.pins import AXE


def install(script: Path) -> None:
    """Download and check the rules, and put them at `script`.

    Raises:
        Problem: When npm is missing or the download fails.
    """
    script.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=script.parent) as scratch:
        (tarball,) = packages.download([AXE], Path(scratch), what="axe-core")
        (found,) = packages.extract(tarball, AXE, Path(scratch) / "files")
        found.rename(script)

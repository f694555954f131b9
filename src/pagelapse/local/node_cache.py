"""What node compiled of its driver's JavaScript, for the layer: reading it takes a third of the time of compiling.

"Module compile cache" in Node's documentation of `node:module`: a portable cache names files by their way from the
cache's folder, so the files lie here to each other as they will on Lambda.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

from pagelapse.adapters import unpacking
from pagelapse.local.problem import Problem

DRIVER = Path("playwright/driver/package")
_TIMEOUT_S = 120


def fill(folder: Path, node: Path) -> None:
    """Fill `folder` with what `node` compiles until Playwright's driver is ready.

    Node puts it in a folder whose name ends with the user's number; that end is left off here, see `unpacking`.

    Raises:
        Problem: When node does not run, or keeps nothing.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        driver = root / "opt" / "python" / DRIVER
        shutil.copytree(Path(sysconfig.get_path("purelib")) / DRIVER, driver, ignore=shutil.ignore_patterns("vite"))
        cache = root / unpacking.FOLDER.relative_to("/") / unpacking.NODE_CACHE
        cache.mkdir(parents=True)
        done = subprocess.run(
            [node, driver / "cli.js", "run-driver"],
            input=b"",
            env={"NODE_COMPILE_CACHE": str(cache), "NODE_COMPILE_CACHE_PORTABLE": "1", "HOME": scratch},
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        made = list(cache.glob(f"*-{os.getuid()}"))
        if done.returncode or not made:
            raise Problem(f"Playwright's driver did not run ({done.stderr.decode(errors='replace').strip()[-200:]}).")
        for kept in made:
            shutil.copytree(kept, folder / kept.name.removesuffix(f"-{os.getuid()}"))

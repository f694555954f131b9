"""Installs the peers, at pinned versions, into `.local/peers`; a second time this takes milliseconds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pagelapse.local import packages
from pagelapse.local.layout import REPOSITORY, Layout
from pagelapse.local.pins import NODE

FOLDER = REPOSITORY / ".local" / "peers"
NODE_FOLDER = FOLDER / "node"

NPM = {
    "capture-website": {"capture-website": "5.1.0"},
    "pageres": {"pageres": "9.0.0"},
    "puppeteer": {"puppeteer-core": "25.16.0"},
    "playwright": {"playwright-core": "1.65.1"},
    "browserless": {"browserless": "10.12.13", "puppeteer": "24.43.1"},
}
"""Folder, and what is in it. Later versions of browserless depend on packages that were not published."""

SHOT_SCRAPER = ("shot-scraper==1.12", "playwright==1.65.2")
PLAYWRIGHT_SHELL = Path("chromium_headless_shell-1255") / "chrome-headless-shell-linux64" / "chrome-headless-shell"
"""Where this Playwright looks for its browser, below PLAYWRIGHT_BROWSERS_PATH; shot-scraper lets nobody choose it."""


def node() -> Path:
    """A Node as recent as the peers ask for.

    Raises:
        Problem: When npm can't bring it.
    """
    program = NODE_FOLDER / "node"
    if not program.is_file():
        with tempfile.TemporaryDirectory() as scratch:
            (tarball,) = packages.download([NODE], Path(scratch), what="Node")
            packages.extract(tarball, NODE, NODE_FOLDER)
        program.chmod(0o755)
    return program


def npm(name: str) -> Path:
    """The folder that holds `node_modules`.

    Raises:
        RuntimeError: With npm's own reason.
    """
    folder = FOLDER / name
    wanted = json.dumps({"name": f"peer-{name}", "private": True, "dependencies": NPM[name]})
    manifest = folder / "package.json"
    if not manifest.is_file() or manifest.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(wanted)
        environment = {**os.environ, "PATH": f"{node().parent}:{os.environ['PATH']}", "PUPPETEER_SKIP_DOWNLOAD": "1"}
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"]
        _run(command, folder, environment)
    return folder


def shot_scraper() -> Path:
    """The Python of an environment that holds it.

    Raises:
        RuntimeError: With pip's own reason.
    """
    folder = FOLDER / "shot-scraper"
    stamp = folder / ".complete"
    if not stamp.is_file() or stamp.read_text() != " ".join(SHOT_SCRAPER):
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], FOLDER)
        _run([str(folder / "bin" / "pip"), "install", "--quiet", *SHOT_SCRAPER], FOLDER)
        stamp.write_text(" ".join(SHOT_SCRAPER))
    shell = FOLDER / "browsers" / PLAYWRIGHT_SHELL
    shell.parent.mkdir(parents=True, exist_ok=True)
    shell.unlink(missing_ok=True)
    shell.symlink_to(Layout().chromium)
    return folder / "bin" / "python"


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        (folder / "package.json").unlink(missing_ok=True)
        reasons = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise RuntimeError((reasons or [done.stderr.strip() or "no reason given"])[-1][:200])

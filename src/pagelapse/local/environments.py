"""Makes the virtual environments from their locks; nothing happens while a lock is unchanged."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

from pagelapse.local.problem import Problem, tell

_PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "--retries", "1")


def need_python() -> None:
    """Pass on Python 3.11 or later.

    Raises:
        Problem: On an older one.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - the operator's own Python, not the project's
        raise Problem("Python 3.11 or later is needed: run `make run PYTHON=python3.11`.")


def make(venv: Path, locks: tuple[Path, ...], *, editable: Path | None = None) -> None:
    """Bring `venv` to what `locks` say, with every download checked against the locks' hashes.

    Args:
        venv: The environment's folder.
        locks: Of which the last contains the others; an environment made from it serves for them too.
        editable: A project to install for editing, without its dependencies.

    Raises:
        Problem: When pip fails.
    """
    if any(_stamp(venv, lock).exists() for lock in locks):
        return
    lock = locks[0]
    python = venv / "bin" / "python"
    tell(f"Installing {lock.relative_to(lock.parents[1])} into {venv.name}")
    if not python.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(venv)], "make a virtual environment")
    _run([str(python), *_PIP, "install", "--require-hashes", "-r", str(lock)], f"install {lock.name}")
    if editable is not None:
        command = [*_PIP, "install", "--no-deps", "--no-build-isolation", "-e", str(editable)]
        _run([str(python), *command], "install pagelapse")
    for old in venv.glob(f".made-from-{lock.stem}-*"):
        old.unlink()
    _stamp(venv, lock).touch()


def _stamp(venv: Path, lock: Path) -> Path:
    version = "{}.{}".format(*sys.version_info)
    digest = hashlib.sha256(lock.read_bytes() + version.encode() + bytes(lock.parents[1])).hexdigest()[:16]
    return venv / f".made-from-{lock.stem}-{digest}"


def _run(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"Could not {what} ({_reason(done.stderr or done.stdout)}): check the network and try again.")


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if re.match(r"\s*(ERROR|error)", line)]
    return (lines or output.strip().splitlines() or ["no reason given"])[-1][:200]

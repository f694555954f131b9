"""Compiles a layer's Python files for Lambda's Python, which the building machine need not have."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from pagelapse.local import packages
from pagelapse.local.pins import PYTHON_IN_WASM
from pagelapse.local.problem import Problem

RUNTIME = "3.13"
"""Lambda's Python, as the template names it; bytecode is the same for all its patch releases and all machines."""

_TIMEOUT_S = 300


def compile_folder(folder: Path, destination: str, *, sourceless: bool = False) -> None:
    """Compile the Python files below `folder`; equal files give equal bytes.

    The bytecode is not compared with its source when it is loaded, since nobody changes a layer's files.

    Args:
        folder: What to compile.
        destination: Where the folder will be, for tracebacks.
        sourceless: Whether the bytecode replaces the files, instead of lying in `__pycache__` beside them.

    Raises:
        Problem: When the compiler can't be had, or a file is no Python.
    """
    with tempfile.TemporaryDirectory() as scratch:
        packages.need_tools("npm", "node")
        (tarball,) = packages.download([PYTHON_IN_WASM], Path(scratch))
        packages.extract(tarball, PYTHON_IN_WASM, Path(scratch) / "python")
        script = Path(__file__).with_name("bytecode.mjs")
        module = Path(scratch) / "python" / "pyodide.mjs"
        form = "sourceless" if sourceless else "beside"
        done = subprocess.run(
            ["node", str(script), str(module), str(folder), destination, RUNTIME, form],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1][:200]
        raise Problem(f"The layer's Python files could not be compiled ({reason}).")
    if sourceless:
        for source in folder.rglob("*.py"):
            source.unlink()

"""The folder where a browser and its driver keep their files, so that nothing of a killed one stays."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = re.compile(r"pagelapse-browser-(\d+)-\w+")
"""With the id of the process that it belongs to."""


class Scratch:
    """A folder of this process's own in the system's folder for temporary files."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    @property
    def folder(self) -> Path | None:
        """Where it is, once it is in use."""
        return self._folder

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """For the length of the block, let processes that are started keep their files in a new folder."""
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=f"pagelapse-browser-{os.getpid()}-"))
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(self._folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before

    def clear(self) -> None:
        """Remove the folder; what still writes there must have been killed."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove the folders of processes that are gone."""
    for folder in Path(tempfile.gettempdir()).glob("pagelapse-browser-*"):
        found = _NAME.fullmatch(folder.name)
        if found and not _is_alive(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

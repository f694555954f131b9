"""Where Chromium is on this machine, and what its process is given."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def chromium_executable(where: Path) -> Path:
    """The executable to launch.

    Args:
        where: The executable itself, or a folder that holds it.

    Raises:
        FileNotFoundError: When it is not there; the message says which setting names the place.
    """
    if where.is_file():
        return where
    if (where / "chromium").is_file():
        return where / "chromium"
    raise FileNotFoundError(f"no Chromium at {where}: set PAGELAPSE_CHROMIUM to its executable")


def browser_environment(executable: Path, temporary: Path | None = None) -> dict[str, str | float | bool]:
    """The whole environment of the browser's process: nothing of ours, so no credential is in it.

    Args:
        executable: With its libraries and fonts beside it.
        temporary: Where it may put its temporary files; by default where everybody does.
    """
    folder = executable.parent
    fonts = folder / "fonts" / "fonts.conf"
    environment: dict[str, str | float | bool] = {
        "HOME": tempfile.gettempdir(),
        "TMPDIR": str(temporary or tempfile.gettempdir()),
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": str(folder / "lib"),
    }
    if fonts.is_file():
        environment["FONTCONFIG_FILE"] = str(fonts)
    return environment

"""Where Chromium's processes share memory: what is painted, and every picture before it is encoded."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path("/dev/shm")  # noqa: S108 - Chromium's own place; nothing is written to it from here
ROOM = 2 << 30
"""Bytes. A page of 200 large images shares about 620 MB, and several browsers may run side by side."""

ON_DISK = "--disable-dev-shm-usage"


def needless_switches(folder: Path = FOLDER) -> list[str]:
    """Playwright's own switches that this machine can do without.

    Playwright keeps shared memory in files, since containers have 64 MB of the real thing and Lambda none: a page that
    needs more crashes. Where there is plenty, a tall picture takes a fifth less time.
    """
    return [ON_DISK] if _free_bytes(folder) >= ROOM else []


def _free_bytes(folder: Path) -> int:
    if not os.access(folder, os.W_OK):
        return 0
    left = os.statvfs(folder)
    return left.f_bavail * left.f_frsize

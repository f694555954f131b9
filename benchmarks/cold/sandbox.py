"""An imitation of Lambda's sandbox: read-only root, /tmp on disk, no /dev/shm, no user namespaces, few cores."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
PYTHON = "/var/lang/bin/python"


@dataclass(frozen=True)
class Sandbox:
    """How much a function is given."""

    memory_mb: int = 2048
    tmp_mb: int = 2048
    cpus: float = 1.2
    name: str = ""
    """Of its container; empty leaves that to Docker."""

    def run(self, script: Path, opt: Path, task: Path, variables: dict[str, str], timeout_s: float = 600) -> str:
        """Run `script` in a fresh sandbox and return what it prints.

        Args:
            script: Found at `/var/task` together with the function's own files.
            opt: The layers, merged.
            task: The function's files.
            variables: The environment.
            timeout_s: Until it is given up.

        Raises:
            subprocess.CalledProcessError: When the script fails; its errors are printed.
        """
        with disk(self.tmp_mb) as tmp:
            command = self.command(script, opt, task, variables, tmp)
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-4000:], sep="\n")
            done.check_returncode()
        return done.stdout

    def command(self, script: Path, opt: Path, task: Path, variables: dict[str, str], tmp: Path) -> list[str]:
        """The command line that runs `script` with a folder for its /tmp; the rest is as for `run`."""
        mounts = [f"{opt}:/opt:ro", f"{task}:/var/task:ro", f"{script.parent}:/var/cold:ro", f"{tmp}:/tmp"]
        environment = {"PYTHONPATH": "/var/task:/opt/python", "LANG": "en_US.UTF-8", **variables}
        command = ["docker", "run", "--rm", "--read-only", "--network=host", "--ipc=none", "--cap-drop=ALL"]
        command += [f"--memory={self.memory_mb}m", f"--memory-swap={self.memory_mb}m", f"--cpus={self.cpus}"]
        command += ["--security-opt=no-new-privileges", "--user=993:990", f"--entrypoint={PYTHON}"]
        command += [f"--name={self.name}"] if self.name else []
        command += [part for mount in mounts for part in ("--volume", mount)]
        command += [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        return [*command, IMAGE, f"/var/cold/{script.name}"]


def missing() -> str | None:
    """Why no sandbox can be had here; `None` when it can."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    done = subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"docker has no image {IMAGE}, or does not run"


@contextmanager
def disk(size_mb: int) -> Iterator[Path]:
    """A folder on a file system of its own, as large as Lambda's /tmp; needs root."""
    with tempfile.TemporaryDirectory(prefix="sandbox-") as scratch:
        image, folder = Path(scratch) / "disk", Path(scratch) / "tmp"
        folder.mkdir()
        subprocess.run(["truncate", f"--size={size_mb}M", image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image], check=True)
        subprocess.run(["mount", "-o", "loop,noatime", image, folder], check=True)
        try:
            folder.chmod(0o1777)
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def merged(parts: list[Path], into: Path) -> Path:
    """Layers as Lambda lays them over each other in /opt."""
    for part in parts:
        shutil.copytree(part, into, dirs_exist_ok=True, symlinks=True)
    return into

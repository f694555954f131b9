"""The plain recipe: Playwright from its wheel, brotli as shipped, unpacked one after the other, then one picture."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
import time
from pathlib import Path

BORN = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
MARKS: dict[str, float] = {}


def mark(name: str) -> None:
    """Note the seconds since the process began."""
    MARKS.setdefault(name, time.clock_gettime(time.CLOCK_BOOTTIME) - BORN)


def cpu_seconds() -> float:
    """What all processes of the sandbox have used; unlike time, it hardly depends on what else the machine does."""
    usage = Path("/sys/fs/cgroup/cpuacct/cpuacct.usage")
    if usage.exists():
        return int(usage.read_text()) / 1e9
    stat = dict(line.split() for line in Path("/sys/fs/cgroup/cpu.stat").read_text().splitlines())
    return int(stat["usage_usec"]) / 1e6


mark("python")

import boto3  # noqa: E402
import brotli  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

mark("imported")
layer, folder = Path("/opt/chromium"), Path(tempfile.gettempdir()) / "chromium"
folder.mkdir()
executable = folder / "chromium"
executable.write_bytes(brotli.decompress((layer / "chromium.br").read_bytes()))
executable.chmod(0o700)
for name in ("swiftshader", "al2023"):
    archive = folder / f"{name}.tar"
    archive.write_bytes(brotli.decompress((layer / f"{name}.tar.br").read_bytes()))
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
mark("chromium unpacked")
environment = {"HOME": tempfile.gettempdir(), "LD_LIBRARY_PATH": str(folder / "lib")}
environment["FONTCONFIG_FILE"] = str(layer / "fonts" / "fonts.conf")
playwright = sync_playwright().start()
mark("node started")
browser = playwright.chromium.launch(executable_path=executable, env={**environment})
mark("launched")
(event,) = json.loads(os.environ["JOBS"])[:1]
page = browser.new_page(viewport={"width": 1280, "height": 800})
page.goto(event["options"]["url"])
picture = page.screenshot(type="jpeg", quality=80)
boto3.client("s3").put_object(Bucket=os.environ["PAGELAPSE_BUCKET_NAME"], Key="pictures/plain.jpeg", Body=picture)
mark("first picture")
MARKS["(processor)"] = cpu_seconds()
print("MARKS", json.dumps(MARKS), flush=True)
os._exit(0)

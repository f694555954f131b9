"""How long `snap` takes from a cold start to its first picture, beside the plain recipe, in an imitation of Lambda.

Needs Docker, root, an image of Lambda's Python 3.13, and what `make build` made. `--pages` then goes through pages that
are hard on memory and on /tmp, and keeps their pictures.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cold.sandbox import Sandbox, merged, missing
from benchmarks.cold.site import Site, serve
from pagelapse.local import chromium
from pagelapse.local.layout import REPOSITORY

LIMIT = 0.5
"""What ours may take of the plain recipe's time."""

BUILD = REPOSITORY / ".aws-sam" / "build"
COLD = Path(__file__).parent / "cold"
HARD = {
    "simple": {},
    "cjk": {},
    "webgl": {},
    "tall": {"full_page": True},
    "heavy": {"full_page": True},
}
"""Options of the capture of each page of `benchmarks.cold.site`."""


def job(site: Site, page: str, name: str, **options: Any) -> dict[str, Any]:
    """A job as `api` sends it."""
    shot = {"type": "jpeg", "quality": 80, "viewport": {"width": 1280, "height": 800}, **options}
    return {
        "kind": "capture",
        "job_id": name,
        "account_id": "0123456789ab",
        "options": {"url": f"{site.url}/{page}", **shot},
        "key_prefix": f"pictures/{name}",
    }


def variables(site: Site, jobs: list[dict[str, Any]]) -> dict[str, str]:
    """The function's environment."""
    return {
        "JOBS": json.dumps(jobs),
        "PAGELAPSE_BUCKET_NAME": "bucket",
        "PAGELAPSE_RESULT_QUEUE_URL": f"{site.url}/queue",
        "PAGELAPSE_CHROMIUM": "/opt/chromium",
        "PAGELAPSE_ALLOW_HOSTS": site.host,
        "POWERTOOLS_LOG_LEVEL": "ERROR",
        "POWERTOOLS_SERVICE_NAME": "pagelapse",
        "AWS_ENDPOINT_URL": site.bucket_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


@contextmanager
def function() -> Iterator[tuple[Path, Path]]:
    """`snap` as it was built: its merged layers, and its own files."""
    with tempfile.TemporaryDirectory() as scratch:
        layers = [BUILD / name for name in ("ApplicationLayer", "SnapPackagesLayer", "ChromiumLayer")]
        yield merged(layers, Path(scratch) / "opt"), BUILD / "SnapFunction"


@contextmanager
def plain_recipe() -> Iterator[tuple[Path, Path]]:
    """Playwright, brotli and boto3 as their wheels have them, and Chromium as its npm package has it."""
    with tempfile.TemporaryDirectory() as scratch:
        opt = Path(scratch) / "opt"
        target = (
            "--target",
            str(opt / "python"),
            "--python-platform",
            "x86_64-manylinux_2_28",
            "--python-version",
            "3.13",
        )
        install = [str(REPOSITORY / ".venv/bin/uv"), "pip", "install", "--quiet", "--only-binary", ":all:", *target]
        lock = REPOSITORY / "requirements" / "runtime.txt"
        subprocess.run([*install, "--constraint", str(lock), "playwright", "brotli", "boto3"], check=True)
        chromium.fetch(Path(scratch), opt / "chromium", Path("/opt/chromium/fonts"))
        libatomic = next(Path("/usr/lib/x86_64-linux-gnu").glob("libatomic.so.1"), None)
        if libatomic is not None:
            (opt / "lib").mkdir()
            (opt / "lib" / libatomic.name).write_bytes(libatomic.read_bytes())
        yield opt, COLD


def results(output: str, word: str) -> list[dict[str, Any]]:
    """The JSON lines of one kind."""
    return [json.loads(line.removeprefix(word)) for line in output.splitlines() if line.startswith(word)]


def compare(sandbox: Sandbox, site: Site, runs: int) -> float:
    """Print the medians of both, and how they come about; return their ratio."""
    # Neither waits for the page to be quiet after it has loaded.
    jobs = variables(site, [job(site, "simple", "cold", delay_ms=0)])
    marks: dict[str, list[dict[str, float]]] = {"ours": [], "plain": []}
    with function() as ours, plain_recipe() as plain:
        for _ in range(runs):
            theirs = sandbox.run(COLD / "plain.py", *plain, {**jobs, "LD_LIBRARY_PATH": "/opt/lib"})
            marks["plain"] += results(theirs, "MARKS")
            marks["ours"] += results(sandbox.run(COLD / "ours.py", *ours, jobs), "MARKS")
    first = {name: median(run["first picture"] for run in each) for name, each in marks.items()}
    for name, each in marks.items():
        print(f"{name}, seconds since the process began (median of {runs}):")
        for step in sorted(each[0], key=lambda step: median(run[step] for run in each)):
            print(f"  {step:<18}{median(run[step] for run in each):7.3f}")
    ratio = first["ours"] / first["plain"]
    print(f"cold start: {first['ours']:.2f} s by {first['plain']:.2f} s = {ratio:.2f}, at most {LIMIT}")
    return ratio


def tell_pages(found: list[dict[str, Any]]) -> None:
    """Print what each page took: seconds, and MB of memory and of /tmp right after the picture."""
    heading = f"{'page':<8}{'pictures':>9}{'first':>8}{'median':>8}{'most':>8}"
    print(f"{heading}  memory first, last, most   /tmp most  processes")
    for page in HARD:
        lines = [line for line in found if line["job"].partition("-")[0] == page]
        took, memory = [line["seconds"] for line in lines], [line["memory_mb"] for line in lines]
        print(f"{page:<8}{len(lines):9}{took[0]:8.2f}{median(took):8.2f}{max(took):8.2f}", end="  ")
        print(f"{memory[0]:12.0f}{memory[-1]:6.0f}{max(memory):6.0f}", end="   ")
        print(f"{max(line['tmp_mb'] for line in lines):9.0f}{max(line['processes'] for line in lines):11}")


def hard_pages(sandbox: Sandbox, site: Site, rounds: int, pictures: Path) -> list[str]:
    """Picture each hard page, then all of them in turn, `rounds` pictures more; return what went wrong."""
    names = [*HARD, *(f"{page}-{i}" for i, page in zip(range(rounds), itertools.cycle(HARD), strict=False))]
    jobs = [job(site, name.partition("-")[0], name, **HARD[name.partition("-")[0]]) for name in names]
    with function() as ours:
        found = results(sandbox.run(COLD / "ours.py", *ours, variables(site, jobs)), "RESULT")
    tell_pages(found)
    for name in HARD:
        (key,) = [key for key in site.stored if key.startswith(f"pictures/{name}.")]
        (pictures / Path(key).name).write_bytes(site.stored[key])
    troubles = ((line["job"], line["failure"] or line["shortfall"]) for line in found)
    wrong = [f"{name}: {trouble}" for name, trouble in troubles if trouble]
    if not is_flat([line["memory_mb"] for line in found[len(HARD) :]]):
        wrong.append("memory grows")
    return wrong


def is_flat(memory: list[float]) -> bool:
    """Print how much the last ten pictures need beside the first ten; say whether that is about as much."""
    first, last = median(memory[:10] or [0]), median(memory[-10:] or [0])
    most = 1.1 * first + 20
    print(f"memory: {first:.0f} MB with the first ten, {last:.0f} with the last, at most {most:.0f}")
    return last <= most


def main() -> int:
    """Measure; exit status 1 when a limit is passed, 0 with a word when nothing can be measured here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pages", type=Path, metavar="FOLDER", help="picture the hard pages into FOLDER")
    parser.add_argument("--rounds", type=int, default=50, help="captures after the hard pages")
    arguments = parser.parse_args()
    if (reason := missing()) is not None:
        print(f"not measured: {reason}")
        return 0
    with serve() as site:
        wrong = []
        if arguments.runs and compare(Sandbox(), site, arguments.runs) > LIMIT:
            wrong.append("the cold start takes too long")
        if arguments.pages is not None:
            arguments.pages.mkdir(parents=True, exist_ok=True)
            wrong += hard_pages(Sandbox(), site, arguments.rounds, arguments.pages)
    for sentence in wrong:
        print(f"pagelapse: {sentence}")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())

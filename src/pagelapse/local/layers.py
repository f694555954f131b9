"""Fills the folders of Lambda's layers; the Makefiles in `layers/` call it.

`python -m pagelapse.local.layers chromium|filters|application|api-packages|snap-packages|pictures FOLDER`
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from pagelapse.adapters import unpacking
from pagelapse.adapters.unpacking import zstd
from pagelapse.local import botocore_data, bytecode, chromium, node_cache, packages, packing
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.pins import NODE
from pagelapse.local.problem import Problem, give_up

MTIME = 1_577_836_800
"""Of every file in a layer (seconds since 1970): the ZIP that is uploaded holds it, and equal input shall give equal
bytes."""

CHROMIUM_PARTS = 8
NODE_PARTS = 2

NEVER = ("bin", "**/tests", "**/*.pyi", "**/*.c", "**/*.h", "**/*.cpp", "**/*.hpp", "**/RECORD", "include")
"""What no function imports of the packages."""

MARKDOWN = ("markdownify*", "bs4", "beautifulsoup4*", "soupsieve*")
NOT_IN_API = ("playwright*", "greenlet*", "pyee*", "PIL", "pillow*", "backports*", *MARKDOWN)
NOT_IN_SNAP = (
    *("fastapi*", "starlette*", "mangum*", "pynamodb*", "python_multipart*", "multipart*", "tzdata*"),
    *("jinja2*", "markupsafe*"),
    *("httpx*", "httpcore*", "h11*", "anyio*", "idna*", "opentelemetry*", "annotated_doc*"),
    *(f"aws_lambda_powertools/{name}" for name in ("event_handler", "middleware_factory")),
    *(f"aws_lambda_powertools/utilities/{name}" for name in ("[a-i]*", "k*", "[m-s]*", "v*")),
    *("playwright/driver/node", "playwright/driver/package/types", "playwright/driver/package/lib/vite"),
    *("playwright/sync_api", "PIL/_imagingft*", "PIL/_imagingtk*", "PIL/_imagingcms*"),
    *(f"pillow.libs/lib{name}-*" for name in ("harfbuzz", "freetype", "brotlicommon", "brotlidec", "lcms2")),
)
"""Playwright's node is in the layer of Chromium, packed."""

SNAP_CALLS = {"s3": ("PutObject",), "sqs": ("SendMessage",)}
"""What `snap` asks AWS for; botocore needs the descriptions of these alone, and reads them on every cold start."""


def fill_application(folder: Path) -> None:
    """The pagelapse package, without what only the one-machine run uses."""
    ignore = shutil.ignore_patterns("__pycache__", "local")
    shutil.copytree(REPOSITORY / "src" / "pagelapse", folder / "python" / "pagelapse", ignore=ignore)
    bytecode.compile_folder(folder / "python", "/opt/python")


def fill_api_packages(folder: Path) -> None:
    """What every function but `snap` imports."""
    _install(folder / "python", NOT_IN_API)
    bytecode.compile_folder(folder / "python", "/opt/python")


def fill_snap_packages(folder: Path) -> None:
    """What `snap` imports, without its sources, which would take 13 MB beside their bytecode."""
    python = folder / "python"
    _install(python, NOT_IN_SNAP)
    botocore_data.trim(python / "botocore" / "data", SNAP_CALLS)
    for library in python.rglob("*.so*"):
        library.write_bytes(packing.stripped(library.read_bytes()))
    bytecode.compile_folder(python, "/opt/python", sourceless=True)


def fill_pictures(folder: Path) -> None:
    """Pillow alone, for a function that has what `api` imports."""
    python = folder / "python"
    _install(python, ())
    _remove(python, [path.name for path in python.iterdir() if not path.name.lower().startswith(("pil", "pillow"))])
    bytecode.compile_folder(python, "/opt/python")


def fill_chromium(folder: Path) -> None:
    """Chromium and node, packed, with their libraries and fonts; it will be `unpacking.LAYER`."""
    made = folder / "chromium"
    with tempfile.TemporaryDirectory() as scratch:
        chromium.fetch(Path(scratch), made, unpacking.LAYER / "fonts")
        executable, swiftshader = (made / name for name in unpacking.CHROMIUM[:2])
        chromium.unpack(made, executable.name, libraries=True)
        for program, parts in ((executable, CHROMIUM_PARTS), (swiftshader, 1)):
            program.write_bytes(packing.stripped(program.read_bytes()))
            _pack_program(program, made, parts)
        (tarball,) = packages.download([NODE], Path(scratch) / "node")
        (node,) = packages.extract(tarball, NODE, Path(scratch) / "node")
        node.write_bytes(packing.without_locales(packing.stripped(node.read_bytes())))
        node.chmod(0o755)
        node_cache.fill(made / unpacking.NODE_CACHE, node)
        _pack_program(node, made, NODE_PARTS)
    _pack_fonts(made)


def _pack_fonts(made: Path) -> None:
    for font in (made / "fonts").glob("NotoColorEmoji*"):
        # Chromium draws the outlines of its COLR table.
        font.write_bytes(packing.without_table(font.read_bytes(), b"SVG "))
    (made / unpacking.PACKED_FONTS).mkdir()
    for name in map(Path, unpacking.FONTS):
        font = made / "fonts" / name.name
        packing.pack(font.read_bytes(), made / name.parent, name.name, 1)
        font.unlink()
    configuration = made / "fonts" / "fonts.conf"
    also = f"<fontconfig>\n  <dir>{unpacking.FOLDER / unpacking.PACKED_FONTS}</dir>\n"
    configuration.write_text(configuration.read_text().replace("<fontconfig>\n", also))


def pack_filters(folder: Path) -> None:
    """Pack the rules of the filter lists that are there, which take a quarter of their room then."""
    for part in ("hosts", "hide"):
        for path in (folder / "filters").glob(f"*.{part}.json"):
            path.with_name(f"{path.name}.zst").write_bytes(zstd.compress(path.read_bytes(), packing.LEVEL))
            path.unlink()


FILL: dict[str, Callable[[Path], None]] = {
    "application": fill_application,
    "api-packages": fill_api_packages,
    "snap-packages": fill_snap_packages,
    "pictures": fill_pictures,
    "chromium": fill_chromium,
    "filters": pack_filters,
}


def _install(folder: Path, unwanted: Iterable[str]) -> None:
    lock = REPOSITORY / "requirements" / "runtime.txt"
    platform = ("--python-platform", "x86_64-manylinux_2_28", "--python-version", bytecode.RUNTIME)
    command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--require-hashes", "--no-build"]
    done = subprocess.run(
        [*command, *platform, "--link-mode", "copy", "--target", str(folder), "-r", str(lock)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"The packages could not be installed ({done.stderr.strip()[-200:]}): check the network.")
    _remove(folder, (*NEVER, *unwanted))


def _remove(folder: Path, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _pack_program(program: Path, folder: Path, parts: int) -> None:
    """Pack `program` into `folder`; it takes minutes, so what came out is kept for the next time."""
    content = hashlib.sha256(program.read_bytes()).hexdigest()
    recipe = f"{content} {parts} {packing.LEVEL} {packing.WINDOW_LOG} {zstd.zstd_version_info}"
    kept = REPOSITORY / ".local" / "packed" / f"{program.name}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
            packing.pack(program.read_bytes(), Path(scratch), program.name, parts)
            Path(scratch).rename(kept)
            Path(scratch).mkdir()
    program.unlink()
    for frame in kept.iterdir():
        shutil.copyfile(frame, folder / frame.name)


def _make_plain(folder: Path) -> None:
    """Give everything one age and one mode, so that two builds can't be told apart."""
    for path in [folder, *folder.rglob("*")]:
        executable = path.is_dir() or path.suffix == ".so"
        path.chmod(0o755 if executable else 0o644)
        os.utime(path, (MTIME, MTIME))


def main() -> int:
    """Fill one layer's folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("layer", choices=FILL)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    try:
        FILL[arguments.layer](arguments.folder)
    except Problem as problem:
        return give_up(problem)
    _make_plain(arguments.folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

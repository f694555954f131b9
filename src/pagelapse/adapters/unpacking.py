"""Unpacks the layer's Chromium and node into /tmp, on threads, while the process goes on importing.

It imports little, so that a function can begin with it.
"""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

if sys.version_info >= (3, 14):  # pragma: no cover - the deployed functions run 3.13
    from compression import zstd as zstd  # noqa: PLC0414
else:
    from backports import zstd as zstd  # noqa: PLC0414

LAYER = Path("/opt/chromium")
"""Where Lambda puts the layer."""

NODE = ("node",)
NODE_CACHE = "node-cache"
"""Of what node compiled of its driver's JavaScript, in a folder whose name node chooses."""

PACKED_FONTS = "more-fonts"
FONTS = tuple(
    f"{PACKED_FONTS}/NotoSans{script}_{weight}.ttf"
    for script in ("JP", "KR", "SC")
    for weight in ("400Regular", "700Bold")
)
CHROMIUM = ("chromium", "libvk_swiftshader.so", *FONTS)
"""The packed files, the executable first."""

FOLDER = Path("/tmp/pagelapse-chromium")  # noqa: S108
"""Where they will be: Lambda lets a function write to /tmp only, and gives it one of its own."""

SLICE = 1 << 15
"""Packed bytes that are unpacked at a time, so that the result still is in the processor's cache when it is written."""

THREADS = 2
"""Lambda gives at most two cores up to 3,538 MB of memory."""

LEFTOVERS = (".org.chromium.Chromium.*", "playwright-artifacts-*", "playwright_chromiumdev_profile-*")
"""What a killed browser and its driver leave in /tmp."""


def frames(layer: Path, name: str) -> list[Path]:
    """The parts of a packed file, in order, each a zstd frame; all but the last are equally long unpacked."""
    return sorted(layer.glob(f"{name}.*.zst"))


class Unpacking:
    """The layer's programs on their way into /tmp; `node` comes first, because it takes longest to start.

    Args:
        layer: The folder with the packed programs. What is not packed there is linked beside Chromium.
        folder: Where to.
    """

    def __init__(self, layer: Path, folder: Path = FOLDER) -> None:
        self._layer = layer
        self._folder = folder
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self.executable = self._folder / CHROMIUM[0]
        """Where Chromium will be."""
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="unpack")
        self._link()
        self.node = self._begin(NODE)
        """Done with node's executable, or with what went wrong (OSError, zstd.ZstdError)."""
        self.chromium = self._begin(CHROMIUM)
        """Done with Chromium's executable, likewise."""

    def sweep(self) -> None:
        """Remove what killed browsers left in /tmp, which in a sandbox is this process's alone."""
        for pattern in LEFTOVERS:
            for path in self._folder.parent.glob(pattern):
                shutil.rmtree(path, ignore_errors=True)
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def node_variables(self) -> dict[str, str]:
        """What the driver's process needs in its environment, once `node` is done."""
        cache = self._folder / NODE_CACHE
        kept = {"NODE_COMPILE_CACHE": str(cache), "NODE_COMPILE_CACHE_PORTABLE": "1"} if cache.is_dir() else {}
        return {"PLAYWRIGHT_NODEJS_PATH": str(self.node.result()), **kept}

    def _link(self) -> None:
        for path in self._layer.iterdir():
            link = self._folder / path.name
            if path.name == NODE_CACHE:
                _link_cache(path, link)
            elif path.suffix != ".zst" and path.name != PACKED_FONTS and not link.is_symlink():
                link.symlink_to(path)

    def _begin(self, names: tuple[str, ...]) -> Future[Path]:
        done: Future[Path] = Future()
        targets = [self._folder / name for name in names]
        work = [part for target in targets for part in self._submit(target)]
        self._pool.submit(_finish, work, targets, done)
        return done

    def _submit(self, target: Path) -> list[Future[None]]:
        if target.is_file():
            return []
        parts = frames(self._layer, str(target.relative_to(self._folder)))
        unfinished = _unfinished(target)
        unfinished.parent.mkdir(exist_ok=True)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o700)
        sizes = [_unpacked_size(part) for part in parts]
        os.truncate(unfinished, sum(sizes))
        return [self._pool.submit(_inflate, path, unfinished, i * sizes[0]) for i, path in enumerate(parts)]


def _link_cache(cache: Path, link: Path) -> None:
    """Node looks for its cache in a folder whose name ends with the user's number, which Lambda does not promise."""
    link.mkdir(exist_ok=True)
    for folder in cache.iterdir():
        named = link / f"{folder.name}-{os.getuid()}"
        if not named.is_symlink():
            named.symlink_to(folder)


def _unfinished(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _unpacked_size(frame: Path) -> int:
    with frame.open("rb") as file:
        size = zstd.get_frame_info(file.read(32)).decompressed_size
    if size is None:
        raise ValueError(f"{frame.name} does not tell its size")
    return size


def _inflate(frame: Path, target: Path, offset: int) -> None:
    """Zeros are not written: the file is as long as it will be, and what is not written reads as zeros."""
    decompressor = zstd.ZstdDecompressor()
    with frame.open("rb") as packed, target.open("r+b", buffering=0) as out:
        out.seek(offset)
        while piece := packed.read(SLICE):
            unpacked = decompressor.decompress(piece)
            if unpacked.strip(b"\0"):
                out.write(unpacked)
            else:
                out.seek(len(unpacked), os.SEEK_CUR)
    if not decompressor.eof:
        raise OSError(f"{frame.name} is cut off")


def _finish(work: list[Future[None]], targets: list[Path], done: Future[Path]) -> None:
    """Queued behind the work that it waits for, so that it keeps a thread only while the last parts are written."""
    try:
        for part in work:
            part.result()
        for target in targets:
            if not target.is_file():
                _unfinished(target).rename(target)
    except (OSError, zstd.ZstdError) as error:
        done.set_exception(error)
    else:
        done.set_result(targets[0])


@cache
def begin(layer: Path) -> Unpacking | None:
    """Begin to unpack what `layer` holds, once per process; nothing is there outside Lambda.

    Raises:
        OSError: When /tmp can't be written to.
    """
    return Unpacking(layer) if frames(layer, CHROMIUM[0]) else None

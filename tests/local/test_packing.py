"""Making the layer's programs small."""

from __future__ import annotations

import itertools
import shutil
import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ImageFont

from pagelapse.adapters.unpacking import zstd
from pagelapse.local import packing


def test_equal_input_gives_equal_frames(tmp_path: Path) -> None:
    """A program is packed to the same bytes every time, into as many frames as asked for."""
    program = Path(sys.executable).read_bytes()[: 1 << 20]
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        packing.pack(program, folder, "program", 3)
    packed = [[path.read_bytes() for path in sorted(folder.iterdir())] for folder in (tmp_path / "a", tmp_path / "b")]
    assert packed[0] == packed[1]
    assert len(packed[0]) == 3
    assert b"".join(map(zstd.decompress, packed[0])) == program


def test_a_stripped_program_still_runs(tmp_path: Path) -> None:
    """Without its symbols and section headers a program is smaller and does what it did."""
    node = Path(shutil.which("node") or "")
    small = tmp_path / "node"
    small.write_bytes(packing.stripped(node.resolve().read_bytes()))
    small.chmod(0o755)
    assert small.stat().st_size < node.stat().st_size
    done = subprocess.run([small, "-p", "6 * 7"], capture_output=True, text=True, check=True)
    assert done.stdout == "42\n"


def _icu_data(items: dict[str, bytes]) -> bytes:
    """A package as ICU keeps it in a program."""
    names = [f"icudt78l/{name}".encode() + b"\0" for name in items]
    toc_size = 4 + 8 * len(items)
    starts = itertools.accumulate((len(body) for body in items.values()), initial=toc_size + sum(map(len, names)))
    name_starts = itertools.accumulate(map(len, names), initial=toc_size)
    entries = itertools.islice(zip(name_starts, starts, strict=True), len(items))
    toc = b"".join(struct.pack("<II", *entry) for entry in entries)
    head = struct.pack("<H2sHHBBBB4s4s4s", 32, b"\xda\x27", 20, 0, 0, 0, 2, 0, b"CmnD", bytes(4), bytes(4)).ljust(32)
    return head + struct.pack("<I", len(items)) + toc + b"".join(names) + b"".join(items.values())


def test_node_forgets_other_languages() -> None:
    """What ICU tells of other languages than English becomes zeros; all else, and every place, stays as it was."""
    items = {
        "cnvalias.icu": b"alias",
        "de.res": b"german",
        "en.res": b"english",
        "en_GB.res": b"british",
        "ibm-943_P15A-2003.cnv": b"japanese",
        "lang/de.res": b"german",
        "lang/en.res": b"english",
        "root.res": b"root",
        "supplementalData.res": b"all",
        "zz.txt": b"last",
    }
    forgotten = ("de.res", "ibm-943_P15A-2003.cnv", "lang/de.res")
    program = b"code" + _icu_data(items) + b"more code"
    expected = b"code" + _icu_data({k: bytes(len(v)) if k in forgotten else v for k, v in items.items()}) + b"more code"
    assert packing.without_locales(program) == expected


def test_a_program_without_locales_is_refused() -> None:
    """Where there is no ICU data, nothing is made smaller in silence."""
    with pytest.raises(ValueError, match="no ICU data"):
        packing.without_locales(b"\x7fELF")


def test_only_programs_are_stripped() -> None:
    """Something else than a 64-bit ELF program is refused."""
    with pytest.raises(ValueError, match="ELF"):
        packing.stripped(b"#!/bin/sh\n")


@pytest.mark.browser
def test_a_font_loses_one_table(chromium_path: Path) -> None:
    """A font without its SVG table is still a sound font: its checksums are right and its glyphs as they were."""
    (path,) = (chromium_path.parent / "fonts").glob("NotoColorEmoji*")
    font = packing.without_table(path.read_bytes(), b"SVG ")
    (count,) = struct.unpack_from(">H", font, 4)
    tables = [struct.unpack_from(">4sIII", font, 12 + 16 * i) for i in range(count)]
    assert b"SVG " not in {tag for tag, *_ in tables}
    assert sum(struct.unpack(f">{len(font) // 4}I", font)) & 0xFFFFFFFF == 0xB1B0AFBA
    before, after = (ImageFont.truetype(BytesIO(data), 40) for data in (path.read_bytes(), font))
    assert before.getbbox("🦊") == after.getbbox("🦊")

"""Makes the layer's programs small: zstd frames, no symbols, no table that Chromium doesn't read."""

from __future__ import annotations

import itertools
import re
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pagelapse.adapters.unpacking import zstd

LEVEL = 19
"""The highest that needs no more memory to unpack."""

WINDOW_LOG = 20
"""Matches reach back 1 MiB, which a processor's cache holds: unpacking takes two thirds of the time that level 19's own
8 MiB take, for 4 % more bytes."""

_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_TABLE = struct.Struct(">4sIII")
_ICU_MAGIC = b"\xda\x27"
_ICU_FORMAT = b"CmnD"
_ICU_FORMAT_AT = 12
_ICU_FOLDERS = frozenset({"brkitr", "coll", "curr", "lang", "rbnf", "region", "translit", "unit", "zone"})
_ICU_KEPT = re.compile(r"(root|en(_.*)?|pool|res_index)[.]res")
_ICU_LOCALE = re.compile(r"[a-z]{2,3}(_.*)?[.]res")

_SFNT_HEAD = 12
_CHECKSUM_MAGIC = 0xB1B0AFBA


def pack(program: bytes, folder: Path, name: str, parts: int) -> None:
    """Write `program` as `parts` zstd frames, `name`.0.zst and on, which can be unpacked at the same time.

    Equal input gives equal bytes, as long as zstd is the same.
    """
    step = -(-len(program) // parts)
    pieces = [program[start : start + step] for start in range(0, len(program), step)]
    with ThreadPoolExecutor(2) as pool:
        for i, frame in enumerate(pool.map(_frame, pieces)):
            (folder / f"{name}.{i}.zst").write_bytes(frame)


def _frame(piece: bytes) -> bytes:
    parameters = zstd.CompressionParameter
    options: dict[int, int] = {parameters.compression_level: LEVEL, parameters.window_log: WINDOW_LOG}
    return zstd.ZstdCompressor(options=options).compress(piece, zstd.ZstdCompressor.FLUSH_FRAME)


def stripped(program: bytes) -> bytes:
    """An ELF program for x86-64 without what loading doesn't need: symbols, debug information, section headers."""
    if program[:5] != b"\x7fELF\x02":
        raise ValueError("not a 64-bit ELF program")
    (headers_at,) = struct.unpack_from("<Q", program, 32)
    size, count = struct.unpack_from("<HH", program, 54)
    end = headers_at + size * count
    for i in range(count):
        _, _, offset, _, _, length, _, _ = _PROGRAM_HEADER.unpack_from(program, headers_at + i * size)
        end = max(end, offset + length)
    kept = bytearray(program[:end])
    struct.pack_into("<Q", kept, 40, 0)
    struct.pack_into("<HHH", kept, 58, 0, 0, 0)
    return bytes(kept)


def without_locales(program: bytes) -> bytes:
    """A program without what its ICU data tells of other languages than English: a quarter of node, which drives
    Chromium and never asks.

    Their bytes become zeros, which take no room when they are packed and no time when they are unpacked. The data is
    a package of items by name (ICU User Guide, "ICU Data").

    Raises:
        ValueError: When there is no such data in it.
    """
    head = program.find(_ICU_FORMAT) - _ICU_FORMAT_AT
    if head < 0 or program[head + 2 : head + 4] != _ICU_MAGIC:
        raise ValueError("no ICU data")
    at = head + struct.unpack_from("<H", program, head)[0]
    (count,) = struct.unpack_from("<I", program, at)
    entries = [struct.unpack_from("<II", program, at + 4 + 8 * i) for i in range(count)]
    kept = bytearray(program)
    for (name_at, start), (_, end) in itertools.pairwise(entries):
        name = program[at + name_at : program.index(b"\0", at + name_at)].decode()
        if _tells_of_a_language(name):
            kept[at + start : at + end] = bytes(end - start)
    return bytes(kept)


def _tells_of_a_language(name: str) -> bool:
    """Whether an item may go: a locale's, or a table of one of the encodings that are not Unicode's."""
    _, _, path = name.partition("/")
    folder, _, file = path.rpartition("/")
    if folder in _ICU_FOLDERS:
        return _ICU_KEPT.fullmatch(file) is None
    return file.endswith(".cnv") or (_ICU_LOCALE.fullmatch(file) is not None and _ICU_KEPT.fullmatch(file) is None)


def without_table(font: bytes, tag: bytes) -> bytes:
    """A TrueType font without one of its tables (OpenType specification, "Font file")."""
    (count,) = struct.unpack_from(">H", font, 4)
    entries = [_TABLE.unpack_from(font, _SFNT_HEAD + _TABLE.size * i) for i in range(count)]
    kept = [entry for entry in entries if entry[0] != tag]
    power = len(kept).bit_length() - 1
    head = struct.pack(">4sHHHH", font[:4], len(kept), 16 << power, power, 16 * (len(kept) - (1 << power)))
    at = _SFNT_HEAD + _TABLE.size * len(kept)
    directory, body = b"", b""
    for name, checksum, offset, length in kept:
        directory += _TABLE.pack(name, checksum, at + len(body), length)
        table = font[offset : offset + length]
        body += (_without_adjustment(table) if name == b"head" else table) + bytes(-length % 4)
    made = bytearray(head + directory + body)
    _adjust(made)
    return bytes(made)


def _without_adjustment(head: bytes) -> bytes:
    return head[:8] + bytes(4) + head[12:]


def _adjust(font: bytearray) -> None:
    """Write the whole font's checksum into its `head` table."""
    words = struct.unpack(f">{len(font) // 4}I", font)
    (count,) = struct.unpack_from(">H", font, 4)
    for i in range(count):
        name, _, offset, _ = _TABLE.unpack_from(font, _SFNT_HEAD + _TABLE.size * i)
        if name == b"head":
            struct.pack_into(">I", font, offset + 8, (_CHECKSUM_MAGIC - sum(words)) & 0xFFFFFFFF)

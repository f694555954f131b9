"""Makes the layer's programs small: zstd frames, no symbols, no table that Chromium doesn't read."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pagelapse.adapters.unpacking import zstd

LEVEL = 19
"""The highest that needs no more memory to unpack."""

_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_TABLE = struct.Struct(">4sIII")
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
    return zstd.ZstdCompressor(level=LEVEL).compress(piece, zstd.ZstdCompressor.FLUSH_FRAME)


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

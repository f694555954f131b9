"""Reads sitemaps as sitemaps.org describes them: urlset, sitemapindex, plain text, RSS and Atom; packed by gzip or not.

A sitemap is a stranger's file. It is unpacked and parsed piece by piece, so a small file can't become a large one in
memory, and a document type declaration, which entities need, ends the reading.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin
from xml.parsers import expat

from pagelapse.capture.urls import MAX_URL_LENGTH, checked_url

MAX_BYTES = 50 * 1024 * 1024
"""Of one sitemap, unpacked (sitemaps.org, "Sitemap file requirements")."""

MAX_ENTRIES = 50_000
"""Of one sitemap (the same)."""

_MAX_DEPTH = 30
"""Of elements in each other; a sitemap has 4 levels, a feed with its content some more."""

_LONGEST_TOKEN = 1 << 20
"""Bytes of one tag or comment: expat scans it from its beginning with each piece."""

_PIECE = 65_536
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ROOTS = frozenset({"urlset", "sitemapindex", "rss", "feed", "RDF"})


class NotASitemap(ValueError):
    """The file is none of the known forms, or it is not well formed; the message says why."""


class TooLarge(NotASitemap):
    """The file is larger than a sitemap may be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One address that a sitemap names."""

    url: str
    is_sitemap: bool = False
    """Another sitemap, not a page."""


def entries(body: bytes, base_url: str) -> Iterator[Entry]:
    """What a sitemap names, in its order, as far as it is read; addresses that no page can have are left out.

    Args:
        body: As it was sent.
        base_url: The sitemap's own address.

    Raises:
        NotASitemap: When it is no sitemap, or breaks off being one.
    """
    for count, entry in enumerate(_raw_entries(body)):
        if count >= MAX_ENTRIES:
            raise TooLarge(f"has more than {MAX_ENTRIES} entries")
        try:
            yield Entry(absolute(entry.url, base_url), entry.is_sitemap)
        except ValueError:
            continue


def absolute(text: str, base_url: str) -> str:
    """An address, perhaps a relative one, as a page's or a sitemap's; raises `ValueError` when it can't be one."""
    given = text.strip()
    return checked_url(given if not given or ":" in given.partition("/")[0] else urljoin(base_url, given))


def _raw_entries(body: bytes) -> Iterator[Entry]:
    pieces = _limited(_unpacked(_unpacked(_pieces(body))))
    first = next(pieces, b"")
    if first.startswith(_UTF_16) or first.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"<"):
        return _xml_entries(_chained(first, pieces))
    return _text_entries(_chained(first.removeprefix(_BYTE_ORDER_MARK), pieces))


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, unpacked if they are gzip's. Some servers pack what is packed already, hence twice."""
    first = next(pieces, b"")
    if not first.startswith(_GZIP):
        yield from _chained(first, pieces)
        return
    unpacking = zlib.decompressobj(wbits=31)
    for piece in _chained(first, pieces):
        rest = piece
        while rest and not unpacking.eof:
            try:
                yield unpacking.decompress(rest, _PIECE)
            except zlib.error as error:
                raise NotASitemap("is damaged: gzip can't unpack it") from error
            rest = unpacking.unconsumed_tail
    if not unpacking.eof:
        raise NotASitemap("is damaged: gzip can't unpack it")


def _limited(pieces: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_BYTES:
            raise TooLarge(f"is larger than {MAX_BYTES} bytes")
        if piece:
            yield piece


def _text_entries(pieces: Iterable[bytes]) -> Iterator[Entry]:
    """One address a line, UTF-8 (sitemaps.org, "Text file")."""
    found = False
    for line in _lines(pieces):
        text = line.decode("utf-8", errors="replace").strip()
        if not text:
            continue
        if not text.lower().startswith(("http://", "https://")):
            if found:
                continue
            raise NotASitemap("is no sitemap: neither XML nor a list of addresses")
        found = True
        yield Entry(text)
    if not found:
        raise NotASitemap("is no sitemap: it is empty")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    kept = b""
    for piece in pieces:
        *whole, kept = (kept + piece).replace(b"\r", b"\n").split(b"\n")
        yield from whole
        if len(kept) > _PIECE:
            raise NotASitemap("is no sitemap: its lines are too long")
    yield kept


def _xml_entries(pieces: Iterable[bytes]) -> Iterator[Entry]:
    reader = _Reader()
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.feed(b"", last=True)


class _Reader:
    """An expat parser that collects addresses. Names are compared without their namespaces: many files omit them."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._found: list[Entry] = []
        self._fed = 0
        self._parser: Any = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def feed(self, piece: bytes, *, last: bool = False) -> Iterator[Entry]:
        """Parse on; what has been found since, also before an error."""
        problem: NotASitemap | None = None
        try:
            self._parser.Parse(piece, last)
            self._check_progress(len(piece))
        except expat.ExpatError as error:
            problem = NotASitemap(f"is no sitemap: line {error.lineno} is not well-formed XML")
        except (LookupError, ValueError) as error:
            problem = error if isinstance(error, NotASitemap) else NotASitemap("has an unknown encoding")
        found, self._found = self._found, []
        yield from found
        if problem is not None:
            raise problem

    def _check_progress(self, size: int) -> None:
        self._fed += size
        if self._fed - max(0, self._parser.CurrentByteIndex) > _LONGEST_TOKEN:
            raise NotASitemap("is no sitemap: it has a tag or a comment that is too long")

    def _refuse(self, *_: object) -> None:
        raise NotASitemap("is no sitemap: it has a document type declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if not self._path and local not in _ROOTS:
            raise NotASitemap(f"is no sitemap: it is a <{local[:40]}> document")
        if len(self._path) >= _MAX_DEPTH:
            raise NotASitemap("is no sitemap: its elements lie too deep")
        self._path.append(local)
        self._text, self._length = [], 0
        if self._path[-2:] == ["entry", "link"] and attributes.get("rel", "alternate") == "alternate":
            self._add(attributes.get("href", ""))

    def _characters(self, text: str) -> None:
        self._length += len(text)
        if self._length <= MAX_URL_LENGTH:
            self._text.append(text)

    def _end(self, _name: str) -> None:
        place = self._path[-2:]
        if place in (["url", "loc"], ["sitemap", "loc"], ["item", "link"]) and self._length <= MAX_URL_LENGTH:
            self._add("".join(self._text), is_sitemap=place[0] == "sitemap")
        self._path.pop()
        self._text, self._length = [], 0

    def _add(self, text: str, *, is_sitemap: bool = False) -> None:
        if text.strip():
            self._found.append(Entry(text.strip(), is_sitemap))

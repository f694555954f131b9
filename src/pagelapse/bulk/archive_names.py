"""Names of an archive's files: the site's tree, in names that every file system takes.

Addresses are strangers' text. No name leads out of the folder, hides there, or equals another one where case or
Unicode forms are not told apart.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

MANIFEST = "_manifest.json"

_LONGEST_SEGMENT = 80
"""UTF-8 bytes; file systems take 255 a segment."""

_LONGEST_PATH = 180
"""UTF-8 bytes below the archive's folder; Windows takes 260 characters in all (MAX_PATH)."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
"""On Windows; the slashes everywhere."""

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
"""Devices of Windows, with whatever ending."""

_HARMLESS = frozenset("LMNPSZ")
"""Unicode's letters, marks, numbers, punctuation, symbols and separators; no controls, no formats, no surrogates."""


def folder_name(site_url: str, moment: float) -> str:
    """The archive's folder, from the site's host and the day (UTC) of a Unix time.

    `screenshots-example-com-2024-01-15`
    """
    host = urlsplit(site_url).hostname or ""
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:100] or "site"
    return f"screenshots-{plain}-{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def file_names(urls: Iterable[str], extension: str) -> list[str]:
    """A file name for each page, relative to the archive's folder: `index.png`, `about/index.png`, `blog/my-post.png`.

    Args:
        urls: The pages; equal lists give equal names.
        extension: Of every file, without the dot.
    """
    taken = _Taken()
    return [taken.claim(_path(url), url, extension) for url in urls]


class _Taken:
    """Which files and folders there are; a file is never where a folder is."""

    def __init__(self) -> None:
        self._files = {_folded(MANIFEST)}
        self._folders: set[str] = set()

    def claim(self, path: str, url: str, extension: str) -> str:
        """The first free name for a page: its path, then its path with a digest of its address."""
        digest = hashlib.sha256(url.encode(errors="surrogatepass")).hexdigest()
        if len(path.encode()) > _LONGEST_PATH:
            path = f"{_shortened(path, _LONGEST_PATH - 20)}-{digest[:8]}"
        suffixes = ["", *(f"-{digest[:length]}" for length in range(8, 65, 8))]
        suffixes += [f"-{digest}-{number}" for number in range(2, 10)]
        for suffix in suffixes:
            name = f"{path}{suffix}.{extension}"
            if self._is_free(name):
                self._take(name)
                return name
        return self.claim(f"{digest}-{len(self._files)}", url, extension)

    def _is_free(self, name: str) -> bool:
        folded = _folded(name)
        free = folded not in self._files and folded not in self._folders
        return free and not any(folder in self._files for folder in _folders(folded))

    def _take(self, name: str) -> None:
        folded = _folded(name)
        self._files.add(folded)
        self._folders.update(_folders(folded))


def _path(url: str) -> str:
    """The page's place without the extension; a query belongs to the name."""
    parts = urlsplit(url)
    *folders, last = parts.path.split("/")
    named = [_segment(folder) for folder in folders if folder]
    rest = "_".join(part for part in (last or "index", parts.query, parts.fragment) if part)
    if last in ("", "index") and not parts.query and not parts.fragment:
        rest = "index"
    return "/".join([*named, _segment(rest)])


def _segment(text: str) -> str:
    """One harmless name; never empty, never `.` or `..`."""
    plain = unicodedata.normalize("NFC", unquote(text, errors="replace"))
    plain = "".join(char if unicodedata.category(char)[0] in _HARMLESS else "_" for char in plain)
    plain = _FORBIDDEN.sub("_", re.sub(r"\s", " ", plain))
    if len(plain.encode()) > _LONGEST_SEGMENT:
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
        plain = f"{_shortened(plain, _LONGEST_SEGMENT - 9)}-{digest}"
    plain = plain.strip(" ").rstrip(". ")
    if not plain or plain[0] in ".-~" or _RESERVED.fullmatch(plain):
        plain = f"_{plain.lstrip('.')}"
    return plain


def _shortened(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore").rstrip("./ ")


def _folders(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _folded(name: str) -> str:
    """Equal for names that some file system takes for the same one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())

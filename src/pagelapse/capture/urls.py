"""Which addresses a capture may be asked for."""

from __future__ import annotations

from urllib.parse import urlsplit

MAX_URL_LENGTH = 8192
"""Characters. Chromium takes 2 MB; HTTP servers commonly refuse request lines above 8 KiB (RFC 9110, 4.1)."""


def checked_url(url: str) -> str:
    """Return `url` if a capture may be asked for it; addresses are judged later, by the egress guard.

    Raises:
        ValueError: For a relative, over-long or non-HTTP URL, one without a host, or with a bad port.
    """
    if len(url) > MAX_URL_LENGTH:
        raise ValueError(f"is longer than {MAX_URL_LENGTH} characters")
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url):
        raise ValueError("holds white space or control characters")
    if any("\ud800" <= character <= "\udfff" for character in url):
        raise ValueError("holds half a surrogate pair")
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueError("must begin with http:// or https://")
    if not parts.hostname:
        raise ValueError("has no host")
    _ = parts.port
    return url

"""Pictures that this process has seen lately."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock


class PictureCache:
    """Least recently used bytes go first. Safe between threads, and never stale: an S3 key is written once.

    Args:
        max_bytes: Of all pictures together.
    """

    def __init__(self, max_bytes: int = 64_000_000) -> None:
        self._max_bytes = max_bytes
        self._size = 0
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        """The bytes, which thereby become the most recently used."""
        with self._lock:
            body = self._pictures.get(key)
            if body is not None:
                self._pictures.move_to_end(key)
            return body

    def put(self, key: str, body: bytes) -> None:
        """Keep the bytes, if there is room for them at all."""
        if len(body) > self._max_bytes:
            return
        with self._lock:
            self._size += len(body) - len(self._pictures.pop(key, b""))
            self._pictures[key] = body
            while self._size > self._max_bytes:
                self._size -= len(self._pictures.popitem(last=False)[1])

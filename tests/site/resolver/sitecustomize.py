"""What the names of `rebind.test` resolve to, in processes that have this folder on their path.

`127-0-0-1-then-127-0-0-2-any.rebind.test` is the first address once, and then the second;
`127-0-0-1-and-127-0-0-2.rebind.test` is both.
"""

from __future__ import annotations

import re
import socket
from collections import Counter
from typing import Any

_NAME = re.compile(r"(\d+(?:-\d+){3})-(then|and)-(\d+(?:-\d+){3})(?:-[\w-]+)?\.rebind\.test")
_original = socket.getaddrinfo
_asked: Counter[str] = Counter()


def _getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
    found = _NAME.fullmatch(host) if isinstance(host, str) else None
    if found is None:
        return _original(host, *arguments, **options)
    addresses = [found[number].replace("-", ".") for number in (1, 3)]
    _asked[host] += 1
    if found[2] == "then":
        addresses = addresses[:1] if _asked[host] == 1 else addresses[1:]
    return [entry for address in addresses for entry in _original(address, *arguments, **options)]


socket.getaddrinfo = _getaddrinfo

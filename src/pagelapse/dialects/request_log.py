"""What a request's one log line should say. The dispatcher writes it; the dialects add what they learn."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

_FACTS = "pagelapse.facts"


def begin(scope: MutableMapping[str, Any]) -> dict[str, object]:
    """Start collecting for the ASGI `scope`."""
    facts: dict[str, object] = {}
    scope[_FACTS] = facts
    return facts


def note(scope: MutableMapping[str, Any], **facts: object) -> None:
    """Add facts. Never a key, a cookie, a header's value or a URL's query."""
    scope.setdefault(_FACTS, {}).update(facts)

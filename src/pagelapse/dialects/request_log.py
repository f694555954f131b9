"""What a request's one log line should say. The dispatcher writes it; the dialects add what they learn."""

from __future__ import annotations

import traceback
from collections.abc import MutableMapping
from typing import Any

from pydantic import ValidationError

from pagelapse.observability import logger

_FACTS = "pagelapse.facts"


def begin(scope: MutableMapping[str, Any]) -> dict[str, object]:
    """Start collecting for the ASGI `scope`."""
    facts: dict[str, object] = {}
    scope[_FACTS] = facts
    return facts


def note(scope: MutableMapping[str, Any], **facts: object) -> None:
    """Add facts. Never a key, a cookie, a header's value or a URL's query."""
    scope.setdefault(_FACTS, {}).update(facts)


def log_unexpected(error: Exception) -> None:
    """Log an error that is ours, with where it came from; pydantic's messages quote input, so they are left out."""
    message = "" if isinstance(error, ValidationError) else str(error)[:500]
    details = {"error": type(error).__name__, "why": message, "where": traceback.format_tb(error.__traceback__)[-8:]}
    logger.error("unexpected error", extra=details)

"""Structured logs by Powertools for AWS Lambda, and the correlation id that ties those of all functions together."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import ValidationError

CORRELATION = "correlation_id"
"""Its name in log lines, in SQS messages' attributes, and in what `snap` is invoked with."""

_SAFE_ID = re.compile(r"(?!.*(?:pl|pxc|whsec)_)[A-Za-z0-9][A-Za-z0-9._=+/:-]{7,127}")
"""Goes into headers, log lines and the metadata of public pictures: printable, and none of our own secrets."""

_correlation: ContextVar[str | None] = ContextVar(CORRELATION, default=None)


class _Correlated(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id to every line."""
        record.correlation_id = _correlation.get()
        return True


logger = Logger(service="pagelapse", log_uncaught_exceptions=True)
"""Shared by all functions; Lambda's request id and the correlation id are added per invocation.

Never pass it a key, a cookie, a header value, a URL's query or a document: see `log_url`.
"""
logger.addFilter(_Correlated())


def correlation_id() -> str | None:
    """The id of what is being worked on: a request's, or a due run's. It goes wherever the work goes."""
    return _correlation.get()


@contextmanager
def correlated(given: object = None) -> Iterator[str]:
    """Work under this id, or under a new one where it is none that may be shown to everybody."""
    chosen = given if isinstance(given, str) and _SAFE_ID.fullmatch(given) else secrets.token_hex(16)
    before = _correlation.set(chosen)
    try:
        yield chosen
    finally:
        _correlation.reset(before)


def correlation_of(message: Mapping[str, Any]) -> object:
    """What an SQS message, as Lambda gets it, says its id is."""
    return ((message.get("messageAttributes") or {}).get(CORRELATION) or {}).get("stringValue")


def log_url(url: str | None) -> str | None:
    """`url` without credentials, query and fragment, which may hold secrets."""
    if url is None:
        return None
    bare = url.split("?", 1)[0].split("#", 1)[0]
    scheme, _, rest = bare.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"[:500]


def log_origin(url: str) -> str:
    """Scheme and host of `url`, whose path may be a secret as well, as that of Slack's webhooks is."""
    scheme, _, rest = (log_url(url) or "").partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def log_unexpected(error: Exception) -> None:
    """Log an error that is ours, with where it came from; pydantic's messages quote input, so they are left out."""
    message = "" if isinstance(error, ValidationError) else str(error)[:500]
    details = {"error": type(error).__name__, "why": message, "where": traceback.format_tb(error.__traceback__)[-8:]}
    logger.error("unexpected error", extra=details)

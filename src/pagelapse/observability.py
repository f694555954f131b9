"""Structured logs and metrics, by Powertools for AWS Lambda."""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger(service="pagelapse", log_uncaught_exceptions=True)
"""Shared by all functions; Lambda's request id and the caller's correlation id are added per invocation.

Never pass it a key, a cookie, a header value, a URL's query or a document: see `log_url`.
"""


def log_url(url: str | None) -> str | None:
    """`url` without credentials, query and fragment, which may hold secrets."""
    if url is None:
        return None
    bare = url.split("?", 1)[0].split("#", 1)[0]
    scheme, _, rest = bare.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"[:500]

"""Structured logs and metrics, by Powertools for AWS Lambda."""

from __future__ import annotations

import traceback

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from pydantic import ValidationError

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


def count_capture(*, failed: bool, duration_ms: int) -> None:
    """Tell CloudWatch of a capture, in a log line of its own (embedded metric format): no call, no permission."""
    metrics = EphemeralMetrics(namespace="Pagelapse")
    metrics.add_metric("Failed" if failed else "Captured", MetricUnit.Count, 1)
    metrics.add_metric("CaptureTime", MetricUnit.Milliseconds, duration_ms)
    metrics.flush_metrics()


def log_unexpected(error: Exception) -> None:
    """Log an error that is ours, with where it came from; pydantic's messages quote input, so they are left out."""
    message = "" if isinstance(error, ValidationError) else str(error)[:500]
    details = {"error": type(error).__name__, "why": message, "where": traceback.format_tb(error.__traceback__)[-8:]}
    logger.error("unexpected error", extra=details)

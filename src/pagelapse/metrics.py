"""What CloudWatch is told, in log lines of the embedded metric format by Powertools: no call, no permission.

CloudWatch bills each combination of dimensions' values, so there are few: never an account, a host or an id. A line
also carries the correlation id, which leads from a graph to the logs. docs/observability.md lists all metrics.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from pagelapse.errors import BrowserLost, CaptureError
from pagelapse.observability import CORRELATION, correlation_id

NAMESPACE = "Pagelapse"

OUR_OWN = frozenset({BrowserLost.code, CaptureError.code})
"""Codes of failures that a page is not to blame for."""

_COUNT, _MS = MetricUnit.Count, MetricUnit.Milliseconds


def count_request(*, dialect: str | None, status: int, error: str | None, source: str | None, ms: float) -> None:
    """Tell of an answered request.

    Args:
        dialect: Whose form it had; `None` when it is of none.
        status: Of HTTP.
        error: `PagelapseError.code`, where one was answered.
        source: Where its picture came from, where it was given one.
        ms: From its arrival to its answer.
    """
    whose = {"dialect": dialect or "none"}
    _tell({"Requests": (_COUNT, 1), "RequestTime": (_MS, ms)}, {}, whose)
    if error is not None or status >= 400:
        _tell({"RequestErrors": (_COUNT, 1)}, {}, whose, {"reason": error or f"http_{status}"})
    if source is not None:
        _tell({"PicturesServed": (_COUNT, 1)}, {"source": source})


def count_capture(*, purpose: str, failure: str | None, duration_ms: int) -> None:
    """Tell of a capture that has ended.

    Args:
        purpose: `capture.jobs.Purpose`.
        failure: Its code, where it failed.
        duration_ms: Of the capture alone.
    """
    ended = "Captured" if failure is None else "Failed"
    values: dict[str, tuple[MetricUnit, float]] = {ended: (_COUNT, 1), "CaptureTime": (_MS, duration_ms)}
    _tell(values, {}, {"purpose": purpose})
    if failure is not None:
        _tell({"CaptureErrors": (_COUNT, 1)}, {"reason": failure})
        if failure in OUR_OWN:
            _tell({"CapturesBroken": (_COUNT, 1)}, {})


def count_wait(queued_ms: float) -> None:
    """Tell how long a capture has waited in its queue."""
    _tell({"QueueTime": (_MS, queued_ms)}, {})


def count_delivery(*, outcome: str, reason: str | None, ms: float) -> None:
    """Tell of an attempt at a webhook.

    Args:
        outcome: `delivered`, `failed` (it comes again) or `given_up`.
        reason: Of few: `http_500`, `unreachable`, `refused`…
        ms: The attempt alone.
    """
    _tell({"Webhooks": (_COUNT, 1), "WebhookTime": (_MS, ms)}, {"outcome": outcome})
    if reason is not None:
        _tell({"WebhookErrors": (_COUNT, 1)}, {"reason": reason})


def count_done(name: str, outcomes: Mapping[str, int]) -> None:
    """Tell how often each thing was done; `name` is the metric's."""
    for outcome, times in outcomes.items():
        _tell({name: (_COUNT, times)}, {"outcome": outcome.replace(" ", "_")})


def _tell(values: Mapping[str, tuple[MetricUnit, float]], *sets: Mapping[str, str]) -> None:
    """One line, whose values count for each set of dimensions; `service`, the stack's name, is in all of them."""
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    for name, (unit, value) in values.items():
        metrics.add_metric(name, unit, value)
    service = {"service": metrics.service or "pagelapse"}
    first, *others = sets
    for dimension, chosen in {**service, **first}.items():
        metrics.add_dimension(dimension, chosen)
    for other in others:
        metrics.add_dimensions(**service, **other)
    metrics.add_metadata(CORRELATION, correlation_id())
    metrics.flush_metrics()

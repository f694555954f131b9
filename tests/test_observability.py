"""What the functions log and count."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from pagelapse.metrics import count_capture, count_delivery, count_done, count_request
from pagelapse.observability import (
    CORRELATION,
    correlated,
    correlation_id,
    correlation_of,
    log_origin,
    logger,
)

UNSAFE = [
    "",
    "short",
    "two words here",
    "line\nbreak-line",
    "<b>bold</b>",
    "é" * 8,
    "x" * 129,
    "pl_a1_priv0123",
    "é",
    7,
]


@pytest.fixture
def written() -> Iterator[list[logging.LogRecord]]:
    """The lines of the test."""
    lines: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = lines.append  # type: ignore[method-assign, assignment]
    logging.getLogger("pagelapse").addHandler(handler)
    yield lines
    logging.getLogger("pagelapse").removeHandler(handler)


def test_every_line_carries_the_id(written: list[logging.LogRecord]) -> None:
    """A line carries the id of what is being worked on, also in threads that the work goes on in, and no other's."""

    async def work(given: str) -> None:
        with correlated(given):
            await asyncio.sleep(0)
            await asyncio.to_thread(logger.info, given)

    async def both() -> None:
        await asyncio.gather(work("request-one"), work("request-two"))

    asyncio.run(both())
    logger.info("after")
    assert {line.getMessage(): vars(line)[CORRELATION] for line in written} == {
        "request-one": "request-one",
        "request-two": "request-two",
        "after": None,
    }


@pytest.mark.parametrize("given", UNSAFE)
def test_unsafe_ids_are_replaced(given: object) -> None:
    """An id that is no plain text of 8 to 128 characters, or that looks like a secret of ours, is replaced."""
    with correlated(given) as chosen:
        assert correlation_id() == chosen != given
    assert len(chosen) == 32
    assert correlation_id() is None


@pytest.mark.parametrize("given", ["JKJaXmPLvHcESHA=", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "deploy-42:shop/eu"])
def test_safe_ids_are_kept(given: str) -> None:
    """API Gateway's ids, UUIDs and ids that people make up stay as they are."""
    with correlated(given) as chosen:
        assert chosen == given


@pytest.mark.parametrize("message", [{}, {"messageAttributes": {}}, {"messageAttributes": {CORRELATION: {}}}])
def test_messages_without_an_id(message: dict[str, Any]) -> None:
    """A message that somebody else sent has no id, and gets one."""
    with correlated(correlation_of(message)) as chosen:
        assert len(chosen) == 32


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://ada:secret@hooks.slack.com/services/T0/B0/secret?a=secret", "https://hooks.slack.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_receivers_paths_are_not_logged(url: str, origin: str) -> None:
    """Of a webhook's address, only scheme and host are logged: its path may be what lets people post there."""
    assert log_origin(url) == origin


def _told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"CloudWatchMetrics"' in line]


def _names(line: dict[str, Any]) -> set[str]:
    return {metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}


def test_a_refused_request_is_counted_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """A request counts for its dialect; a refused one also for its reason, under the id of its log lines."""
    with correlated("request-one"):
        count_request(dialect="pixcap", status=400, error="invalid_url", source=None, ms=1.5)
    requests, errors = _told(capsys)
    assert (_names(requests), _names(errors)) == ({"Requests", "RequestTime"}, {"RequestErrors"})
    assert (errors["dialect"], errors["reason"], errors[CORRELATION]) == ("pixcap", "invalid_url", "request-one")
    sets = errors["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    assert sets == [["service"], ["service", "dialect"], ["service", "reason"]]


def test_where_pictures_come_from_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Each served picture counts for where it came from, which gives the cache's rate of hits."""
    count_request(dialect="savepage", status=200, error=None, source="cached", ms=2)
    _, served = _told(capsys)
    assert (_names(served), served["source"]) == ({"PicturesServed"}, "cached")


def test_a_pages_own_failure_is_not_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """Only failures that no page is to blame for count as broken, which raises an alarm."""
    count_capture(purpose="bulk", failure="target_unreachable", duration_ms=5)
    assert not any("CapturesBroken" in _names(line) for line in _told(capsys))
    count_capture(purpose="bulk", failure="browser_lost", duration_ms=5)
    assert any("CapturesBroken" in _names(line) for line in _told(capsys))


def test_values_of_dimensions_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    """No id, account or address becomes a dimension: CloudWatch bills each value."""
    with correlated("request-one"):
        count_delivery(outcome="failed", reason="http_5xx", ms=3)
        count_done("DueWork", {"claimed": 4, "given up": 1})
    allowed = {"service", "outcome", "reason"}
    for line in _told(capsys):
        assert {name for each in line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] for name in each} <= allowed

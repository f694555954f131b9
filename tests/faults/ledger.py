"""What the run has seen of faults and of attacks, told in tables at its end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

FAULT, EGRESS = "fault", "egress"
_COLUMNS = ("fault", "the caller saw", "lost", "doubled", "left running")


def fault_row(fault: str, saw: str, *, lost: str = "nothing", doubled: str = "nothing", left: str = "nothing") -> str:
    """A row of the table, as a test hands it on: pytest-xdist carries texts from its workers."""
    return json.dumps([fault, saw, lost, doubled, left])


def egress_row(place: str, vectors: Iterable[str], heard: int) -> str:
    """What was tried in a place, as a test hands it on, and how often the canary heard of it."""
    return json.dumps({"place": place, "vectors": sorted(vectors), "heard": heard})


def summary(terminalreporter: Any) -> None:
    """Print the tables of what the run's tests have noted; nothing when they noted nothing."""
    found = list(_properties(terminalreporter))
    faults = sorted(tuple(json.loads(value)) for name, value in found if name == FAULT)
    if faults:
        terminalreporter.section("faults and what became of them")
        for line in _table([_COLUMNS, *faults]):
            terminalreporter.write_line(line)
    attempts = [json.loads(value) for name, value in found if name == EGRESS]
    if attempts:
        _tell_egress(terminalreporter, attempts)


def _tell_egress(terminalreporter: Any, attempts: list[Any]) -> None:
    vectors = {vector for each in attempts for vector in each["vectors"]}
    places = {each["place"] for each in attempts}
    heard = sum(each["heard"] for each in attempts)
    tried = sum(len(each["vectors"]) for each in attempts)
    terminalreporter.section("ways out")
    terminalreporter.write_line(
        f"{len(vectors)} distinct vectors in {len(places)} places, {tried} attempts; the canary heard {heard} of them."
    )


def _properties(terminalreporter: Any) -> Iterator[tuple[str, str]]:
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "teardown":
                yield from report.user_properties  # type: ignore[misc]


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)

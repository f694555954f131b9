"""The deployed stack that end-to-end tests talk to."""

from __future__ import annotations

import os
import sysconfig
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.site.receiver import Receiver, receiving

from pagelapse.local import processes
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

TEST_HOSTS = ("127.0.0.1", "localhost")
"""Captures may reach the tests' own pages."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait for a clock first, then those with the most tests: workers that share files end together then."""
    sizes = Counter(item.path for item in items)
    begin = {item.path for item in items if item.get_closest_marker("first")}

    def place(item: pytest.Item) -> tuple[bool, bool, int]:
        return item.path not in begin, not item.get_closest_marker("first"), -sizes[item.path]

    mine = [item for item in items if item.get_closest_marker("e2e")]
    items[:] = [item for item in items if not item.get_closest_marker("e2e")] + sorted(mine, key=place)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this run's own, deployed as `make run` does it; no process of it may outlive it.

    It enforces IAM: whatever an end-to-end test sees working works with the template's roles and policies alone.
    """
    layout = Layout(state=tmp_path_factory.mktemp("stack"))
    variables = {name: {"PYTHONPATH": _python_path(layout)} for name in ("api", "snap", "notify", "bulk")}
    with Stack(layout, free_ports(), TEST_HOSTS, enforce_iam=True, variables=variables) as running:
        running.deploy()
        yield running
    assert [processes.command(pid) for pid in processes.belonging_to(layout.tmp)] == []


def _python_path(layout: Layout) -> str:
    """As a stack has it, and before it the tests' resolver, which names of `rebind.test` are asked of."""
    resolver = layout.repository / "tests" / "site" / "resolver"
    return os.pathsep.join(map(str, (resolver, layout.repository / "src", sysconfig.get_path("purelib"))))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks on this machine."""
    with receiving() as running:
        yield running

"""The deployed stack that end-to-end tests talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.site.receiver import Receiver, receiving

from pagelapse.local import processes
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

TEST_HOSTS = ("127.0.0.1", "localhost")
"""Captures may reach the tests' own pages."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this run's own, deployed as `make run` does it; no process of it may outlive it.

    It enforces IAM: whatever an end-to-end test sees working works with the template's roles and policies alone.
    """
    layout = Layout(state=tmp_path_factory.mktemp("stack"))
    with Stack(layout, free_ports(), TEST_HOSTS, enforce_iam=True) as running:
        running.deploy()
        yield running
    assert [processes.command(pid) for pid in processes.belonging_to(layout.tmp)] == []


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks on this machine."""
    with receiving() as running:
        yield running

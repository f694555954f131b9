"""The loopback ports of a stack."""

from __future__ import annotations

import socket

import pytest

from pagelapse.local.ports import Ports, free_ports
from pagelapse.local.problem import Problem


@pytest.mark.parametrize(("which", "variable"), [("api", "PORT"), ("aws", "EMULATOR_PORT")])
def test_a_taken_port_is_named_with_what_to_do(which: str, variable: str) -> None:
    """A taken port is told in one sentence that names it and the variable that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        free = free_ports()
        ports = Ports(api=taken, aws=free.aws) if which == "api" else Ports(api=free.api, aws=taken)
        with pytest.raises(Problem, match=rf"^Port {taken} is taken: [^\n]* {variable}={taken + 1}`\.$"):
            ports.need_free()


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 on this machine")
def test_a_listener_on_the_ipv6_loopback_takes_the_port_too() -> None:
    """Whoever listens on ::1 would get what is sent to localhost, so that port counts as taken."""
    try:
        other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 loopback")
    with other, pytest.raises(Problem, match="is taken"):
        Ports(api=other.getsockname()[1], aws=free_ports().aws).need_free()


def test_free_ports_are_free_and_different() -> None:
    """A stack that chooses its own ports can start on them."""
    ports = free_ports()
    ports.need_free()
    assert ports.api != ports.aws

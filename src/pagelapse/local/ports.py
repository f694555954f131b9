"""The loopback ports of a stack."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from pagelapse.local.problem import Problem

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """Where a stack listens, on loopback only."""

    api: int = 8000
    """The HTTP API with clean paths."""
    aws: int = 4566
    """The emulated services."""

    @property
    def api_url(self) -> str:
        """The HTTP API's base, without a closing slash."""
        return f"http://localhost:{self.api}"

    @property
    def aws_url(self) -> str:
        """The endpoint for AWS clients, without a closing slash."""
        return f"http://{LOOPBACK}:{self.aws}"

    def execute_url(self, api_id: str, stage: str, *, scheme: str = "http") -> str:
        """Where the emulator answers for a stage of an API."""
        return f"{scheme}://{LOOPBACK}:{self.aws}/_aws/execute-api/{api_id}/{stage}"

    def need_free(self) -> None:
        """Pass when both ports are free.

        Raises:
            Problem: Naming the taken one and how to choose another.
        """
        for port, variable in ((self.api, "PORT"), (self.aws, "EMULATOR_PORT")):
            if _taken(port):
                raise Problem(
                    f"Port {port} is taken: run `make stop` if it is Pagelapse,"
                    f" or choose another with `make run {variable}={port + 1}`."
                )


def free_ports() -> Ports:
    """Two ports that are free now."""
    with _bound(0) as one, _bound(0) as other:
        return Ports(one.getsockname()[1], other.getsockname()[1])


def _taken(port: int) -> bool:
    try:
        _bound(port).close()
    except OSError:
        return True
    # Somebody on ::1 would get what is sent to "localhost".
    with socket.socket(socket.AF_INET6) as probe:
        try:
            return probe.connect_ex(("::1", port)) == 0
        except OSError:
            return False


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    return listener

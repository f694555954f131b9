"""SAM local on Docker, on services of the embedded emulator; skipped, with the reason, where it can't be."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from pagelapse.local import sam_services
from pagelapse.local.layout import Layout
from pagelapse.local.limits import BUILD
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

NETWORK = "bridge"


def _missing() -> str | None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    ):
        return "Docker does not run here"
    if not (BUILD / "template.yaml").is_file():
        return "nothing was built: run `make build`"
    return None


@pytest.fixture(scope="session")
def gateway() -> str:
    """This machine's address as containers see it."""
    if (reason := _missing()) is not None:
        pytest.skip(reason)
    return sam_services.Services("", "", NETWORK).gateway


@contextmanager
def relayed(gateway: str, port: int) -> Iterator[None]:
    """Let containers reach a port that listens on loopback only."""
    with closing(socket.create_server((gateway, port))) as listening:
        threading.Thread(target=_accept, args=(listening, port), daemon=True).start()
        yield


def _accept(listening: socket.socket, port: int) -> None:
    with suppress(OSError):
        while True:
            caller, _ = listening.accept()
            threading.Thread(target=_relay, args=(caller, port), daemon=True).start()


def _relay(caller: socket.socket, port: int) -> None:
    with caller, socket.create_connection(("127.0.0.1", port)) as target:
        back = threading.Thread(target=_pump, args=(target, caller), daemon=True)
        back.start()
        _pump(caller, target)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="session")
def services(gateway: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sam_services.Services]:
    """The embedded emulator's services, within reach of containers."""
    layout = Layout(state=tmp_path_factory.mktemp("services"))
    with Stack(layout, free_ports()) as running, ExitStack() as relays:
        relays.enter_context(relayed(gateway, running.ports.aws))
        relays.enter_context(relayed(gateway, running.ports.api))
        inside = f"http://{sam_services.HOST}:{running.ports.aws}"
        yield sam_services.Services(running.ports.aws_url, inside, NETWORK)


@pytest.fixture(scope="session")
def deployed(services: sam_services.Services) -> dict[str, str]:
    """What the table, the bucket and the queues are called."""
    return sam_services.deploy_services(services)


@pytest.fixture(scope="session")
def page(services: sam_services.Services, site_server: object, gateway: str) -> Iterator[str]:
    """A page that captures in a container can reach."""
    port: int = site_server.port  # type: ignore[attr-defined]
    with relayed(gateway, port):
        yield f"http://{sam_services.HOST}:{port}/simple.html"


@pytest.fixture(scope="session")
def template(services: sam_services.Services, deployed: dict[str, str]) -> Path:
    """The built template as SAM local needs it."""
    return sam_services.write_template(services, deployed, [sam_services.HOST])

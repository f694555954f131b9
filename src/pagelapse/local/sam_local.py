"""The built functions in SAM local's containers, on services that something else emulates.

`make sam-local` runs it: it starts the LocalStack of compose.yaml, deploys the table, the bucket and the queues of the
template there, starts the API, takes a picture, and serves until Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from pagelapse.local.layout import REPOSITORY
from pagelapse.local.problem import Problem, give_up, tell
from pagelapse.local.sam_services import (
    CREDENTIALS,
    FUNCTIONS_PORT,
    HOST,
    Services,
    deploy_services,
    make_key,
    write_template,
)

SAM = REPOSITORY / ".local" / "sam-venv" / "bin" / "sam"
LOCALSTACK = "http://127.0.0.1:4567"
READY_WITHIN_S = 300
ATTEMPTS = 5


def start_localstack() -> None:
    """Start what compose.yaml describes, and wait until it is healthy.

    Raises:
        Problem: When something that it takes is missing.
    """
    if shutil.which("docker") is None:
        raise Problem("Docker is missing: install it, or use `make run`, which needs none.")
    _docker("Docker does not run", "info")
    _docker("Docker's compose plugin is missing: install it, or use `make run`, which needs none", "compose", "version")
    tell("Starting LocalStack; the first start pulls its image")
    wanted = "LocalStack could not be started, whose image comes from Docker's registry; `make run` needs neither"
    _docker(wanted, "compose", f"--file={REPOSITORY / 'compose.yaml'}", "up", "--detach", "--wait")


def _docker(problem: str, *arguments: str) -> None:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()
        why = next((line for line in lines if "rror" in line), lines[0]).strip()
        raise Problem(f"{problem} ({why[:200]}).")


def sam(command: str, services: Services, template: Path, *options: str) -> list[str]:
    """The command line of a `sam local` command."""
    host = f"--add-host={HOST}:{services.gateway}"
    network = f"--docker-network={services.network}"
    return [str(SAM), "local", command, f"--template={template}", "--skip-pull-image", host, network, *options]


def sam_environment() -> dict[str, str]:
    """What `sam` needs of this process's environment, and credentials that lead nowhere."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST") if name in os.environ}
    return {**kept, **CREDENTIALS, "SAM_CLI_TELEMETRY": "0"}


@contextmanager
def started(command: list[str], port: int, log: Path, host: str = "127.0.0.1") -> Iterator[None]:
    """Run a server of SAM's until the context ends.

    Raises:
        Problem: When it does not come up.
    """
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*command, f"--host={host}", f"--port={port}"], stdout=out, stderr=out, env=sam_environment()
        )
    try:
        deadline = time.monotonic() + READY_WITHIN_S
        while not _listens(host, port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise Problem(f"SAM local did not start: its last words are in {log}.")
            time.sleep(0.2)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


@contextmanager
def serving(services: Services, port: int, allow_hosts: Sequence[str], logs: Path) -> Iterator[str]:
    """Deploy, start the API, and give an account's key.

    Raises:
        Problem: When a part of it fails.
    """
    deployed = deploy_services(services)
    template = write_template(services, deployed, allow_hosts)
    key = make_key(services, deployed)
    warm = "--warm-containers=LAZY"
    with ExitStack() as running:
        functions = sam("start-lambda", services, template, warm)
        running.enter_context(started(functions, FUNCTIONS_PORT, logs / "sam-lambda.log", services.gateway))
        running.enter_context(started(sam("start-api", services, template, warm), port, logs / "sam-api.log"))
        yield key


def picture(port: int, key: str, url: str) -> bytes:
    """A picture of `url` through the API.

    Raises:
        urllib.error.HTTPError: When it answers with an error, repeatedly if the error is its own: while the first
            request has the containers built, a capture's time may run out.
    """
    query = urlencode({"access_token": key, "url": url, "image_format": "png"})
    for attempt in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/snap?{query}", timeout=READY_WITHIN_S) as answer:
                body: bytes = answer.read()
            return body
        except urllib.error.HTTPError as error:
            error.close()
            if error.code < HTTPStatus.INTERNAL_SERVER_ERROR or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def main() -> int:
    """Serve on SAM local; returns the exit status."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--services", help="as this machine reaches them; a LocalStack is started otherwise")
    parser.add_argument("--inside", default="http://localstack:4566", help="as a container reaches them")
    parser.add_argument("--network", default="pagelapse")
    parser.add_argument("--url", default="https://example.com/", help="the page of the first picture")
    parser.add_argument("--allow-hosts", default="")
    arguments = parser.parse_args()
    services = Services(arguments.services or LOCALSTACK, arguments.inside, arguments.network)
    logs = REPOSITORY / ".local"
    try:
        if arguments.services is None:
            start_localstack()
        tell("Deploying the services and starting SAM local; the first start builds container images")
        with serving(services, arguments.port, arguments.allow_hosts.split(","), logs) as key:
            (logs / "sam-local.png").write_bytes(picture(arguments.port, key, arguments.url))
            tell(f"The first picture is .local/sam-local.png; http://127.0.0.1:{arguments.port} answers key {key}")
            signal.pause()
    except Problem as problem:
        return give_up(problem)
    except urllib.error.HTTPError as error:
        return give_up(Problem(f"The API answered {error.code}: the log is .local/sam-api.log."))
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

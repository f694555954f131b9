"""The built functions in SAM local's containers, on services that something else emulates.

`make sam-local` runs it against the LocalStack of compose.yaml: it deploys the table, the bucket and the queues of the
template there, starts the API, takes a picture, and serves until Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import yaml

from pagelapse.local import deployment
from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.limits import BUILD
from pagelapse.local.problem import Problem, give_up, tell

SERVICES = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
HOST = "host.docker.internal"
"""This machine's name in a container."""

FUNCTIONS_PORT = 3001
SAM = REPOSITORY / ".local" / "sam-venv" / "bin" / "sam"
READY_WITHIN_S = 300
ATTEMPTS = 5


@dataclass(frozen=True)
class Services:
    """The emulated services, as seen from two sides."""

    url: str
    """From this machine."""
    inside: str
    """From a container."""
    network: str
    """Docker's network that the containers join."""

    @property
    def gateway(self) -> str:
        """This machine's address in the network.

        Raises:
            Problem: When Docker does not know the network.
        """
        command = ["docker", "network", "inspect", "--format", "{{json (index .IPAM.Config 0)}}", self.network]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(f"Docker has no network {self.network} ({done.stderr.strip()[:200]}).")
        described = json.loads(done.stdout)
        # Docker's own default network does not always tell it; it is the first address then.
        return described.get("Gateway") or str(next(ip_network(described["Subnet"]).hosts()))

    def client(self, service: str) -> Any:
        """A boto3 client of one of them."""
        make: Any = boto3.client
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return make(service, endpoint_url=self.url, region_name=CREDENTIALS["AWS_DEFAULT_REGION"], **keys)


def deploy_services(services: Services) -> dict[str, str]:
    """Deploy the template's table, bucket and queues; return what CloudFormation's `Ref` gives for each.

    Raises:
        Problem: When they can't be deployed.
    """
    template = templates.read(REPOSITORY / "template.yaml")
    templates.on_this_machine(template, {}, "")
    wanted = {name: found for name, found in template["Resources"].items() if found["Type"] in SERVICES}
    template = {
        "AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"],
        "Parameters": template["Parameters"],
        "Conditions": template["Conditions"],
        "Resources": wanted,
        "Outputs": {name: {"Value": {"Ref": name}} for name in wanted},
    }
    with closing(services.client("cloudformation")) as cloudformation:
        return deployment.deploy(cloudformation, template, {})


def write_template(services: Services, deployed: dict[str, str], allow_hosts: Sequence[str] = ()) -> Path:
    """Write the built template as SAM local needs it, beside the built one: it resolves no resource's name itself.

    Raises:
        Problem: When nothing was built.
    """
    built = BUILD / "template.yaml"
    if not built.is_file():
        raise Problem("Nothing was built: run `make build`.")
    template = templates.read(built)
    template["Globals"]["Function"]["Environment"]["Variables"] |= {
        "AWS_ENDPOINT_URL": services.inside,
        "AWS_ENDPOINT_URL_LAMBDA": f"http://{HOST}:{FUNCTIONS_PORT}",
    }
    for function in templates.of_type(template, templates.FUNCTION).values():
        variables = function["Properties"]["Environment"]["Variables"]
        for name, value in variables.items():
            variables[name] = _resolved(value, deployed)
        if "PAGELAPSE_PICTURES_URL" in variables:
            variables["PAGELAPSE_PICTURES_URL"] = f"{services.url}/{deployed['Bucket']}"
        if "PAGELAPSE_ALLOW_HOSTS" in variables:
            variables["PAGELAPSE_ALLOW_HOSTS"] = ",".join(allow_hosts)
    path = BUILD / "sam-local.yaml"
    path.write_text(yaml.safe_dump(template, sort_keys=False))
    return path


def _resolved(value: Any, deployed: dict[str, str]) -> Any:
    return deployed.get(value["Ref"], value) if isinstance(value, dict) and value.keys() == {"Ref"} else value


def sam(command: str, services: Services, template: Path, *options: str) -> list[str]:
    """The command line of a `sam local` command."""
    host = f"--add-host={HOST}:{services.gateway}"
    network = f"--docker-network={services.network}"
    return [str(SAM), "local", command, f"--template={template}", "--skip-pull-image", host, network, *options]


def sam_environment() -> dict[str, str]:
    """What `sam` needs of this process's environment, and credentials that lead nowhere."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST") if name in os.environ}
    return {**kept, **CREDENTIALS, "SAM_CLI_TELEMETRY": "0"}


def make_key(services: Services, deployed: dict[str, str]) -> str:
    """Make an account and return its key.

    Raises:
        Problem: When the services refuse.
    """
    done = subprocess.run(
        [sys.executable, "-m", "pagelapse.local.keys"],
        env={
            "PATH": os.defpath,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": services.url,
            "PAGELAPSE_TABLE_NAME": deployed["Table"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"No account could be made ({done.stderr.strip()[-200:]}).")
    return done.stdout.strip()


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
    parser.add_argument("--services", default="http://127.0.0.1:4567", help="as this machine reaches them")
    parser.add_argument("--inside", default="http://localstack:4566", help="as a container reaches them")
    parser.add_argument("--network", default="pagelapse")
    parser.add_argument("--url", default="https://example.com/", help="the page of the first picture")
    parser.add_argument("--allow-hosts", default="")
    arguments = parser.parse_args()
    services = Services(arguments.services, arguments.inside, arguments.network)
    logs = REPOSITORY / ".local"
    try:
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

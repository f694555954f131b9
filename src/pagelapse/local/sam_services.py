"""Services that something emulates, and the built template as SAM local needs it to run on them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.exceptions import EndpointConnectionError

from pagelapse.local import deployment
from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.limits import BUILD
from pagelapse.local.problem import Problem

SERVICES = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
HOST = "host.docker.internal"
"""This machine's name in a container."""

FUNCTIONS_PORT = 3001

_CONNECTIONS = "/_aws/execute-api/none/agents"
"""SAM local has no WebSockets: what would be told to an agent finds nobody connected."""


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
        try:
            return deployment.deploy(cloudformation, template, {})
        except EndpointConnectionError as error:
            raise Problem(f"Nothing answers at {services.url}, where the emulated services should be.") from error


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
        if "PAGELAPSE_CONNECTIONS_URL" in variables:
            variables["PAGELAPSE_CONNECTIONS_URL"] = f"{services.inside}{_CONNECTIONS}"
        if "PAGELAPSE_ALLOW_HOSTS" in variables:
            variables["PAGELAPSE_ALLOW_HOSTS"] = ",".join(allow_hosts)
    path = BUILD / "sam-local.yaml"
    path.write_text(yaml.safe_dump(template, sort_keys=False))
    return path


def _resolved(value: Any, deployed: dict[str, str]) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Ref"}:
        return deployed.get(value["Ref"], value)
    text = value.get("Fn::Sub")
    return _queues(text, deployed) if isinstance(text, str) and ".QueueName}" in text else value


def _queues(text: str, deployed: dict[str, str]) -> str:
    """The queues' addresses here do not begin as AWS's do."""
    _, *names = re.sub(r"\$\{(\w+)[.]QueueName\}", lambda found: deployed[found[1]], text).split()
    bases = {name.partition("=")[2].rpartition("/")[0] for name in names}
    (base,) = bases
    return " ".join([f"{base}/", *(name.replace(f"{base}/", "") for name in names)])


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

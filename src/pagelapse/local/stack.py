"""One running stack: the emulator, the template deployed to it, and an account with a key."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from types import MappingProxyType
from typing import Any, Self

import boto3
from botocore.config import Config

from pagelapse.local import deployment, processes
from pagelapse.local import template as templates
from pagelapse.local.emulator import AT_ONCE, WELCOME
from pagelapse.local.layout import Layout
from pagelapse.local.ports import LOOPBACK, Ports
from pagelapse.local.problem import Problem

REGION = "us-east-1"
_READY_WITHIN_S = 30
_AGENTS = "agents"
"""The stage of the WebSocket API in template.yaml."""

_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Stack:
    """A stack on loopback. Use it as a context, then call `deploy`.

    Args:
        layout: Where its files lie.
        ports: Where it listens.
        allow_hosts: What captures may reach although it is not public; the bundled page's host is always among them.
        parameters: Of the template, where they differ from its defaults; read by each deployment.
        enforce_iam: Whether functions may do only what their roles allow, and strangers only what policies allow.
        variables: Added to the environments of functions, by their short names (`api`).
    """

    def __init__(
        self,
        layout: Layout,
        ports: Ports,
        allow_hosts: Sequence[str] = (),
        parameters: Mapping[str, str] = MappingProxyType({}),
        *,
        enforce_iam: bool = False,
        variables: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> None:
        self.layout = layout
        self.ports = ports
        self.allow_hosts = (f"localhost:{ports.api}", *allow_hosts)
        self.parameters = dict(parameters)
        self.enforce_iam = enforce_iam
        self.variables = variables
        self.outputs: dict[str, str] = {}
        self.key = ""
        self._emulator: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The HTTP API's base, without a closing slash."""
        return self.ports.api_url

    @property
    def welcome_url(self) -> str:
        """The bundled page."""
        return self.url + WELCOME

    @property
    def client_options(self) -> dict[str, Any]:
        """Keyword arguments for `boto3.client` that lead to the emulated services."""
        return {
            "endpoint_url": self.ports.aws_url,
            "region_name": REGION,
            "config": Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}),
            **_CREDENTIALS,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the emulator with what it kept, and wait until it answers.

        Raises:
            Problem: When a port is taken or the emulator does not come up.
        """
        self._lock()
        self.ports.need_free()
        processes.adopt_orphans()
        shutil.rmtree(self.layout.tmp, ignore_errors=True)
        for folder in (self.layout.tmp, self.layout.services, self.layout.objects):
            folder.mkdir(parents=True, exist_ok=True)
        with self.layout.log.open("wb") as log:
            self._emulator = subprocess.Popen(
                [*_script(self.layout), *self._arguments()],
                cwd=self.layout.state,
                env=self._emulator_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await_ready(self._emulator)

    def wait(self) -> None:
        """Wait until the emulator ends by itself.

        Raises:
            Problem: Then.
        """
        if self._emulator is not None:
            processes.wait_reaping(self._emulator)
            raise Problem(f"The emulator ended by itself: its last words are in {self.layout.log}.")

    def stop(self) -> None:
        """End the emulator, its functions and their browsers; what was stored is kept for the next start."""
        emulator, self._emulator = self._emulator, None
        if emulator is not None:
            processes.stop(emulator, self.layout.tmp)
            shutil.rmtree(self.layout.tmp, ignore_errors=True)
        self._held.close()

    def deploy(self) -> None:
        """Deploy the template, and make an account with a key unless the known one is still good.

        Raises:
            Problem: When the emulator refuses the template.
        """
        template = templates.read(self.layout.repository / "template.yaml")
        pictures_url = f"{self.ports.aws_url}/${{Bucket}}"
        templates.on_this_machine(
            template,
            self._function_variables(),
            pictures_url,
            {"QueuedCaptures": AT_ONCE // 2},
            self.ports.execute_url("${ConnectorApi}", _AGENTS),
        )
        templates.add_variables(template, self.variables)
        # Nothing here is reachable from outside, so registration may be open.
        parameters = {"AllowHosts": ",".join(self.allow_hosts), "OpenRegistration": "true", **self.parameters}
        with closing(boto3.client("s3", **self.client_options)) as s3:
            deployment.upload_code(s3, template, self.layout.repository)
            template_url = deployment.upload_template(s3, template)
        with closing(boto3.client("cloudformation", **self.client_options)) as cloudformation:
            self.outputs = deployment.deploy(cloudformation, template_url, parameters)
        with closing(boto3.client("s3", **self.client_options)) as s3:
            deployment.set_lifecycle(s3, self.outputs, template)
        with closing(boto3.client("apigatewayv2", **self.client_options)) as gateway:
            deployment.connect_routes(gateway, self.outputs, template)
        self.layout.api_id.write_text(self.outputs["HttpApiId"])
        self.key = self._find_key()
        self._write_env()

    @property
    def connector_url(self) -> str:
        """Where connectors' agents connect to, once deployed."""
        return self.ports.execute_url(self.outputs["ConnectorApiId"], _AGENTS, scheme="ws")

    def environment(self) -> dict[str, str]:
        """What the command line needs to work on this stack."""
        return {
            "PAGELAPSE_URL": self.url,
            "PAGELAPSE_KEY": self.key,
            "PAGELAPSE_TABLE_NAME": self.outputs["TableName"],
            "PAGELAPSE_BUCKET_NAME": self.outputs["BucketName"],
            "PAGELAPSE_NOTIFY_QUEUE_URL": self.outputs["NotifyQueueUrl"],
            "PAGELAPSE_NOTIFY_DEAD_LETTERS_URL": self.outputs["NotifyDeadLettersUrl"],
            "PAGELAPSE_CONNECTOR_URL": self.connector_url,
            "PAGELAPSE_CONNECTIONS_URL": self.ports.execute_url(self.outputs["ConnectorApiId"], _AGENTS),
            "PAGELAPSE_CHROMIUM": str(self.layout.chromium),
            "PAGELAPSE_ALLOW_HOSTS": ",".join(self.allow_hosts),
            "AWS_ENDPOINT_URL": self.ports.aws_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": _CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": _CREDENTIALS["aws_secret_access_key"],
        }

    def _lock(self) -> None:
        """Hold the stack's files until this process ends."""
        self.layout.state.mkdir(parents=True, exist_ok=True)
        self._held = (self.layout.state / "lock").open("w")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Problem("Pagelapse runs from this folder already: run `make stop` first.") from error

    def _arguments(self) -> list[str]:
        ports = [f"--aws-port={self.ports.aws}", f"--api-port={self.ports.api}"]
        return [*ports, f"--api-id={self.layout.api_id}"]

    def _emulator_environment(self) -> dict[str, str]:
        """Written out in full: functions inherit it, and nothing of the operator's belongs there."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.layout.tmp),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.layout.tmp),
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.ports.aws),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.layout.services),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.layout.objects),
            "LOG_LEVEL": "WARNING",
            "AUTH": str(self.enforce_iam).lower(),
            # It would look for containers of its own on the operator's Docker.
            "DOCKER_HOST": f"unix://{self.layout.tmp}/no-docker",
        }

    def _function_variables(self) -> dict[str, str]:
        """The functions import from this checkout and from the application's environment, not from the emulator's."""
        places = (self.layout.repository / "src", sysconfig.get_path("purelib"))
        return {
            "PYTHONPATH": os.pathsep.join(map(str, places)),
            "PAGELAPSE_CHROMIUM": str(self.layout.chromium),
            "PAGELAPSE_FILTERS": str(self.layout.filters),
            "PAGELAPSE_PUBLIC_URL": self.url,
        }

    def _await_ready(self, emulator: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        while emulator.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{self.ports.aws_url}/_ministack/ready", timeout=5):
                return
            time.sleep(0.05)
        self.stop()
        raise Problem(f"The emulator did not start: its last words are in {self.layout.log}.")

    def _find_key(self) -> str:
        known = read_env(self.layout).get("PAGELAPSE_KEY")
        done = subprocess.run(
            [sys.executable, "-m", "pagelapse.local.keys", *([known] if known else [])],
            env={"PATH": os.defpath, **self.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise Problem(f"No account could be made ({reason[:200]}): run `make reset` and try again.")
        return done.stdout.strip()

    def _write_env(self) -> None:
        self.layout.env.touch(mode=0o600)
        self.layout.env.chmod(0o600)
        self.layout.env.write_text("".join(f"{name}={value}\n" for name, value in self.environment().items()))


def read_env(layout: Layout) -> dict[str, str]:
    """What the last run wrote to the stack's `env` file; empty before the first."""
    if not layout.env.is_file():
        return {}
    lines = layout.env.read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _script(layout: Layout) -> list[str]:
    # -P: modules beside the script must not hide the emulator's.
    return [
        str(layout.emulator_venv / "bin" / "python"),
        "-P",
        str(layout.repository / "src/pagelapse/local/emulator.py"),
    ]

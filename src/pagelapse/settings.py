"""Every setting, read from the environment in this file only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo

PREFIX = "PAGELAPSE_"
"""Of the variable that a setting is read from, unless it names others itself."""


class Settings(BaseModel):
    """Settings that are read from variables; an empty variable is as good as none.

    `pydantic-settings` does more than this, and importing it takes a tenth of a second of every cold start.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, populate_by_name=True)

    @classmethod
    def read(cls, file: Path | None = None) -> Self:
        """The settings of this process's environment, and of a file of `NAME=value` lines where that names none.

        Raises:
            pydantic.ValidationError: When a required variable is missing; the message names it.
        """
        lines = file.read_text().splitlines() if file is not None and file.is_file() else []
        values = dict(line.split("=", 1) for line in lines if "=" in line) | os.environ
        found = {}
        for name, field in cls.model_fields.items():
            variable = next((known for known in variables(name, field) if values.get(known)), None)
            if variable is not None:
                found[variable if field.validation_alias else name] = values[variable]
        return cls.model_validate(found)


def variables(name: str, field: FieldInfo) -> Iterable[str]:
    """The variables that a setting is read from, the first that is set."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [alias] if isinstance(alias, str) else [f"{PREFIX}{name.upper()}"]


class EgressSettings(Settings):
    """What the egress rule needs, in every process that reaches addresses of a caller's choice."""

    allow_hosts: tuple[str, ...] = ()
    """Comma-separated hosts, `host:port` pairs or networks that we may reach although they are not public."""

    lambda_runtime_api: str = Field(default="", validation_alias="AWS_LAMBDA_RUNTIME_API")
    aws_endpoint_url: str = Field(default="", validation_alias="AWS_ENDPOINT_URL")

    @property
    def forbidden_endpoints(self) -> tuple[str, ...]:
        """`host:port` pairs that may not be reached, even where their host is allowed: they act for this process."""
        endpoints = (self.lambda_runtime_api, urlsplit(self.aws_endpoint_url).netloc)
        return tuple(endpoint for endpoint in endpoints if endpoint)

    @field_validator("allow_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


class CaptureSettings(EgressSettings):
    """What a process that runs Chromium needs: `snap`, the command line, a connector agent."""

    chromium: Path = Path("/opt/chromium")
    """An executable, or the layer's folder with the packed one."""
    filters: Path = Path("/opt/filters")
    """The filter lists that `pagelapse.local.filters` made; without them captures that ask for blocking are refused."""


_TOKEN_NAMES = ("PAGELAPSE_CONNECTOR_TOKEN", "PIXCAP_CONNECTOR_TOKEN")
_BROWSERS = ("/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Paths and names of executables; Debian's `chromium` is a script around the first."""


class ConnectorSettings(Settings):
    """A connector's agent. Each variable is also known by the name that Pixcap's text gives it."""

    token: SecretStr = Field(validation_alias=AliasChoices(*_TOKEN_NAMES))
    """Shown once, when the connector was made."""
    url: str = Field(validation_alias=AliasChoices("PAGELAPSE_CONNECTOR_URL", "PIXCAP_API_URL"))
    """Of the WebSocket API: the deployment's output `ConnectorUrl`."""
    timeout_ms: int = Field(
        default=30_000, gt=0, validation_alias=AliasChoices("PAGELAPSE_SCREENSHOT_TIMEOUT", "SCREENSHOT_TIMEOUT")
    )
    """Most time for one capture, milliseconds."""
    chromium: Path | None = Field(
        default=None, validation_alias=AliasChoices("PAGELAPSE_CHROMIUM", "PUPPETEER_EXECUTABLE_PATH")
    )
    """The browser's executable; `None` looks where systems have it."""
    viewport_width: int = Field(
        default=1280,
        ge=1,
        le=10_000,
        validation_alias=AliasChoices("PAGELAPSE_DEFAULT_VIEWPORT_WIDTH", "DEFAULT_VIEWPORT_WIDTH"),
    )
    """CSS px, for captures that ask for no viewport."""
    viewport_height: int = Field(
        default=800,
        ge=1,
        le=10_000,
        validation_alias=AliasChoices("PAGELAPSE_DEFAULT_VIEWPORT_HEIGHT", "DEFAULT_VIEWPORT_HEIGHT"),
    )
    connector_allow_hosts: tuple[str, ...] = ()
    """Comma-separated hosts, `host:port` pairs or networks that captures may reach, and `public` for the whole public
    internet; empty means that they may reach everything."""
    connector_slots: int = Field(default=2, ge=1, le=100)
    """Captures at the same time; each has a browser of its own."""

    @field_validator("connector_allow_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("url")
    @classmethod
    def _web_socket(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("ws", "wss") or not urlsplit(url).hostname:
            raise ValueError("must be an address that begins with wss://")
        return url

    def browser(self) -> Path:
        """The browser's executable.

        Raises:
            FileNotFoundError: When none is set and none is found; the message names the variable.
        """
        found = self.chromium or next((Path(name) for each in _BROWSERS if (name := shutil.which(each))), None)
        if found is None:
            raise FileNotFoundError("no Chromium is found: set PAGELAPSE_CHROMIUM to its executable")
        return found


def environment_without_token() -> dict[str, str]:
    """This process's environment for processes that open pages."""
    return {name: value for name, value in os.environ.items() if name.upper() not in _TOKEN_NAMES}


class SnapSettings(CaptureSettings):
    """The `snap` function: the bucket it may write to and the queue it reports to."""

    bucket_name: str
    result_queue_url: str


class NotifySettings(EgressSettings):
    """The `notify` function: the accounts' table, its queue, and the queue of what it gives up."""

    table_name: str
    notify_queue_url: str
    notify_dead_letters_url: str


class ClientSettings(Settings):
    """A command that talks to a deployment: what `make run` wrote, unless the environment says otherwise."""

    url: str = ""
    """Base of the API, with or without a closing slash."""
    key: SecretStr = SecretStr("")


class ServiceSettings(EgressSettings):
    """What the functions that hold the state need: `api` and `results`."""

    queues: str = ""
    """The address that the queues' own begin with, then `capture=NAME` and so on for each, with spaces between them:
    what `capture_queue_url` and the others are when they are not set themselves."""

    table_name: str
    bucket_name: str = ""
    snap_function: str = ""
    capture_queue_url: str = ""
    sweep_queue_url: str = ""
    notify_queue_url: str = ""
    analysis_queue_url: str = ""
    compare_queue_url: str = ""
    """Of configurations' pictures that are to be compared."""
    public_url: str = ""
    """Base of our own public addresses, without a closing slash; empty means the host that was asked."""
    connections_url: str = ""
    """Of the stage that connectors' agents connect to, as `@connections` is called."""
    connector_queue_url: str = ""
    """Of captures that go through a connector."""
    result_queue_url: str = ""
    picture_days: int = Field(default=365, ge=1)
    """How long the bucket keeps a picture."""
    ai_provider: Literal["none", "openai", "bedrock"] = "none"
    """`openai` is any endpoint that speaks OpenAI's chat completions."""
    ai_url: str = "https://api.openai.com/v1"
    ai_model: str = ""
    """Its name at the endpoint, or Bedrock's id or ARN of it."""
    ai_key: SecretStr = SecretStr("")
    ai_key_secret_arn: str = ""
    """In Secrets Manager; used when there is no `ai_key`."""
    ai_monthly_limit: int | None = Field(default=None, ge=0)
    """Pictures and prompts that an account may have analysed per calendar month (UTC); `None` is unlimited."""

    locations: SecretStr = SecretStr("")
    """The pool of real locations, as JSON: docs/real-locations.md."""
    locations_secret_arn: str = ""
    """In Secrets Manager; used when there are no `locations`."""
    location_monthly_bytes: int = Field(default=32 << 20, ge=0)
    """What an account may receive through real locations per calendar month (UTC); PagePixels' plans include 32 MB."""

    export_role_arn: str = ""
    """The role that writes into callers' own buckets, or assumes theirs."""
    open_registration: bool = False
    """Strangers may make accounts for themselves, in the dialects that have such an endpoint."""
    rate_factor: float = Field(default=1, gt=0)
    """Multiplies the dialects' own limits of requests per endpoint."""

    bulk_queue_url: str = ""
    bulk_max_pages: int = Field(default=100, ge=1, le=1000)
    """Most pages of a bulk job."""

    pictures_url: str = ""
    """Base of the pictures' public links, without a closing slash."""
    wait_seconds: float = Field(default=27.0, gt=0, le=29)
    """How long `api` waits for a capture; API Gateway gives an HTTP API 30 s (AWS quota)."""

    @model_validator(mode="before")
    @classmethod
    def _with_queues(cls, given: dict[str, object]) -> dict[str, object]:
        base, *names = str(given.get("queues", "")).split() or [""]
        pairs = (name.partition("=") for name in names)
        return {f"{kind}_queue_url": base + name for kind, _, name in pairs} | given


@cache
def service_settings() -> ServiceSettings:
    """The process's settings, read once.

    Raises:
        pydantic.ValidationError: When a required variable is missing; the message names it.
    """
    return ServiceSettings.read()


@cache
def snap_settings() -> SnapSettings:
    """The process's settings, read once; raises like `service_settings`."""
    return SnapSettings.read()


@cache
def notify_settings() -> NotifySettings:
    """The process's settings, read once; raises like `service_settings`."""
    return NotifySettings.read()


@cache
def connector_settings() -> ConnectorSettings:
    """The process's settings, read once; raises like `service_settings`."""
    return ConnectorSettings.read()


@cache
def capture_settings() -> CaptureSettings:
    """The process's settings, read once; raises like `service_settings`."""
    return CaptureSettings.read()

"""Every setting, read from the environment in this file only."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class EgressSettings(BaseSettings):
    """What the egress rule needs, in every process that reaches addresses of a caller's choice."""

    model_config = SettingsConfigDict(env_prefix="PAGELAPSE_", frozen=True, env_ignore_empty=True)

    allow_hosts: Annotated[tuple[str, ...], NoDecode] = ()
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


class SnapSettings(CaptureSettings):
    """The `snap` function: the bucket it may write to and the queue it reports to."""

    bucket_name: str
    result_queue_url: str


class NotifySettings(EgressSettings):
    """The `notify` function: the accounts' table, its queue, and the queue of what it gives up."""

    table_name: str
    notify_queue_url: str
    notify_dead_letters_url: str


class ServiceSettings(EgressSettings):
    """What the functions that hold the state need: `api` and `results`."""

    table_name: str
    bucket_name: str = ""
    snap_function: str = ""
    capture_queue_url: str = ""
    sweep_queue_url: str = ""
    notify_queue_url: str = ""
    analysis_queue_url: str = ""
    public_url: str = ""
    """Base of our own public addresses, without a closing slash; empty means the host that was asked."""
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

    pictures_url: str = ""
    """Base of the pictures' public links, without a closing slash."""
    wait_seconds: float = Field(default=27.0, gt=0, le=29)
    """How long `api` waits for a capture; API Gateway gives an HTTP API 30 s (AWS quota)."""


@cache
def service_settings() -> ServiceSettings:
    """The process's settings, read once.

    Raises:
        pydantic.ValidationError: When a required variable is missing; the message names it.
    """
    return ServiceSettings()


@cache
def snap_settings() -> SnapSettings:
    """The process's settings, read once; raises like `service_settings`."""
    return SnapSettings()


@cache
def notify_settings() -> NotifySettings:
    """The process's settings, read once; raises like `service_settings`."""
    return NotifySettings()


@cache
def capture_settings() -> CaptureSettings:
    """The process's settings, read once; raises like `service_settings`."""
    return CaptureSettings()

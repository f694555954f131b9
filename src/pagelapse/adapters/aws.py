"""The only place that makes boto3 clients: one per process and service, kept for the sandbox's life."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

_CONNECT_TIMEOUT_S = 3
_READ_TIMEOUT_S = 10


@cache
def s3_client() -> S3Client:
    """S3, with signature version 4, which presigned links need in newer regions."""
    client: S3Client = boto3.client("s3", config=_config(signature_version="s3v4"))
    return client


@cache
def sqs_client() -> SQSClient:
    """SQS."""
    client: SQSClient = boto3.client("sqs", config=_config())
    return client


@cache
def lambda_client(read_timeout_s: int) -> LambdaClient:
    """Lambda for synchronous invocations: never retried, since each attempt runs the function again.

    Args:
        read_timeout_s: Seconds to wait for the function's reply; botocore fixes it per client.
    """
    config = _config(read_timeout=read_timeout_s, retries={"total_max_attempts": 1})
    client: LambdaClient = boto3.client("lambda", config=config)
    return client


@cache
def secrets_client() -> Any:
    """Secrets Manager."""
    return _client("secretsmanager", _config())


@cache
def bedrock_client(read_timeout_s: int) -> Any:
    """Bedrock's models; an answer costs money, so an attempt is not repeated.

    Args:
        read_timeout_s: Seconds to wait for an answer; botocore fixes it per client.
    """
    return _client("bedrock-runtime", _config(read_timeout=read_timeout_s, retries={"total_max_attempts": 1}))


@cache
def connections_client(url: str) -> Any:
    """The open connections of a WebSocket API's stage.

    Args:
        url: Of the stage: each has an endpoint of its own.
    """
    return _client("apigatewaymanagementapi", _config(read_timeout=5), endpoint_url=url)


def _client(service: str, config: Config, **options: Any) -> Any:
    """A client of a service whose types are in no package of ours."""
    make: Any = boto3.client
    return make(service, config=config, **options)


def _config(**overrides: object) -> Config:
    defaults: dict[str, object] = {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "read_timeout": _READ_TIMEOUT_S,
        "max_pool_connections": 50,
        "retries": {"mode": "standard", "total_max_attempts": 3},
        "tcp_keepalive": True,
    }
    return Config(**(defaults | overrides))  # type: ignore[arg-type]

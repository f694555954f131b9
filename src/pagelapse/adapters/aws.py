"""The only place that makes AWS clients: one per process and service, kept for the sandbox's life.

By botocore alone: what boto3 has beside it takes 50 ms to import, on every cold start, and nothing of it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

_CONNECT_TIMEOUT_S = 3
_READ_TIMEOUT_S = 10


@cache
def s3_client() -> S3Client:
    """S3, with signature version 4, which presigned links need in newer regions."""
    client: S3Client = _client("s3", _config(signature_version="s3v4"))
    return client


def s3_client_as(credentials: Mapping[str, Any]) -> S3Client:
    """S3 with the credentials of an `AssumeRole` answer; used once, so not kept."""
    client: S3Client = _client("s3", _config(signature_version="s3v4"), **_temporary(credentials))
    return client


@cache
def sts_client() -> Any:
    """STS, at the region's own endpoint."""
    return _client("sts", _config())


def sts_client_as(credentials: Mapping[str, Any]) -> Any:
    """STS with the credentials of an `AssumeRole` answer; used once, so not kept."""
    return _client("sts", _config(), **_temporary(credentials))


def _temporary(credentials: Mapping[str, Any]) -> dict[str, str]:
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


@cache
def sqs_client() -> SQSClient:
    """SQS."""
    client: SQSClient = _client("sqs", _config())
    return client


@cache
def lambda_client(read_timeout_s: int) -> LambdaClient:
    """Lambda for synchronous invocations: never retried, since each attempt runs the function again.

    Args:
        read_timeout_s: Seconds to wait for the function's reply; botocore fixes it per client.
    """
    config = _config(read_timeout=read_timeout_s, retries={"total_max_attempts": 1})
    client: LambdaClient = _client("lambda", config)
    return client


@cache
def cloudformation_client() -> CloudFormationClient:
    """CloudFormation; only operators' commands ask it."""
    client: CloudFormationClient = _client("cloudformation", _config())
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


@cache
def session() -> Any:
    """Whom this process is to AWS, as its environment says when it is first asked."""
    return botocore.session.get_session()


def _client(service: str, config: Config, **options: Any) -> Any:
    return session().create_client(service, config=config, **options)


def _config(**overrides: object) -> Config:
    defaults: dict[str, object] = {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "read_timeout": _READ_TIMEOUT_S,
        "max_pool_connections": 50,
        "retries": {"mode": "standard", "total_max_attempts": 3},
        "tcp_keepalive": True,
    }
    return Config(**(defaults | overrides))  # type: ignore[arg-type]

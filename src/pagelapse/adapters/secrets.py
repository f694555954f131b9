"""Secrets of the operator's, in AWS Secrets Manager."""

from __future__ import annotations

from functools import cache

from pagelapse.adapters import aws


@cache
def read_secret(arn: str) -> str:
    """The secret's text, read once per process; raises `botocore.exceptions.ClientError`."""
    return str(aws.secrets_client().get_secret_value(SecretId=arn)["SecretString"])

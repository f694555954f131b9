"""Buckets of the tests' customers."""

from __future__ import annotations

import json

import boto3

from pagelapse.local.stack import Stack


def open_bucket(stack: Stack, name: str, account_id: str) -> None:
    """Make a bucket whose policy lets us save the account's pictures, as docs/own-bucket.md says."""
    s3 = boto3.client("s3", **stack.client_options)
    s3.create_bucket(Bucket=name)
    role = stack.outputs["ExportRoleArn"].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    let_in = {
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Principal": {"AWS": f"{role}/{account_id}"},
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [let_in]}))

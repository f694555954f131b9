"""Copies in other people's buckets, with IAM enforced: who may be let in, and what nobody opens by accident."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from pagelapse.adapters import aws
from pagelapse.adapters.foreign_buckets import ForeignBuckets
from pagelapse.errors import ExportFailed
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

pytestmark = pytest.mark.e2e

ACCOUNT, OTHER = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
THEIR_AWS_ACCOUNT = "222222222222"
"""The emulator takes an access key of twelve digits as the root user of that account."""


@dataclass
class World:
    """Our stack, and an AWS account of somebody else's."""

    stack: Stack
    foreign: ForeignBuckets
    theirs: dict[str, Any]
    ours: dict[str, Any]

    @property
    def export_role(self) -> str:
        return self.stack.outputs["ExportRoleArn"]

    def session_of(self, account_id: str) -> str:
        """The principal that a bucket's policy names."""
        return self.export_role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + f"/{account_id}"

    def grant(self, bucket: str, principal: str) -> None:
        """A bucket whose policy lets `principal` in. It is ours: the emulator judges foreign ones by account only."""
        s3 = boto3.client("s3", **self.ours)
        s3.create_bucket(Bucket=bucket)
        statement = _allow("s3:PutObject", Resource=f"arn:aws:s3:::{bucket}/*", Principal={"AWS": principal})
        s3.put_bucket_policy(Bucket=bucket, Policy=_document(statement))

    def read(self, options: dict[str, Any], bucket: str) -> tuple[bytes, str]:
        found = boto3.client("s3", **options).get_object(Bucket=bucket, Key="a/ü.png")
        return found["Body"].read(), found["ContentType"]

    def put(self, bucket: str, account_id: str = ACCOUNT, **arguments: Any) -> str:
        return self.foreign.put(account_id, bucket, "a/ü.png", b"png", media_type="image/png", **arguments)


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _allow(action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, **more}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The deployed template under enforced IAM; this process acts as the `api` function's role."""
    with (
        Stack(Layout(state=tmp_path_factory.mktemp("guarded")), free_ports(), enforce_iam=True) as stack,
        pytest.MonkeyPatch.context() as patch,
    ):
        stack.deploy()
        ours = stack.client_options
        credentials = _as_api(ours)
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        for variable, name in zip(("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"), names, strict=True):
            patch.setenv(f"AWS_{variable}", credentials[name])
        # boto3's own session keeps the credentials that it has found first.
        patch.setenv("AWS_ENDPOINT_URL", stack.ports.aws_url)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        aws.session.cache_clear()
        aws.sts_client.cache_clear()
        foreign = ForeignBuckets(stack.outputs["ExportRoleArn"])
        yield World(stack, foreign, {**ours, "aws_access_key_id": THEIR_AWS_ACCOUNT}, ours)
        aws.session.cache_clear()
        aws.sts_client.cache_clear()


def _as_api(options: dict[str, Any]) -> dict[str, str]:
    """The credentials of the role that Lambda gives `api`; its trust is widened to this process."""
    iam, sts = boto3.client("iam", **options), boto3.client("sts", **options)
    (role,) = [role for role in iam.list_roles(MaxItems=1000)["Roles"] if "ApiRole" in role["RoleName"]]
    root = sts.get_caller_identity()["Arn"]
    trust = _document(_allow("sts:AssumeRole", Principal={"AWS": root}))
    iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trust)
    found: dict[str, str] = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="api")["Credentials"]
    return found


def test_a_bucket_lets_one_account_in(world: World) -> None:
    """A bucket that grants the session of one account takes its pictures, under the name that it chose."""
    world.grant("granting", world.session_of(ACCOUNT))
    assert world.put("granting") == f"{world.stack.ports.aws_url}/granting/a/%C3%BC.png"
    assert world.read(world.ours, "granting") == (b"png", "image/png")


def test_another_account_is_not_let_in(world: World) -> None:
    """Another account that names the same bucket is refused, and told as who it came."""
    world.grant("granting-one", world.session_of(ACCOUNT))
    with pytest.raises(ExportFailed) as refused:
        world.put("granting-one", OTHER)
    assert refused.value.option == "bucket"
    assert world.session_of(OTHER) in refused.value.message


def test_a_bucket_that_grants_nothing(world: World) -> None:
    """A bucket that does not know us refuses; one that does not exist is said not to."""
    boto3.client("s3", **world.theirs).create_bucket(Bucket="closed")
    with pytest.raises(ExportFailed, match="does not let"):
        world.put("closed")
    with pytest.raises(ExportFailed, match="does not"):
        world.put("nobodys")


def test_the_operators_own_buckets_stay_closed(world: World) -> None:
    """A bucket of the operator's AWS account, the pictures' own too, is not open to callers who know its name."""
    for bucket in (world.stack.outputs["BucketName"], "operators"):
        if bucket == "operators":
            boto3.client("s3", **world.ours).create_bucket(Bucket=bucket)
        with pytest.raises(ExportFailed, match="does not let"):
            world.put(bucket)


def _role(world: World, name: str, external_id: str, bucket: str, options: dict[str, Any] | None = None) -> str:
    iam = boto3.client("iam", **(options or world.theirs))
    condition = {"StringEquals": {"sts:ExternalId": external_id}}
    trust = _document(_allow("sts:AssumeRole", Principal={"AWS": world.export_role}, Condition=condition))
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    policy = _document(_allow("s3:*", Resource=[f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]))
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    arn: str = role["Arn"]
    return arn


def test_a_role_is_assumed_with_the_accounts_id(world: World) -> None:
    """A role that asks for the account's id as external id opens its bucket, to that account alone."""
    boto3.client("s3", **world.theirs).create_bucket(Bucket="behind-a-role")
    role = _role(world, "pictures", ACCOUNT, "behind-a-role")
    world.put("behind-a-role", role_arn=role)
    assert world.read(world.theirs, "behind-a-role")[0] == b"png"
    with pytest.raises(ExportFailed) as refused:
        world.put("behind-a-role", OTHER, role_arn=role)
    assert (refused.value.option, OTHER in refused.value.message) == ("role", True)


def test_the_operators_own_roles_stay_closed(world: World) -> None:
    """A role of the operator's AWS account is not assumed, even if it would let us."""
    boto3.client("s3", **world.ours).create_bucket(Bucket="behind-an-own-role")
    role = _role(world, "operators", ACCOUNT, "behind-an-own-role", world.ours)
    with pytest.raises(ExportFailed) as refused:
        world.put("behind-an-own-role", role_arn=role)
    assert refused.value.option == "role"

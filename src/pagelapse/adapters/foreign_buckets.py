"""Buckets of other people's, written to as one of our accounts (docs/adr/0032)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pagelapse.adapters import aws
from pagelapse.errors import ExportFailed

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

SESSION_S = 900
"""The shortest that STS gives."""

_DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "AccountProblem", "AccessDeniedException"})


class ForeignBuckets:
    """Writes objects as the export role, or as a role of the bucket's owner.

    Args:
        role_arn: The stack's export role. Its session bears the account's id, so that a bucket's policy can grant it to
            one account alone.
    """

    def __init__(self, role_arn: str) -> None:
        self._role_arn = role_arn

    def put(
        self, account_id: str, bucket: str, name: str, body: bytes, *, media_type: str, role_arn: str | None = None
    ) -> str:
        """Store an object; one of the same name is replaced.

        Args:
            account_id: Whose wish it is.
            bucket: An existing one.
            name: The object's key.
            body: Its bytes.
            media_type: Its `Content-Type`.
            role_arn: Assumed with the account's id as `ExternalId`; `None` writes as the export role.

        Returns:
            The object's address, unsigned.

        Raises:
            ExportFailed: With `bucket` or `role` as option, when whoever owns them does not let us.
        """
        session = self._session(account_id, bucket, role_arn)
        if role_arn is not None:
            session = _owners_session(session, account_id, bucket, role_arn)
        return _put(session, bucket, name, body, media_type)

    def _session(self, account_id: str, bucket: str, role_arn: str | None) -> Any:
        """Our own role's session; what fails here is our fault, so it raises as it comes."""
        return aws.sts_client().assume_role(
            RoleArn=self._role_arn,
            RoleSessionName=account_id,
            DurationSeconds=SESSION_S,
            Policy=_policy(self._role_arn, bucket, role_arn),
        )


def _owners_session(ours: Any, account_id: str, bucket: str, role_arn: str) -> Any:
    try:
        return aws.sts_client_as(ours["Credentials"]).assume_role(
            RoleArn=role_arn,
            RoleSessionName=f"pagelapse-{account_id}",
            ExternalId=account_id,
            DurationSeconds=SESSION_S,
            Policy=_policy(role_arn, bucket, None),
        )
    except (ClientError, BotoCoreError) as error:
        who = ours["AssumedRoleUser"]["Arn"]
        reason = f"can't be assumed by {who} with the external id {account_id}"
        raise ExportFailed(reason, option="role") from error


def _policy(own_role: str, bucket: str, next_role: str | None) -> str:
    """What a session may do, and nothing else, whatever its role grants. An owner's role may have to use its key."""
    partition = own_role.split(":")[1]
    if next_role is not None:
        statements = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": next_role}]
    else:
        statements = [
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:{partition}:s3:::{bucket}/*"},
            {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "*"},
        ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _put(session: Any, bucket: str, name: str, body: bytes, media_type: str) -> str:
    client = aws.s3_client_as(session["Credentials"])
    addresses: list[str] = []

    def notice(request: AWSPreparedRequest, **_: object) -> None:
        addresses.append(request.url.partition("?")[0])

    # A bucket of another region is found by a redirect, so only the last request tells its address.
    client.meta.events.register("before-send.s3.PutObject", notice)
    try:
        client.put_object(Bucket=bucket, Key=name, Body=body, ContentType=media_type)
    except ClientError as error:
        raise ExportFailed(_reason(error, session["AssumedRoleUser"]["Arn"]), option="bucket") from error
    except BotoCoreError as error:
        raise ExportFailed("could not be reached", option="bucket") from error
    return addresses[-1]


def _reason(error: ClientError, who: str) -> str:
    """For the caller; S3's own message names nothing that helps."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code == "NoSuchBucket":
        return "does not exist"
    if code in _DENIED or status == HTTPStatus.FORBIDDEN:
        return f"does not let {who} put objects"
    return f"does not take the object ({code[:60]})"

"""The pictures' bucket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from pagelapse.adapters import aws
from pagelapse.errors import StorageFailed

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

IMMUTABLE = "public, max-age=31536000, immutable"
"""`Cache-Control` of stored pictures: a key is written once."""


class Bucket:
    """Objects of one S3 bucket.

    Args:
        name: The bucket.
        client: Only for tests; the process's own otherwise.
    """

    def __init__(self, name: str, *, client: S3Client | None = None) -> None:
        self._name = name
        self._client = client or aws.s3_client()

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        """Store an object that never changes; raises `botocore.exceptions.ClientError`."""
        self._client.put_object(Bucket=self._name, Key=key, Body=body, ContentType=media_type, CacheControl=IMMUTABLE)

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or `None` when there is none, for instance after its expiry.

        Without `s3:ListBucket`, S3 answers 403 instead of 404 for a missing key, so both mean missing.

        Raises:
            StorageFailed: When S3 can't be asked.
        """
        try:
            return self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
                return None
            raise StorageFailed("The stored picture can't be read at the moment.") from error
        except BotoCoreError as error:
            raise StorageFailed("The stored picture can't be read at the moment.") from error

    def delete(self, keys: Iterable[str]) -> None:
        """Delete up to 1000 objects; those that are gone already count as deleted.

        Raises:
            OSError: When S3 keeps some of them.
            botocore.exceptions.ClientError: When it refuses altogether.
        """
        objects: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys]
        if not objects:
            return
        answer = self._client.delete_objects(Bucket=self._name, Delete={"Objects": objects, "Quiet": True})
        if errors := answer.get("Errors"):
            raise OSError(f"S3 kept {len(errors)} objects: {errors[0].get('Code')}")

    def presigned_get(self, key: str, *, seconds: int) -> str:
        """A link that reads one object for `seconds`; made without a call to S3."""
        parameters = {"Bucket": self._name, "Key": key}
        return self._client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)

"""The pictures' bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from pagelapse.adapters import aws
from pagelapse.adapters.uploads import Upload
from pagelapse.errors import StorageFailed
from pagelapse.observability import correlation_id

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

IMMUTABLE = "public, max-age=31536000, immutable"
"""`Cache-Control` of stored pictures: a key is written once."""


_READ_ATTEMPTS = 2


def _metadata() -> dict[str, str]:
    """What an object says of itself: for which request it was stored. Whoever may read it may read that, too."""
    current = correlation_id()
    return {} if current is None else {"correlation-id": current}


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
        """Store an object that never changes.

        Raises:
            StorageFailed: When S3 does not take it.
        """
        try:
            self._client.put_object(
                Bucket=self._name,
                Key=key,
                Body=body,
                ContentType=media_type,
                CacheControl=IMMUTABLE,
                Metadata=_metadata(),
            )
        except (ClientError, BotoCoreError) as error:
            raise StorageFailed("The picture can't be stored at the moment; ask again in a few seconds.") from error

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or `None` when there is none, for instance after its expiry.

        Without `s3:ListBucket`, S3 answers 403 instead of 404 for a missing key, so both mean missing.

        Raises:
            StorageFailed: When S3 can't be asked.
        """
        for attempt in range(1, _READ_ATTEMPTS + 1):
            try:
                return self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
                    return None
                raise StorageFailed("The stored picture can't be read at the moment.") from error
            except BotoCoreError as error:
                # The SDK repeats requests, but not a body that breaks off.
                if attempt == _READ_ATTEMPTS:
                    raise StorageFailed("The stored picture can't be read at the moment.") from error
        raise AssertionError("unreachable")

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

    def read_pieces(self, key: str) -> Iterator[bytes]:
        """The object's bytes, a MiB at a time; raises `botocore.exceptions.ClientError` when there is none."""
        body = self._client.get_object(Bucket=self._name, Key=key)["Body"]
        return body.iter_chunks(1 << 20)

    def upload(self, key: str, *, media_type: str) -> Upload:
        """A file to write a new object of any size to."""
        return Upload(self._client, self._name, key, media_type, _metadata())

    def presigned_get(self, key: str, *, seconds: int, file_name: str | None = None) -> str:
        """A link that reads one object for `seconds`, to be saved under a name; made without a call to S3."""
        parameters = {"Bucket": self._name, "Key": key}
        if file_name is not None:
            parameters["ResponseContentDisposition"] = f'attachment; filename="{file_name}"'
        return self._client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)

    def presigned_post(self, key: str, *, media_type: str, max_bytes: int, seconds: int) -> tuple[str, dict[str, str]]:
        """A form that stores one object that never changes, as this type and of at most this size.

        Returns:
            Its address and its fields; made without a call to S3.
        """
        fields = {"Content-Type": media_type, "Cache-Control": IMMUTABLE}
        fields |= {f"x-amz-meta-{name}": value for name, value in _metadata().items()}
        conditions: list[object] = [{name: value} for name, value in fields.items()]
        conditions.append(["content-length-range", 1, max_bytes])
        made = self._client.generate_presigned_post(
            self._name, key, Fields=fields, Conditions=conditions, ExpiresIn=seconds
        )
        return str(made["url"]), dict(made["fields"])

    def look_at(self, key: str) -> tuple[int, str] | None:
        """An object's size and content type, or `None` when there is none; as `get`."""
        try:
            found = self._client.head_object(Bucket=self._name, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
                return None
            raise
        return found["ContentLength"], found["ContentType"]

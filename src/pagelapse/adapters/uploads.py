"""A file object over a multipart upload to S3: any size, and only one part of it in memory."""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed import ReadableBuffer
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 8 << 20
"""S3 takes parts of 5 MiB and more, and 10,000 of them (AWS quota): 80 GB."""


class Upload(io.RawIOBase):
    """Write-only and not seekable. Leaving its context by an exception, or after a failed part, leaves no object.

    Once a part has failed, further writes are swallowed, so that whoever writes, and writes on while closing, does not
    hide the first error; the context's end raises that one.

    Args:
        client: Of S3.
        bucket: Where to.
        key: Of the new object, which is there once the context has ended without an exception.
        media_type: Its Content-Type.
        metadata: What it says of itself besides.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        key: str,
        media_type: str,
        metadata: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self._client = client
        self._bucket = bucket
        self._key = key
        self._media_type = media_type
        self._metadata = dict(metadata)
        self._buffer = bytearray()
        self._parts: list[CompletedPartTypeDef] = []
        self._upload_id: str | None = None
        self._failure: Exception | None = None
        self.size = 0
        """Bytes written so far."""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take bytes; a full part is sent at once."""
        with memoryview(data) as view:
            length = view.nbytes
            if self._failure is None:
                self._buffer += view
        self.size += length
        while len(self._buffer) >= PART_BYTES and self._failure is None:
            self._attempt(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]
        return length

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the object, or give it up."""
        try:
            if error is None and self._failure is None:
                self._complete()
        except (ClientError, BotoCoreError) as failure:
            self._failure = failure
        finally:
            if error is not None or self._failure is not None:
                self._abort()
            self.close()
        if self._failure is not None:
            raise self._failure from error

    def _attempt(self, part: bytes) -> None:
        try:
            self._send(part)
        except (ClientError, BotoCoreError) as error:
            self._failure = error
            self._buffer.clear()

    def _send(self, part: bytes) -> None:
        if self._upload_id is None:
            made = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=self._key, ContentType=self._media_type, Metadata=self._metadata
            )
            self._upload_id = made["UploadId"]
        number = len(self._parts) + 1
        sent = self._client.upload_part(
            Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, PartNumber=number, Body=part
        )
        self._parts.append({"ETag": sent["ETag"], "PartNumber": number})

    def _complete(self) -> None:
        rest = bytes(self._buffer)
        if self._upload_id is None:
            self._client.put_object(
                Bucket=self._bucket, Key=self._key, Body=rest, ContentType=self._media_type, Metadata=self._metadata
            )
            return
        if rest:
            self._send(rest)
        self._client.complete_multipart_upload(
            Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
        )

    def _abort(self) -> None:
        """Throw away what was sent; if that fails too, the bucket's lifecycle does it."""
        if self._upload_id is None:
            return
        try:
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._upload_id)
        except (ClientError, BotoCoreError) as error:
            self._failure = self._failure or error

"""Archives on their way to S3, against a client that remembers or breaks."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import dataclass, field
from typing import Any, cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import pytest
from botocore.exceptions import ClientError

from pagelapse.adapters.uploads import PART_BYTES, Upload


@dataclass
class FakeS3:
    """Multipart uploads; `breaks_at` is the part that fails."""

    breaks_at: int = 0
    keep: bool = True
    parts: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    object: bytes | None = None

    def create_multipart_upload(self, **_: Any) -> dict[str, str]:
        return {"UploadId": "one"}

    def upload_part(self, *, PartNumber: int, Body: bytes, **_: Any) -> dict[str, str]:  # noqa: N803 - boto3's names
        if PartNumber == self.breaks_at:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "the first"}}, "UploadPart")
        assert not self.breaks_at or self.breaks_at > PartNumber, "written on after a failed part"
        self.parts += [Body] if self.keep else []
        self.sizes.append(len(Body))
        return {"ETag": str(PartNumber)}

    def complete_multipart_upload(self, *, MultipartUpload: dict[str, Any], **_: Any) -> None:  # noqa: N803
        assert [part["PartNumber"] for part in MultipartUpload["Parts"]] == list(range(1, len(self.sizes) + 1))
        self.object = b"".join(self.parts)
        self.done.append("completed")

    def abort_multipart_upload(self, **_: Any) -> None:
        self.done.append("aborted")

    def put_object(self, *, Body: bytes, **_: Any) -> None:  # noqa: N803
        self.object = Body
        self.done.append("put")


def _upload(s3: FakeS3) -> Upload:
    return Upload(cast("Any", s3), "bucket", "archives/a.zip", "application/zip")


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_an_object_of_any_size_arrives_whole(size: int) -> None:
    """What is written in whatever pieces is the object, and all parts but the last are full ones."""
    s3, body = FakeS3(), bytes(range(256)) * (size // 256 + 1)
    with _upload(s3) as upload:
        for start in range(0, size, 1_000_003):
            upload.write(body[start : min(size, start + 1_000_003)])
    assert (s3.object, upload.size) == (body[:size], size)
    assert set(s3.sizes[:-1]) <= {PART_BYTES}
    assert s3.done in (["put"], ["completed"])


def _pack(upload: Upload, files: int, size: int) -> None:
    body = b"x" * size
    with ZipFile(upload, "w", ZIP_STORED) as archive:
        for number in range(files):
            archive.writestr(ZipInfo(f"{number}.png"), body)


def test_an_archive_arrives_whole() -> None:
    """A ZIP written to an upload is one that can be read."""
    s3 = FakeS3()
    with _upload(s3) as upload:
        _pack(upload, 20, 1_000_000)
    with ZipFile(io.BytesIO(s3.object or b"")) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 20


def test_the_first_failure_is_told() -> None:
    """After a failed part nothing more is sent, the upload is given up, and the archive's end doesn't hide why."""
    s3 = FakeS3(breaks_at=2)
    with pytest.raises(ClientError, match="the first"), _upload(s3) as upload:
        _pack(upload, 50, 1_000_000)
    assert (s3.object, s3.done) == (None, ["aborted"])


def _interrupted(uploading: Upload) -> None:
    with uploading as upload:
        upload.write(b"x" * (PART_BYTES + 1))
        raise OSError("unreadable")


def test_an_interrupted_archive_leaves_nothing() -> None:
    """When the writer fails, no object is there, and the writer's error is the one that is raised."""
    s3 = FakeS3()
    with pytest.raises(OSError, match="unreadable"):
        _interrupted(_upload(s3))
    assert (s3.object, s3.done) == (None, ["aborted"])


def test_an_archive_of_gigabytes_takes_little_memory() -> None:
    """Packing 300 pictures of 2 MB holds some parts of it in memory, and not the archive."""
    s3 = FakeS3(keep=False)
    tracemalloc.start()
    try:
        with _upload(s3) as upload:
            _pack(upload, 300, 2_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert upload.size > 600_000_000
    assert peak < 8 * PART_BYTES

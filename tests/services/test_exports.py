"""Copies of pictures in callers' own buckets."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tests.fakes import MemoryPictures
from tests.world import World

from pagelapse.capture.jobs import StoredFile
from pagelapse.errors import ExportFailed, InvalidOption
from pagelapse.services.exports import MAX_EXPORT_BYTES, Exports, destination

ROLE = "arn:aws:iam::123456789012:role/pictures"
FILE = StoredFile(key="pictures/a.png", media_type="image/png", size=3, width=1, height=1)


@dataclass
class MemoryForeign:
    """Other people's buckets."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def put(
        self, account_id: str, bucket: str, name: str, body: bytes, *, media_type: str, role_arn: str | None = None
    ) -> str:
        self.objects[bucket, name] = body
        self.asked.append((account_id, media_type, role_arn))
        return f"https://{bucket}.test/{name}"


@pytest.mark.parametrize(
    "bucket", ["", "ab", "a..b", "-ab", "ab-", "192.168.0.1", "a/b", "a b", "x" * 64, "arn:aws:s3:::bucket", "bücket"]
)
def test_what_is_no_bucket_is_refused_by_name(bucket: str) -> None:
    """What can't be the name of a bucket is refused before anything is captured."""
    with pytest.raises(InvalidOption) as refused:
        destination(bucket, "a.png")
    assert refused.value.option == "bucket"


@pytest.mark.parametrize("name", ["", "/a.png", "../a.png", "a/./b", "a\nb", "x" * 1025, "é" * 513, "\ud800"])
def test_what_is_no_object_name_is_refused(name: str) -> None:
    """Names that are empty, too long, hold control characters or lead out of their folder are refused."""
    with pytest.raises(InvalidOption) as refused:
        destination("bucket", name)
    assert refused.value.option == "name"


@pytest.mark.parametrize("role", ["", "me", "arn:aws:iam::123456789012:user/me", "arn:aws:iam::1:role/x", ROLE + "*"])
def test_what_is_no_role_is_refused(role: str) -> None:
    """Only the ARN of an IAM role names a role; a wildcard does not."""
    with pytest.raises(InvalidOption) as refused:
        destination("bucket", "a.png", role)
    assert refused.value.option == "role"


def test_a_picture_is_copied_as_its_account() -> None:
    """The copy is written on behalf of the account that asks, with the picture's own type."""
    world, foreign = World(), MemoryForeign()
    world.pictures.objects[FILE.key] = b"png"
    url = Exports(world.pictures, foreign).export(world.new.account, FILE, destination("My_bucket", "a/ü.png", ROLE))
    assert url == "https://My_bucket.test/a/ü.png"
    assert foreign.objects == {("My_bucket", "a/ü.png"): b"png"}
    assert foreign.asked == [(world.new.account.account_id, "image/png", ROLE)]


def test_bytes_at_hand_are_not_read_again() -> None:
    """A picture that the caller waited for is copied without reading it from the bucket."""
    pictures, foreign = MemoryPictures(), MemoryForeign()
    Exports(pictures, foreign).export(World().new.account, FILE, destination("bucket", "a.png"), body=b"png")
    assert (foreign.objects, pictures.reads) == ({("bucket", "a.png"): b"png"}, [])


def test_a_picture_that_is_gone_or_too_large_is_not_copied() -> None:
    """A picture that is no longer stored, or does not fit into memory, is said to be so."""
    exports, account = Exports(MemoryPictures(), MemoryForeign()), World().new.account
    for file in (FILE, FILE.model_copy(update={"size": MAX_EXPORT_BYTES + 1})):
        with pytest.raises(ExportFailed):
            exports.export(account, file, destination("bucket", "a.png"))

"""Copies of pictures in callers' own S3 buckets. No key of anybody's is ever stored or asked for (docs/adr/0032)."""

from __future__ import annotations

import re
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from pagelapse.capture.jobs import StoredFile
from pagelapse.errors import ExportFailed, InvalidOption
from pagelapse.records import Account
from pagelapse.services.ports import PictureStore

MAX_EXPORT_BYTES = 200_000_000
"""Held in memory on the way."""

_MAX_NAME_BYTES = 1024

# Legacy names of us-east-1 may hold capitals and underscores; S3 knows which of them exist.
_BUCKET = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]", re.ASCII)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Destination(BaseModel):
    """A place in somebody's bucket; make it with `destination`, which checks it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str
    name: str
    """The object's key."""
    role: str | None = None
    """ARN of the bucket's owner's role that may write there; `None` where the bucket's policy lets us."""


class ForeignStore(Protocol):
    """Writes into buckets of other people's."""

    def put(
        self, account_id: str, bucket: str, name: str, body: bytes, *, media_type: str, role_arn: str | None = None
    ) -> str:
        """See `adapters.foreign_buckets.ForeignBuckets.put`."""
        ...


class Exports:
    """Copies pictures to where their accounts want them.

    Args:
        pictures: Ours.
        foreign: Theirs.
    """

    def __init__(self, pictures: PictureStore, foreign: ForeignStore) -> None:
        self._pictures = pictures
        self._foreign = foreign

    def export(self, account: Account, file: StoredFile, to: Destination, *, body: bytes | None = None) -> str:
        """Copy a stored file; done again, it replaces the object by the same one.

        Args:
            account: Whose wish it is, and who alone the bucket's owner has let in.
            file: What to copy.
            to: Where to.
            body: The file's bytes, where they are at hand.

        Returns:
            The copy's address, unsigned: whether it can be read is its owner's decision.

        Raises:
            ExportFailed: The owner does not let us, or the file is gone or too large; `option` is `bucket` or `role`.
        """
        if file.size > MAX_EXPORT_BYTES:
            raise ExportFailed("The picture is too large to be copied into a bucket.")
        found = body if body is not None else self._pictures.get(file.key)
        if found is None:
            raise ExportFailed("The picture is no longer stored.")
        return self._foreign.put(
            account.account_id, to.bucket, to.name, found, media_type=file.media_type, role_arn=to.role
        )


def destination(bucket: str, name: str, role: str | None = None) -> Destination:
    """A checked place in somebody's bucket.

    Raises:
        InvalidOption: With `bucket`, `name` or `role` as its option; dialects put their own parameters in place.
    """
    if not _BUCKET.fullmatch(bucket):
        raise InvalidOption("is not the name of an S3 bucket", option="bucket")
    if not _is_object_name(name):
        raise InvalidOption(
            f"is not an object's name: 1 to {_MAX_NAME_BYTES} bytes without . or .. as parts", option="name"
        )
    if role is not None and not _ROLE.fullmatch(role):
        raise InvalidOption("is not the ARN of an IAM role", option="role")
    return Destination(bucket=bucket, name=name, role=role)


def _is_object_name(name: str) -> bool:
    """S3 takes more, but clients rewrite paths with dots, and a leading slash makes an empty folder."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return False
    parts = name.split("/")
    return 0 < size <= _MAX_NAME_BYTES and parts[0] != "" and not {".", ".."} & set(parts) and not _CONTROL.search(name)

"""The table's items of captures; see `table`."""

from __future__ import annotations

from typing import Self, cast

from pynamodb.attributes import BooleanAttribute, MapAttribute, NumberAttribute, UnicodeAttribute

from pagelapse.adapters.monitor_items import DueItem
from pagelapse.capture.jobs import Failure, StoredFile
from pagelapse.records import CaptureRecord, CaptureState, Picture


class CaptureItem(DueItem, discriminator="capture"):
    """The latest attempt at some options and their last picture; due, while under way, to be given up."""

    claim = UnicodeAttribute()
    key_prefix = UnicodeAttribute()
    state = UnicodeAttribute()
    lease_until = NumberAttribute()
    month = UnicodeAttribute()
    failure = UnicodeAttribute(null=True)
    picture = UnicodeAttribute(null=True)
    picture_job = UnicodeAttribute(null=True)
    thumbnails: MapAttribute[str, str] = MapAttribute(null=True)  # type: ignore[no-untyped-call]
    analyses: MapAttribute[str, str] = MapAttribute(null=True)  # type: ignore[no-untyped-call]
    has_worker = BooleanAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, digest: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"CAPTURE#{account_id}#{digest}", "CAPTURE")

    def record(self) -> CaptureRecord:
        """The item in the application's terms."""
        _, account_id, digest = self.pk.split("#")
        thumbnails: dict[str, str] = self.thumbnails.attribute_values if self.thumbnails else {}
        return CaptureRecord(
            account_id,
            digest,
            self.claim,
            cast("CaptureState", self.state),
            float(self.lease_until),
            self.month,
            Failure.model_validate_json(self.failure) if self.failure else None,
            Picture.model_validate_json(self.picture) if self.picture else None,
            {label: StoredFile.model_validate_json(text) for label, text in thumbnails.items()},
            analyses=self.analyses.attribute_values if self.analyses else {},
            has_worker=bool(self.has_worker),
        )

"""Browshot's parameters of pictures that are there: thumbnails and hosting."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, FiniteFloat, JsonValue
from pydantic_core import ValidationError

from pagelapse.capture.jobs import Crop, ThumbnailSize
from pagelapse.dialects.browshot.parsing import Params
from pagelapse.errors import InvalidOption


class IdParams(Params):
    """A screenshot."""

    id: int = Field(ge=0, le=10**12, description="The screenshot.")


class ThumbnailParams(Params):
    """How a thumbnail is made of a screenshot."""

    width: int | None = Field(None, ge=1, le=4000, description="Width, px.")
    height: int | None = Field(None, ge=1, le=4000, description="Height, px.")
    scale: FiniteFloat | None = Field(None, ge=0.01, le=1, description="Size as a part of the original; 1 is the same.")
    zoom: FiniteFloat | None = Field(None, ge=1, le=100, description="The same in percent.")
    ratio: Literal["fit", "fill"] = Field("fit", description="Fit into width and height, or fill both, cutting off.")
    left: int = Field(0, ge=0, le=10**6, description="Left edge of the part to cut out first, px.")
    right: int | None = Field(None, ge=1, le=10**6, description="Its right edge.")
    top: int = Field(0, ge=0, le=10**6, description="Its top edge.")
    bottom: int | None = Field(None, ge=1, le=10**6, description="Its bottom edge.")

    def thumbnail(self) -> ThumbnailSize | None:
        """The thumbnail; `None` is the screenshot itself.

        Raises:
            InvalidOption: When the parameters contradict each other.
        """
        try:
            crop = Crop(left=self.left, top=self.top, right=self.right, bottom=self.bottom)
        except ValidationError as error:
            raise _crop_error(error) from None
        percent = _percent(self.scale, self.zoom)
        size = ThumbnailSize(
            width=self.width,
            height=self.height,
            crop=None if crop == Crop() else crop,
            percent=percent,
            fill=self.ratio == "fill" and self.width is not None and self.height is not None,
        )
        return None if size == ThumbnailSize() else size


class ContinuedParams(IdParams, ThumbnailParams):
    """The parameters of `screenshot/thumbnail`, and of `simple` when it follows its own redirect."""


class HostParams(IdParams):
    """The parameters of `screenshot/host`."""

    hosting: Literal["s3", "browshot", "cdn"] = Field(description="Where to.")
    width: int | None = Field(None, ge=1, le=4000, description="Width of the thumbnail, px.")
    height: int | None = Field(None, ge=1, le=4000, description="Height of the thumbnail, px.")
    scale: FiniteFloat | None = Field(None, ge=0.01, le=1, description="Scale of the thumbnail.")
    bucket: str | None = Field(None, description="Bucket for hosting=s3.")
    file: str | None = Field(None, description="File name in it.")

    def thumbnail(self) -> ThumbnailSize | None:
        """The thumbnail to be hosted; `None` is the screenshot itself."""
        size = ThumbnailSize(width=self.width, height=self.height, percent=_percent(self.scale, None))
        return None if size == ThumbnailSize() else size

    def wishes(self) -> dict[str, JsonValue]:
        """What the details show again, besides status and address."""
        dumped: dict[str, JsonValue] = self.model_dump(mode="json", exclude_none=True, exclude={"id"})
        return dumped


def _percent(scale: float | None, zoom: float | None) -> float | None:
    """The size in percent; the original's is none."""
    percent = zoom if zoom is not None else None if scale is None else scale * 100
    return None if percent is None or percent == 100 else round(percent, 2)


def _crop_error(error: ValidationError) -> InvalidOption:
    message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
    name, _, rest = message.partition(" ")
    return InvalidOption(rest, option=name)

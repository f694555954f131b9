"""SavePage's parameters ("Required parameters", "Optional parameters"), and the capture that they ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from pagelapse.capture.jobs import ThumbnailSize
from pagelapse.capture.options import MAX_VIEWPORT, CaptureOptions, Viewport
from pagelapse.capture.urls import checked_url
from pagelapse.dialects import models
from pagelapse.dialects.parameters import Parameters
from pagelapse.records import RECORD_DAYS

ALWAYS = -1
"""`refresh=-1`: render again, whatever is stored."""

DEFAULT_MAX_AGE_S = 2_629_746
"""A twelfth of a year; the vendor's default of `maxage`."""

_LONGEST_TTL_S = RECORD_DAYS * 86_400
"""A month at most, as the vendor's cache."""

OPTION_NAMES = {
    "url": "q",
    "viewport": "width",
    "full_page": "fullpage",
    "delay_ms": "delay",
    "type": "format",
    "cookies": "cookie",
    "connector": "connector_id",
}
"""SavePage's names of `CaptureOptions`' fields; the others are called the same."""

NOT_YET = ("nocookie", "noads")


def _image_format(value: object) -> object:
    """Lower case, and `jpg` for `jpeg`."""
    name = value.strip().lower() if isinstance(value, str) else value
    return "jpeg" if name == "jpg" else name


class Params(BaseModel):
    """What `/v1/` takes."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    q: Annotated[str, AfterValidator(checked_url)] = Field(description="The page to capture, http or https.")
    width: int = Field(1440, ge=1, le=MAX_VIEWPORT, description="Viewport width, px.")
    height: int = Field(900, ge=1, le=MAX_VIEWPORT, description="Viewport height, px.")
    fullpage: bool = Field(False, description="Capture the entire page instead of the viewport.")
    thumb_width: int | None = Field(None, ge=1, le=4000, description="Answer with the image resized to this width, px.")
    delay: FiniteFloat = Field(
        0, ge=0, le=20, description="Seconds to wait after the page has loaded; 0 waits until it is painted and quiet."
    )
    nocookie: bool = Field(False, description="Not supported yet: true is refused.")
    noads: bool = Field(False, description="Not supported yet: true is refused.")
    format: Annotated[Literal["jpeg", "png"], BeforeValidator(_image_format)] = Field(
        "jpeg", description="Of the image."
    )
    refresh: int | None = Field(
        None, ge=ALWAYS, description="Capture again when the stored image is older, seconds; -1 in any case."
    )
    user_agent: str | None = Field(None, max_length=1000, description="The User-Agent header.")
    accept_language: str | None = Field(None, max_length=200, description="The Accept-Language header.")
    maxage: int = Field(DEFAULT_MAX_AGE_S, ge=0, le=10**9, description="Of the Cache-Control response header, seconds.")
    cookie: Annotated[Any, AfterValidator(models.cookies)] = Field(
        "", description="The page's cookies, `a=1; b=2`; in a POST body only."
    )
    hash: str | None = Field(None, description="Hex md5 of q and the account's secret token, one after the other.")
    connector_id: str | None = Field(None, description="Open the page through this connector, in its own network.")

    def options(self) -> CaptureOptions:
        """The capture; raises `InvalidOption` naming the vendor's parameter."""
        return models.capture_options(
            OPTION_NAMES,
            url_name="q",
            url=self.q,
            viewport=Viewport(width=self.width, height=self.height),
            full_page=self.fullpage,
            type=self.format,
            delay_ms=round(self.delay * 1000) or None,
            user_agent=self.user_agent,
            accept_language=self.accept_language,
            cookies=self.cookie or (),
            connector=self.connector_id,
        )

    @property
    def ttl_s(self) -> int:
        """How old a stored image may be."""
        if self.refresh is None:
            return _LONGEST_TTL_S
        return min(max(0, self.refresh), _LONGEST_TTL_S)

    @property
    def thumbnail(self) -> ThumbnailSize | None:
        """The size that the image is to be resized to."""
        return None if self.thumb_width is None else ThumbnailSize(width=self.thumb_width)


def parse(parameters: Parameters) -> Params:
    """Read the parameters.

    Raises:
        InvalidUrl: When `q` is missing or no address of a page.
        NotSupported: When one would change the picture and can't be honoured yet.
        InvalidOption: When another is wrong.
    """
    return models.parse(Params, parameters, url_name="q", not_yet=NOT_YET)

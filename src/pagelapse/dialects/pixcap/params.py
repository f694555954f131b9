"""Pixcap's parameters of a screenshot ("Parameters"), and the capture that they ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat
from pydantic_core import ValidationError

from pagelapse.capture.options import CaptureOptions, Viewport
from pagelapse.capture.urls import checked_url
from pagelapse.dialects.pixcap import values
from pagelapse.dialects.pixcap.names import Named, invalid, parse
from pagelapse.errors import NotSupported

Width = Annotated[int, Field(ge=320, le=3840, description="Viewport width, px.")]
Height = Annotated[int, Field(ge=200, le=2160, description="Viewport height, px.")]
Format = Annotated[Literal["png", "jpeg"], BeforeValidator(values.image_format), Field(description="Of the image.")]

DEFAULT_QUALITY = 80
"""Of JPEGs."""

OPTION_NAMES = {
    "type": "format",
    "delay_ms": "delay",
    "color_scheme": "dark_mode",
    "device_scale_factor": "scale",
    "hide": "block_selectors",
    "connector": "connector_id",
}
"""Pixcap's names of `CaptureOptions`' fields; the others are called the same."""


class ScreenshotParams(BaseModel):
    """The parameters of `/screenshot`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(checked_url)] = Field(description="The page to capture, http or https.")
    width: Width = 1280
    height: Height = 800
    format: Format = "png"
    quality: int = Field(DEFAULT_QUALITY, ge=1, le=100, description="JPEG quality; ignored for PNG.")
    full_page: bool = Field(False, description="Capture the entire page instead of the viewport.")
    delay: int | None = Field(None, ge=0, le=10_000, description="Milliseconds to wait after the page has loaded.")
    selector: str | None = Field(None, max_length=2000, description="CSS selector of the one element to capture.")
    dark_mode: bool = Field(False, description="Have the page find that its visitor prefers dark colours.")
    scale: FiniteFloat = Field(1, ge=1, le=3, description="Device pixels per CSS px.")
    cookies: Annotated[Any, AfterValidator(values.cookies)] = Field(
        (), description="`[{name, value, domain?, path?}]`, or JSON of it."
    )
    block_selectors: Annotated[Any, AfterValidator(values.selectors)] = Field(
        (), description="CSS selectors of elements to hide: an array, JSON of it, or one text with commas."
    )
    wait_for_selector: str | None = Field(None, max_length=2000, description="CSS selector that must appear first.")
    dismiss_cookie_consent: bool = Field(False, description="Not supported yet: true is refused.")
    connector_id: str | None = Field(None, description="Not supported yet: refused.")

    def options(self) -> CaptureOptions:
        """The capture; raises `pydantic.ValidationError` where `CaptureOptions` is stricter than the parameters."""
        return CaptureOptions(
            url=self.url,
            viewport=Viewport(width=self.width, height=self.height),
            type=self.format,
            quality=self.quality if self.format == "jpeg" else None,
            full_page=self.full_page,
            delay_ms=self.delay,
            selector=self.selector,
            color_scheme="dark" if self.dark_mode else "light",
            device_scale_factor=self.scale,
            cookies=self.cookies,
            hide=self.block_selectors,
            wait_for_selector=self.wait_for_selector,
            connector=self.connector_id,
        )


def screenshot_options(given: Named) -> CaptureOptions:
    """The capture that a request asks for.

    Raises:
        InvalidUrl: When `url` is missing or no address of a page.
        NotSupported: When a parameter would change the picture and can't be honoured yet.
        InvalidOption: When another is wrong.
    """
    params = parse(ScreenshotParams, _without_unused_quality(given))
    _refuse_unsupported(params, given)
    try:
        return params.options()
    except ValidationError as error:
        raise invalid(error, given, OPTION_NAMES) from None


def _without_unused_quality(given: Named) -> Named:
    if values.image_format(given.values.get("format", "png")) != "png":
        return given
    kept = {name: value for name, value in given.values.items() if name != "quality"}
    return Named(kept, given.written, given.ignored)


def _refuse_unsupported(params: ScreenshotParams, given: Named) -> None:
    for name in ("dismiss_cookie_consent", "connector_id"):
        if getattr(params, name):
            raise NotSupported("is not supported yet", option=given.written[name])

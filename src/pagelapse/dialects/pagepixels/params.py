"""PagePixels' parameters ("Screenshot API Options"), and the capture that they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat
from pydantic_core import ValidationError

from pagelapse.capture.jobs import ThumbnailSize
from pagelapse.capture.options import (
    MAX_HTML_BYTES,
    MAX_VIEWPORT,
    CaptureOptions,
    Geolocation,
    ImageType,
    Output,
    Viewport,
)
from pagelapse.capture.urls import checked_url
from pagelapse.dialects.pagepixels import actions, values
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidActions, InvalidOption, InvalidUrl

DEFAULT_THUMBNAIL_WIDTH = 320
"""px. The vendor's text names no size for `direct_thumbnail_link`."""

_DOCUMENTS: dict[str, Output] = {"html_only": "html", "text_only": "text", "markdown_only": "markdown"}

COSMETIC = {
    "custom_title": "Titles a stored configuration; a snap has none.",
    "custom_description": "Describes a stored configuration; a snap has none.",
    "placeholder_url": "Shown until a configuration's first screenshot exists; a snap answers with its screenshot.",
}
"""Accepted without effect on a snap, and why."""

OPTION_NAMES = {
    "html": "html_content",
    "selector": "selectors",
    "hover": "hover_on_selected",
    "delay_ms": "wait",
    "wait_for_selector": "wait_for",
    "full_page": "fullpage",
    "width": "page_width",
    "height": "page_height",
    "type": "image_format",
    "device_scale_factor": "scale_factor",
    "location": "real_location",
    "connector": "connector_id",
    "style": "css_inject",
    "script": "js_inject",
    "extra_http_headers": "headers",
    "timezone_id": "time_zone",
    "java_script_enabled": "disable_js",
    "block_third_party_scripts": "disable_third_party_js",
    "block_ads": "no_ads",
    "block_trackers": "no_tracking",
    "cookie_banners": "no_cookie_banners",
    "actions": "multi_step_actions",
}
"""PagePixels' names of `CaptureOptions`' fields; the others are called the same."""


class _Params(BaseModel):
    """What both endpoints take."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    json_links: bool = Field(False, alias="json", description="Answer with links instead of the image.")
    ttl: int = Field(86_400, ge=0, le=10**9, description="Serve a stored screenshot of up to this age, seconds.")

    time_zone: str | None = Field(None, description="IANA time zone, such as Europe/Berlin.")
    selectors: str | None = Field(None, description="CSS selector of the one element to capture.")
    hover_on_selected: bool = Field(False, description="Put the pointer over the element first.")
    wait: int = Field(1500, ge=0, le=20_000, description="Milliseconds to wait after the page has loaded.")
    wait_for: str | None = Field(None, description="CSS selector that must appear first.")
    fullpage: bool = Field(False, description="Capture the entire page instead of the viewport.")
    page_width: int = Field(1920, ge=1, le=MAX_VIEWPORT, description="Viewport width, px.")
    page_height: int = Field(1000, ge=1, le=MAX_VIEWPORT, description="Viewport height, px.")
    image_format: Annotated[ImageType, BeforeValidator(values.image_format)] = Field(
        "jpeg", description="Format of the image; AVIF is not PagePixels' own."
    )
    quality: int = Field(100, ge=1, le=100, description="JPEG quality; ignored for the other formats.")
    scale_factor: FiniteFloat = Field(1, ge=0.1, le=5, description="Device pixels per CSS px; 2 is Retina.")
    css_inject: str | None = Field(None, description="CSS to add to the page.")
    js_inject: str | None = Field(None, description="JavaScript to run in the page.")
    headers: Annotated[Any, AfterValidator(values.headers)] = Field(
        (), description="Request headers: `[{key, value}]`, an object, JSON of either, or `Name: value` lines."
    )
    cookies: Annotated[Any, AfterValidator(values.cookies)] = Field(
        (), description="Cookies: `[{key, value}]`, an object, JSON of either, or `a=1; b=2`."
    )
    accept_language: str | None = Field(None, description="The Accept-Language header.")
    user_agent: str | None = Field(None, description="The User-Agent header.")
    latitude: FiniteFloat | None = Field(None, ge=-90, le=90, description="Degrees.")
    longitude: FiniteFloat | None = Field(None, ge=-180, le=180, description="Degrees.")
    accuracy: FiniteFloat | None = Field(None, ge=0, description="Of the location, metres.")
    disable_js: bool = Field(False, description="Turn JavaScript off.")
    disable_third_party_js: bool = Field(False, description="Drop scripts from outside of the requested domain.")
    thumb_width: int | None = Field(None, ge=1, le=4000, description="Width of the linked thumbnail, px.")
    thumb_height: int | None = Field(None, ge=1, le=4000, description="Height of the linked thumbnail, px.")

    no_ads: bool = Field(False, description="Reach no advertisers, and hide the places of ads.")
    no_tracking: bool = Field(False, description="Reach no hosts that only watch visitors.")
    no_cookie_banners: bool = Field(False, description="Reject the cookie banner, or hide it.")
    real_location: Annotated[str | None, BeforeValidator(values.location)] = Field(
        None, max_length=100, description="Open the page from there: one of `GET /real_locations`."
    )
    proxy_server: Annotated[str | None, BeforeValidator(values.location)] = Field(
        None, max_length=100, description="The same as `real_location`."
    )
    connector_id: str | None = Field(
        None, max_length=100, description="Open the page in the network of this connector; not PagePixels' own."
    )
    multi_step_actions: Annotated[Any, AfterValidator(actions.parse)] = Field(
        (), description="Actions to do in the page first: `[{type, selector, value}]`, or JSON of it."
    )
    analyze_image_with_ai: bool = Field(False, description="Have an AI model look at the screenshot.")
    ai_prompt: str | None = Field(None, max_length=2000, description="What the model is asked; default: to describe.")

    def thumbnail(self) -> ThumbnailSize:
        """The size of the thumbnail that JSON answers link to."""
        if self.thumb_width is None and self.thumb_height is None:
            return ThumbnailSize(width=DEFAULT_THUMBNAIL_WIDTH)
        return ThumbnailSize(width=self.thumb_width, height=self.thumb_height)

    def _look(self) -> dict[str, Any]:
        """What the page sees and does, whatever becomes of it."""
        return {
            "viewport": Viewport(width=self.page_width, height=self.page_height),
            "device_scale_factor": self.scale_factor,
            "full_page": self.fullpage,
            "delay_ms": self.wait,
            "wait_for_selector": self.wait_for,
            "user_agent": self.user_agent,
            "accept_language": self.accept_language,
            "timezone_id": self.time_zone,
            "geolocation": self._geolocation(),
            "location": self._location(),
            "connector": self.connector_id,
            "extra_http_headers": self.headers,
            "cookies": self.cookies,
            "java_script_enabled": not self.disable_js,
            "block_third_party_scripts": self.disable_third_party_js,
            "block_ads": self.no_ads,
            "block_trackers": self.no_tracking,
            "cookie_banners": "reject" if self.no_cookie_banners else "keep",
            "style": self.css_inject,
            "script": self.js_inject,
            "actions": self.multi_step_actions,
        }

    def _image(self) -> dict[str, Any]:
        return {
            "selector": self.selectors,
            "hover": self.hover_on_selected,
            "type": self.image_format,
            "quality": self.quality if self.image_format == "jpeg" else None,
        }

    def _location(self) -> str | None:
        if self.real_location and self.proxy_server and self.real_location != self.proxy_server:
            raise InvalidOption("contradicts real_location", option="proxy_server")
        return self.real_location or self.proxy_server

    def _geolocation(self) -> Geolocation | None:
        if self.latitude is None and self.longitude is None and self.accuracy is None:
            return None
        if self.latitude is None or self.longitude is None:
            missing = "latitude" if self.latitude is None else "longitude"
            raise InvalidOption("is needed too: a location has a latitude and a longitude", option=missing)
        return Geolocation(latitude=self.latitude, longitude=self.longitude, accuracy=self.accuracy or 0)


class SnapParams(_Params):
    """The parameters of `/snap`."""

    url: Annotated[str, AfterValidator(checked_url)] = Field(description="The page to capture.")
    html_only: bool = Field(False, description="Answer with the rendered HTML; `selectors` is ignored.")
    text_only: bool = Field(False, description="Answer with the page's text; not PagePixels' own.")
    markdown_only: bool = Field(False, description="Answer with the page as Markdown; not PagePixels' own.")
    hash_key: str | None = Field(None, description="Hex HMAC-SHA1 of the url; needed with a publishable key.")

    def options(self) -> CaptureOptions:
        """The capture; raises `InvalidOption` naming the vendor's parameter."""
        document = self.document
        output: dict[str, Any] = {"output": _DOCUMENTS[document]} if document else self._image()
        return _options(url=self.url, **self._look(), **output)

    @property
    def document(self) -> str | None:
        """The parameter that asks for something else than an image; raises `InvalidOption` when two do."""
        asked = [name for name in _DOCUMENTS if getattr(self, name)]
        if len(asked) > 1:
            raise InvalidOption(f"contradicts {asked[0]}", option=asked[1])
        return asked[0] if asked else None


class SnapHtmlParams(_Params):
    """The parameters of `/snap_html`."""

    html_content: str = Field(description=f"The document to capture, up to {MAX_HTML_BYTES} bytes.")

    def options(self) -> CaptureOptions:
        """The capture; raises `InvalidOption` naming the vendor's parameter."""
        return _options(html=self.html_content, **self._look(), **self._image())

    @property
    def document(self) -> None:
        """Not applicable here, says the vendor's text of `html_only`."""
        return


_P = TypeVar("_P", SnapParams, SnapHtmlParams)


def parse(model: type[_P], parameters: Parameters) -> _P:
    """Read an endpoint's parameters. Empty ones count as not given, as HTML forms send them.

    Raises:
        InvalidUrl: When `url` is missing or no address of a page.
        InvalidOption: When another is wrong; the message never quotes the value.
    """
    given = {name: value for name, value in parameters.values.items() if value is not None and value != ""}
    _check_form(given, known_names(model), parameters.repeated)
    image_format = values.image_format(given.get("image_format"))
    if image_format in ("png", "webp", "avif"):
        given.pop("quality", None)
    try:
        params = model.model_validate(given)
    except ValidationError as error:
        raise _invalid(error) from None
    return params


def known_names(model: type[SnapParams] | type[SnapHtmlParams]) -> set[str]:
    """The parameters that an endpoint knows, besides the key."""
    return {field.alias or name for name, field in model.model_fields.items()} | COSMETIC.keys()


def ignored_names(model: type[SnapParams] | type[SnapHtmlParams], parameters: Parameters) -> list[str]:
    """What the caller sent and nobody looks at, sorted."""
    return sorted(parameters.values.keys() - known_names(model) - {"access_token", "hash_key"})


def _check_form(given: Mapping[str, object], known: set[str], repeated: frozenset[str]) -> None:
    for name in sorted(given):
        base = name.partition("[")[0]
        if name in known and name in repeated:
            raise _kind(name)("was given more than once", option=name)
        if base != name and base in known:
            raise _kind(base)("can't be sent in brackets; send it as a JSON string", option=base)
        if name in known and isinstance(given[name], str) and "\x00" in str(given[name]):
            raise _kind(name)("holds a null byte", option=name)


def _options(**fields: Any) -> CaptureOptions:
    try:
        return CaptureOptions(**fields)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> InvalidOption:
    """The first problem, in the caller's terms; pydantic's message for it, which doesn't quote the value."""
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    fields = [part for part in problem["loc"] if isinstance(part, str)]
    name = next((OPTION_NAMES.get(part, part) for part in fields), "scale_factor")
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        message = "is missing"
    return _kind(name)(message, option=name)


def _kind(name: str) -> type[InvalidOption]:
    return {"url": InvalidUrl, "multi_step_actions": InvalidActions}.get(name, InvalidOption)

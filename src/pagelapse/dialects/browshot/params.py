"""Browshot's parameters, endpoint by endpoint, and what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, JsonValue
from pydantic_core import ValidationError

from pagelapse.capture.jobs import Crop, ThumbnailSize
from pagelapse.capture.options import CaptureOptions, Viewport
from pagelapse.capture.urls import checked_url
from pagelapse.dialects.browshot import values
from pagelapse.dialects.browshot.catalog import Instance
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption, InvalidUrl

COSMETIC = {
    "flash_delay": "No browser has Flash any more, so there is nothing to wait for; shown again in the details.",
    "priority": "Captures don't wait for each other, so none goes first; shown again in the details.",
}
"""Accepted without effect on the capture, and why."""

OPTION_NAMES = {
    "java_script_enabled": "instance_id",
    "viewport": "instance_id",
    "user_agent": "instance_id",
    "delay_ms": "delay",
    "full_page": "size",
    "cookies": "cookie",
    "connector": "connector_id",
}
"""Browshot's names of `CaptureOptions`' fields; the others are called the same."""

Details = Annotated[int, Field(ge=0, le=3, description="How much the answer tells, 0 to 3.")]
Status = Literal["in_queue", "processing", "finished", "error", "in_process"]


class _Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class OrderParams(_Params):
    """What decides a screenshot, apart from its url and its instance."""

    screen: Annotated[str | None, AfterValidator(lambda text: text and values.screen(text) and text)] = Field(
        None, description="Screen such as 1200x800: the free instance that has it, or the nearest one."
    )
    size: Literal["screen", "page"] = Field("screen", description="The visible part, or the whole page.")
    cache: int = Field(86_400, ge=0, le=10**9, description="Oldest acceptable screenshot, seconds; 0 is a new one.")
    priority: int | None = Field(None, ge=1, le=3, description=f"No effect. {COSMETIC['priority']}")
    referer: str | None = Field(None, description="The Referer header of the page's request.")
    post_data: str | None = Field(None, description="Open the page by POST with this form.")
    cookie: Annotated[str | None, AfterValidator(lambda text: text and values.cookies(text) and text)] = Field(
        None, description="Cookies for the page, as a=1; b=2."
    )
    delay: int = Field(5, ge=0, le=10, description="Seconds to wait after the page has loaded.")
    flash_delay: int = Field(10, ge=0, le=10, description=f"No effect. {COSMETIC['flash_delay']}")
    details: Details = 2
    script: Annotated[str | None, AfterValidator(lambda url: url and checked_url(url))] = Field(
        None, description="Address of a JavaScript file to run in the page once it has loaded."
    )
    html: bool = Field(False, description="Keep the page's HTML for screenshot/html.")
    connector_id: str | None = Field(None, description="Our own: open the page through this connector.")
    hosting: Literal["s3", "browshot", "cdn"] | None = Field(None, description="Host the screenshot there.")
    hosting_width: int | None = Field(None, ge=1, le=4000, description="Widest hosted thumbnail, px.")
    hosting_height: int | None = Field(None, ge=1, le=4000, description="Highest hosted thumbnail, px.")
    hosting_scale: FiniteFloat | None = Field(None, ge=0.01, le=1, description="Scale of the hosted thumbnail.")
    hosting_bucket: str | None = Field(None, description="Bucket for hosting=s3.")
    hosting_file: str | None = Field(None, description="File name in it.")

    def options(self, url: str, instance: Instance, script: str | None) -> CaptureOptions:
        """The capture.

        Args:
            url: The page.
            instance: The screen and the browser.
            script: The text of the JavaScript file.

        Raises:
            InvalidOption: Naming the vendor's parameter.
        """
        browser = instance.browser
        try:
            return CaptureOptions(
                url=url,
                inventory=True,
                keep_source=self.html,
                viewport=Viewport(width=instance.width, height=instance.height),
                full_page=self.size == "page",
                is_mobile=browser.mobile,
                has_touch=browser.mobile,
                user_agent=browser.user_agent,
                java_script_enabled=browser.javascript,
                delay_ms=self.delay * 1000,
                referer=self.referer,
                post_data=self.post_data,
                cookies=values.cookies(self.cookie) if self.cookie else (),
                script=script,
                connector=self.connector_id,
            )
        except ValidationError as error:
            raise _invalid(error) from None

    def hosted(self) -> HostParams | None:
        """What is to be hosted once there is a screenshot."""
        if self.hosting is None:
            return None
        return HostParams(
            id=0,
            hosting=self.hosting,
            width=self.hosting_width,
            height=self.hosting_height,
            scale=self.hosting_scale,
            bucket=self.hosting_bucket,
            file=self.hosting_file,
        )

    def wishes(self, url: str, instance: Instance) -> dict[str, JsonValue]:
        """What the details show again."""
        hosted = self.hosted()
        return {
            "url": url,
            "instance_id": instance.number,
            "width": instance.width,
            "height": instance.height,
            "cost": instance.cost,
            "size": self.size,
            "priority": self.priority if self.priority and instance.kind == "private" else 1,
            "referer": self.referer or "",
            "post_data": self.post_data or "",
            "cookie": self.cookie or "",
            "delay": self.delay,
            "flash_delay": self.flash_delay,
            "script": self.script or "",
            "hosting": hosted.wishes() if hosted else None,
        }


class CreateParams(OrderParams):
    """The parameters of `screenshot/create`."""

    url: Annotated[str, AfterValidator(checked_url)] = Field(description="The page to capture.")
    instance_id: int | None = Field(None, ge=0, le=10**9, description="Instance to use; 12 when there is no screen.")


class ThumbnailParams(_Params):
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


class SimpleParams(CreateParams, ThumbnailParams):
    """The parameters of `simple`: those of `screenshot/create` and `screenshot/thumbnail`."""


class IdParams(_Params):
    """A screenshot."""

    id: int = Field(ge=0, le=10**12, description="The screenshot.")


class ContinuedParams(IdParams, ThumbnailParams):
    """The parameters of `screenshot/thumbnail`, and of `simple` when it follows its own redirect."""


class InfoParams(IdParams):
    """The parameters of `screenshot/info`."""

    details: Details = 2


class ListParams(_Params):
    """The parameters of `screenshot/list`."""

    limit: int = Field(100, ge=1, le=100, description="How many, at most.")
    status: Status | None = Field(None, description="Only those of this status.")
    details: Details = 2


class SearchParams(ListParams):
    """The parameters of `screenshot/search`."""

    url: str = Field(min_length=1, max_length=2000, description="A part of the url.")


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


class ShareParams(IdParams):
    """The parameters of `screenshot/share`."""

    note: str = Field("", max_length=10_000, description="Shown on the page.")


class DeleteParams(IdParams):
    """The parameters of `screenshot/delete`."""

    data: str = Field("image", max_length=100, description="image, url, metadata, all; several with commas.")

    def parts(self) -> set[str]:
        """What to delete.

        Raises:
            InvalidOption: When it is none of the vendor's words.
        """
        words = {word.strip() for word in self.data.lower().split(",") if word.strip()}
        if not words or not words <= {"image", "url", "metadata", "all"}:
            raise InvalidOption("must be image, url, metadata or all", option="data")
        return {"image", "url", "metadata"} if "all" in words else words


class NumberParams(_Params):
    """The parameters of `instance/info` and `browser/info`."""

    id: int = Field(ge=-(10**9), le=10**9, description="Its number.")


class InstanceParams(_Params):
    """The parameters of `instance/create`."""

    width: int = Field(1024, ge=1, le=2000, description="Screen width, px.")
    height: int = Field(768, ge=1, le=2000, description="Screen height, px.")
    browser_id: int | None = Field(None, ge=-(10**9), le=10**9, description="One of browser/list.")


class BrowserParams(_Params):
    """The parameters of `browser/create`."""

    name: str = Field("Custom browser", max_length=200, description="For people.")
    user_agent: str | None = Field(None, max_length=1000, pattern=r"^[\x20-\x7e]*$", description="What pages see.")
    mobile: bool = Field(False, description="Behave as a phone.")
    flash: bool = Field(False, description="No effect: no browser has Flash any more.")
    javascript: bool = Field(False, description="Run scripts.")


class NoParams(_Params):
    """For endpoints without parameters."""


_P = TypeVar("_P", bound=_Params)


def parse(model: type[_P], parameters: Parameters, *, several: Iterable[str] = ()) -> _P:
    """Read an endpoint's parameters. Empty ones count as not given, as HTML forms send them.

    Args:
        model: The endpoint's.
        parameters: As sent.
        several: Names that may be repeated.

    Raises:
        InvalidUrl: When `url` is missing or no address of a page.
        InvalidOption: When another is wrong; the message never quotes the value.
    """
    given = {name: value for name, value in parameters.values.items() if value is not None and value != ""}
    _check_form(given, set(model.model_fields), parameters.repeated - set(several))
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _invalid(error) from None


def _check_form(given: Mapping[str, object], known: set[str], repeated: frozenset[str]) -> None:
    for name in sorted(given.keys() & known):
        if name in repeated:
            raise _kind(name)("was given more than once", option=name)
        if isinstance(given[name], str) and "\x00" in str(given[name]):
            raise _kind(name)("holds a null byte", option=name)


def _percent(scale: float | None, zoom: float | None) -> float | None:
    """The size in percent; the original's is none."""
    percent = zoom if zoom is not None else None if scale is None else scale * 100
    return None if percent is None or percent == 100 else round(percent, 2)


def _crop_error(error: ValidationError) -> InvalidOption:
    message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
    name, _, rest = message.partition(" ")
    return InvalidOption(rest, option=name)


def _invalid(error: ValidationError) -> InvalidOption:
    """The first problem, in the caller's terms; pydantic's message for it, which doesn't quote the value."""
    problem: Any = error.errors(include_url=False, include_context=False, include_input=False)[0]
    fields = [part for part in problem["loc"] if isinstance(part, str)]
    name = next((OPTION_NAMES.get(part, part) for part in fields), "instance_id")
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        message = "is missing"
    return _kind(name)(message, option=name)


def _kind(name: str) -> type[InvalidOption]:
    return InvalidUrl if name == "url" else InvalidOption

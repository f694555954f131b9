"""GetScreenshot's parameters, and the capture that they ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from pagelapse.capture.options import MAX_VIEWPORT, CaptureOptions, Credentials, Viewport
from pagelapse.capture.urls import checked_url
from pagelapse.dialects import models
from pagelapse.dialects.getscreenshot import values
from pagelapse.dialects.getscreenshot.highlight import mark
from pagelapse.dialects.getscreenshot.presets import PRESETS, Preset
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption
from pagelapse.services.exports import Destination, destination
from pagelapse.services.flight import new_id

KEPT_DAYS = 30
"""Of a picture ("Screenshot Caching")."""

EXPORTED_DAYS = 1
"""Of the one that a copy in the caller's own bucket was made from."""

COSMETIC = {
    "strategy": "Chooses between the vendor's ways to take a picture; there is one way here.",
    "scrollmotion": "Every page is scrolled through before its picture is taken.",
    "urlasfilename": "Names the file; ours have names that nobody can guess.",
    "urlfilename": "Names the file; ours have names that nobody can guess.",
    "filenameprefix": "Names the file; ours have names that nobody can guess.",
}
"""Accepted without effect, and why."""

OPTION_NAMES = {
    "viewport": "width",
    "device_scale_factor": "devicefactor",
    "full_page": "fullpage",
    "type": "format",
    "pdf_format": "pdfpaper",
    "output": "pdf",
    "selector": "element",
    "cookie_banners": "hidecookie",
    "hide_widgets": "hidemsg",
    "hide": "hideelement",
    "style": "customcss",
    "last_scripts": "customjs",
    "actions": "click",
    "cookies": "cookie",
    "delay_ms": "timewait",
    "wait_until": "waituntil",
    "http_credentials": "authuser",
    "connector": "connector_id",
    "bucket": "s3bucket",
    "name": "s3name",
    "role": "s3role",
}
"""GetScreenshot's names of what the services call otherwise."""

NOT_YET = ("forcetr", "email", "bplogin")


class Params(BaseModel):
    """What `/v1/get-screenshot` takes."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(checked_url)] = Field(description="The page to capture, http or https.")
    format: Annotated[Literal["png", "jpeg", "webp", "avif"], BeforeValidator(values.image_format)] = Field(
        "png", description="Of the image; AVIF is ours."
    )
    pdf: bool = Field(False, description="Print the page to a PDF instead; with fullpage on one long sheet.")
    pdfpaper: Annotated[str, AfterValidator(values.paper)] = Field("A4", description="A0 to A6, letter, legal, …")
    width: int = Field(1280, ge=1, le=MAX_VIEWPORT, description="Viewport width, px.")
    height: int = Field(800, ge=1, le=MAX_VIEWPORT, description="Viewport height, px.")
    fullpage: bool = Field(False, description="Capture the entire page instead of the viewport.")
    preset: Literal["none", *PRESETS] = Field(  # type: ignore[valid-type]
        "none", description="A device or screen, in the place of width and height."
    )
    devicefactor: FiniteFloat | None = Field(
        None, ge=0.1, le=5, description="Device pixels per CSS px; default: 1, or the preset's."
    )
    noheight: bool = Field(False, description="Let fullpage win over the preset's height.")
    element: str | None = Field(None, max_length=2000, description="CSS selector of the one element to capture.")
    highlight: str | None = Field(None, max_length=1000, description="Mark this word or phrase, wherever it is.")
    customjs: str | None = Field(None, description="JavaScript to run right before the picture.")
    customcss: str | None = Field(None, description="CSS to add to the page.")
    hidemsg: bool = Field(False, description="Neither load nor show chat windows and pop-ups.")
    hidecookie: bool = Field(False, description="Hide the cookie banner.")
    hideelement: str | None = Field(None, max_length=2000, description="CSS selectors of elements to hide.")
    forcetr: bool = Field(False, description="Not supported: true is refused.")
    click: Annotated[str | None, AfterValidator(values.click)] = Field(
        None, max_length=2000, description="Click there first: `[x,y]`, or a CSS selector."
    )
    cookie: Annotated[str, AfterValidator(values.cookie)] = Field("", description="`name,value`, or `a=1; b=2`.")
    email: str | None = Field(None, description="Not supported: refused.")
    bplogin: str | None = Field(None, description="Not supported: refused.")
    webhook: Annotated[str | None, AfterValidator(lambda url: url and checked_url(url))] = Field(
        None, description="Post the answer there too."
    )
    timewait: int = Field(2000, ge=0, le=30_000, description="Milliseconds to wait after the page has loaded.")
    waituntil: Annotated[str | None, AfterValidator(values.event)] = Field(
        None, description="The event that the page counts as loaded with; default: load."
    )
    authuser: str | None = Field(None, description="Name for HTTP authentication.")
    authpassword: str | None = Field(None, description="Password for HTTP authentication.")
    connector_id: str | None = Field(None, description="Open the page through this connector, in its own network.")
    s3bucket: str | None = Field(None, description="Save the picture into this bucket of your own.")
    s3name: str | None = Field(None, description="The object's name there; default: one that nobody can guess.")
    s3role: str | None = Field(None, description="ARN of the role to assume for it; default: the bucket lets us in.")

    def options(self) -> CaptureOptions:
        """The capture; raises `InvalidOption` naming the vendor's parameter."""
        return models.capture_options(OPTION_NAMES, url=self.url, **self._screen(), **self._page(), **self._file())

    def export(self) -> Destination | None:
        """Where in the caller's own bucket it goes; raises `InvalidOption` naming the parameter."""
        if self.s3bucket is None:
            for name in ("s3name", "s3role"):
                if getattr(self, name) is not None:
                    raise InvalidOption("needs s3bucket", option=name)
            return None
        extension = "pdf" if self.pdf else {"jpeg": "jpg"}.get(self.format, self.format)
        return destination(self.s3bucket, self.s3name or f"{new_id()}.{extension}", self.s3role)

    @property
    def retention_days(self) -> int:
        """How long our own file is kept."""
        return KEPT_DAYS if self.s3bucket is None else EXPORTED_DAYS

    def _screen(self) -> dict[str, Any]:
        preset = PRESETS.get(self.preset)
        screen = preset or Preset(self.width, self.height)
        factor = screen.device_scale_factor if self.devicefactor is None else self.devicefactor
        return {
            "viewport": Viewport(width=screen.width, height=screen.height),
            "device_scale_factor": factor,
            "is_mobile": screen.is_mobile,
            "has_touch": screen.is_mobile,
            "user_agent": screen.user_agent,
            # A preset's height stands, says the vendor, unless `noheight` lets the page's own win.
            "full_page": self.fullpage and (preset is None or self.noheight),
        }

    def _page(self) -> dict[str, Any]:
        marks = [mark(self.highlight)] if self.highlight else []
        return {
            "scroll": True,
            "wait_until": self.waituntil or "load",
            "delay_ms": self.timewait,
            "style": self.customcss,
            "cookie_banners": "hide" if self.hidecookie else "keep",
            "hide_widgets": self.hidemsg,
            "hide": (self.hideelement,) if self.hideelement else (),
            "actions": (self.click,) if self.click else (),
            "last_scripts": (*marks, *((self.customjs,) if self.customjs else ())),
            "cookies": self.cookie or (),
            "http_credentials": self._credentials(),
            "connector": self.connector_id,
        }

    def _file(self) -> dict[str, Any]:
        if self.pdf and self.element:
            raise InvalidOption("can't be printed: a PDF is of the whole page", option="element")
        if self.pdf:
            return {"output": "pdf", "pdf_format": self.pdfpaper}
        return {"type": self.format, "selector": self.element}

    def _credentials(self) -> Credentials | None:
        if self.authuser is None and self.authpassword is None:
            return None
        if self.authuser is None:
            raise InvalidOption("is needed with authpassword", option="authuser")
        return models.checked(Credentials, "authuser", username=self.authuser, password=self.authpassword or "")


def parse(parameters: Parameters) -> Params:
    """Read the parameters.

    Raises:
        InvalidUrl: When `url` is missing or no address of a page.
        NotSupported: When one would change the picture and can't be honoured.
        InvalidOption: When another is wrong.
    """
    return models.parse(Params, parameters, not_yet=NOT_YET, also=COSMETIC)

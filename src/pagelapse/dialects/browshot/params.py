"""Browshot's parameters of a new screenshot, and the capture that they ask for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, FiniteFloat, JsonValue
from pydantic_core import ValidationError

from pagelapse.capture.options import CaptureOptions, Viewport
from pagelapse.capture.urls import checked_url
from pagelapse.dialects.browshot import values
from pagelapse.dialects.browshot.catalog import Instance
from pagelapse.dialects.browshot.parsing import Details, Params, invalid
from pagelapse.dialects.browshot.picture_params import HostParams, ThumbnailParams

COSMETIC = {
    "flash_delay": "No browser has Flash any more, so there is nothing to wait for; shown again in the details.",
    "priority": "Captures don't wait for each other, so none goes first; shown again in the details.",
}
"""Accepted without effect on the capture, and why."""


class OrderParams(Params):
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
            raise invalid(error) from None

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


class SimpleParams(CreateParams, ThumbnailParams):
    """The parameters of `simple`: those of `screenshot/create` and `screenshot/thumbnail`."""

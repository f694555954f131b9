"""Browshot's parameters of everything that takes no picture."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pagelapse.dialects.browshot.parsing import Details, Params
from pagelapse.dialects.browshot.picture_params import IdParams
from pagelapse.errors import InvalidOption

Status = Literal["in_queue", "processing", "finished", "error", "in_process"]


class InfoParams(IdParams):
    """The parameters of `screenshot/info`."""

    details: Details = 2


class ListParams(Params):
    """The parameters of `screenshot/list`."""

    limit: int = Field(100, ge=1, le=100, description="How many, at most.")
    status: Status | None = Field(None, description="Only those of this status.")
    details: Details = 2


class SearchParams(ListParams):
    """The parameters of `screenshot/search`."""

    url: str = Field(min_length=1, max_length=2000, description="A part of the url.")


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


class NumberParams(Params):
    """The parameters of `instance/info` and `browser/info`."""

    id: int = Field(ge=-(10**9), le=10**9, description="Its number.")


class InstanceParams(Params):
    """The parameters of `instance/create`."""

    width: int = Field(1024, ge=1, le=2000, description="Screen width, px.")
    height: int = Field(768, ge=1, le=2000, description="Screen height, px.")
    browser_id: int | None = Field(None, ge=-(10**9), le=10**9, description="One of browser/list.")


class BrowserParams(Params):
    """The parameters of `browser/create`."""

    name: str = Field("Custom browser", max_length=200, description="For people.")
    user_agent: str | None = Field(None, max_length=1000, pattern=r"^[\x20-\x7e]*$", description="What pages see.")
    mobile: bool = Field(False, description="Behave as a phone.")
    flash: bool = Field(False, description="No effect: no browser has Flash any more.")
    javascript: bool = Field(False, description="Run scripts.")


class NoParams(Params):
    """For endpoints without parameters."""

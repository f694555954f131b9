"""What our own API's requests may hold: `CaptureOptions`, and what is to become of the capture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from pagelapse.capture.actions import Selector
from pagelapse.capture.jobs import ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.urls import checked_url
from pagelapse.dialects import models
from pagelapse.dialects.native.values import plain, schedule_of, structured
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption, InvalidUrl

OPTION_NAMES = {"extra_http_headers": "headers"}
"""Our names of `CaptureOptions`' fields; the others are called the same."""

NOT_OPTIONS = frozenset({"inventory"})
"""Fields of `CaptureOptions` that only other APIs show something of."""

CAPTURE_NAMES = frozenset(
    OPTION_NAMES.get(name, name) for name in CaptureOptions.model_fields if name not in NOT_OPTIONS
)

SECRETS = frozenset(
    {"cookies", "headers", "html", "http_credentials", "post_data", "script", "last_scripts", "actions"}
)
"""Parameters that a capture does not show again: secrets, and what may be long."""

Webhook = Annotated[str, AfterValidator(checked_url)]


class _Own(BaseModel):
    """Parameters beside those of the capture."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PictureParams(_Own):
    """Of `GET /picture`."""

    max_age: int = Field(0, ge=0, le=2_592_000, description="Serve a stored picture of up to this age, seconds.")
    thumbnail: ThumbnailSize | None = Field(None, description="Answer with a picture of this size, such as 320x.")
    signature: str | None = Field(None, description="Needed with a publishable key; the query's last parameter.")


class CaptureParams(_Own):
    """Of `POST /captures`."""

    max_age: int = Field(0, ge=0, le=2_592_000, description="Serve an equal capture of up to this age, seconds.")
    wait: float = Field(25, ge=0, le=25, description="Seconds to wait for the capture; 0 answers at once.")
    thumbnail: ThumbnailSize | None = Field(None, description="Also make a small one, such as 320x or 320x200.")
    webhook: Webhook | None = Field(None, description="Post what becomes of it there, signed.")


class WatchParams(_Own):
    """Of `POST /watches`."""

    title: str = Field("", max_length=200, description="For people.")
    every: Annotated[str, AfterValidator(lambda text: schedule_of(text) and text)] | None = Field(
        None, description="How often: 30 minutes, hour, 2 days, week, month. Without it, on demand only."
    )
    texts: tuple[Selector, ...] = Field((), max_length=10, description="CSS selectors of texts to watch.")
    webhook: Webhook | None = Field(None, description="Post each change there, signed.")
    thumbnail: ThumbnailSize = Field(ThumbnailSize(width=320), description="Of each picture.")
    compare: Any = Field(None, description="Compare each picture with those before it: true, or settings.")


class CompareParams(_Own):
    """Of `POST /comparisons`; parameters of a capture are for pages."""

    before: str = Field(max_length=8192, description="A capture's id, or the address of a page, captured for it.")
    after: str = Field(max_length=8192, description="The same of the later one.")
    compare: Any = Field(True, description="Settings: tolerance, anti_aliasing, min_ratio, ignore, ignore_selectors.")
    max_age: int = Field(60, ge=0, le=2_592_000, description="Take equal pictures of pages up to this age, seconds.")


class BatchParams(_Own):
    """Of `POST /batches`; one of `urls`, `site` and `sitemap` is needed."""

    urls: tuple[str, ...] = Field((), max_length=1000, description="The pages.")
    site: str | None = Field(None, max_length=8192, description="A site, whose sitemap is looked for.")
    sitemap: str | None = Field(None, max_length=8192, description="A sitemap's address.")
    max_pages: int | None = Field(None, ge=1, le=1000, description="Most pages of a site or sitemap.")


class ListParams(_Own):
    """Of lists."""

    limit: int = Field(50, ge=1, le=100, description="Most records of a page.")
    cursor: str | None = Field(None, max_length=500, description="`next` of the page before.")


M = TypeVar("M", bound=_Own)
Given = dict[str, Any]


def own_params(model: type[M], parameters: Parameters, *, captures: bool = True) -> tuple[M, Given]:
    """The parameters beside those of the capture, and those of the capture as given.

    Args:
        model: Of the endpoint.
        parameters: As sent.
        captures: Whether the endpoint takes those of a capture at all.

    Raises:
        InvalidOption: When one is unknown or wrong; it names it and never quotes its value.
    """
    given = given_values(parameters)
    known = set(model.model_fields) | (CAPTURE_NAMES if captures else set())
    for name in sorted(given.keys() - known):
        raise _unknown(name, known)
    own = {name: value for name, value in given.items() if name in model.model_fields}
    return models.parse(model, Parameters(own)), {name: given[name] for name in given if name not in own}


def given_values(parameters: Parameters) -> Given:
    """What was given, short forms written out; empty values count as not given, as HTML forms send them."""
    for name in sorted(parameters.repeated):
        raise models.kind_of(name, "url")("was given more than once", option=_safe(name))
    present = {name: value for name, value in parameters.values.items() if value not in (None, "") and name != "key"}
    for name, value in present.items():
        if isinstance(value, str) and "\x00" in value:
            raise models.kind_of(name, "url")("holds a null byte", option=_safe(name))
    return {name: structured(name, value) for name, value in present.items()}


def options_of(given: Mapping[str, Any], **more: Any) -> CaptureOptions:
    """The capture that is asked for; raises `InvalidUrl` and `InvalidOption`, naming the parameter."""
    if not given.get("url") and not given.get("html"):
        raise InvalidUrl("is missing", option="url")
    if given.get("url") and given.get("html"):
        raise InvalidOption("contradicts url", option="html")
    fields = {
        name: given[ours] for name in CaptureOptions.model_fields if (ours := OPTION_NAMES.get(name, name)) in given
    }
    return models.capture_options(OPTION_NAMES, **{**fields, **more})


def shown(given: Mapping[str, Any], *, secrets: bool = False) -> dict[str, JsonValue]:
    """A request as a resource shows it again."""
    return {name: plain(value) for name, value in given.items() if secrets or name not in SECRETS}


def _unknown(name: str, known: set[str]) -> InvalidOption:
    from difflib import get_close_matches  # rarely needed

    safe = _safe(name)
    near = get_close_matches(name, known, 1) if safe else []
    hint = f"; did you mean {near[0]}?" if near else ""
    return InvalidOption(f"is no parameter of this endpoint{hint}", option=safe)


def _safe(name: str) -> str | None:
    """A parameter's name, unless it could be a key in the wrong place."""
    return name if len(name) <= 40 and not name.startswith("pl_") else None

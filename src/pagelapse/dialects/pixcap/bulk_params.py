"""The parameters of Pixcap's bulk jobs ("Create Bulk Job"): where the pages are, and `options` for all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.pixcap.access import KEY_NAMES
from pagelapse.dialects.pixcap.names import Named, named, parse
from pagelapse.dialects.pixcap.params import ScreenshotParams, screenshot_options
from pagelapse.errors import InvalidOption, InvalidUrl

_PLACE = "options"
_ANY_PAGE = "https://example.com/"
"""In the place of the pages' own addresses."""


class BulkParams(BaseModel):
    """Where the pages are."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True)

    url: str | None = Field(None, description="The site, with or without `https://`; its sitemap is looked for.")
    sitemap_url: str | None = Field(None, description="The sitemap itself; used instead of `url`.")
    connector_id: str | None = Field(
        None, description="The connector in whose network the pages are opened; the sitemap is read from here."
    )


class BulkOptionParams(ScreenshotParams):
    """What `options` may hold: everything that a screenshot may have, and the number of pages."""

    url: str = Field(_ANY_PAGE, exclude=True)
    max_pages: int | None = Field(None, ge=1, description="Most pages to capture; by default as many as allowed.")


_TOP = frozenset({*BulkParams.model_fields, _PLACE})
_INNER = frozenset(BulkOptionParams.model_fields) - {"url"}


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """A bulk job as asked for."""

    site: str | None
    sitemap_url: str | None
    options: CaptureOptions
    """Of each page, but for its url."""
    max_pages: int | None
    written: dict[str, str]
    """How the caller wrote each name."""
    ignored: tuple[str, ...]
    """Names that nobody looks at, as the caller wrote them."""


def bulk_request(parameters: Parameters, *, most_pages: int) -> BulkRequest:
    """Read a request.

    Raises:
        InvalidUrl: When it says nowhere where the pages are.
        NotSupported: When an option would change the pictures and can't be honoured.
        InvalidOption: When another is wrong, or lies outside `options`.
    """
    values = {name: value for name, value in parameters.values.items() if name not in KEY_NAMES}
    top = named(values, _TOP, repeated=parameters.repeated)
    _refuse_misplaced(top)
    params = parse(BulkParams, top)
    if params.url is None and params.sitemap_url is None:
        raise InvalidUrl("is missing; give it or sitemap_url", option="url")
    inner = _options(top)
    max_pages = parse(BulkOptionParams, inner).max_pages
    if max_pages is not None and max_pages > most_pages:
        raise inner.error("max_pages", f"must be at most {most_pages}")
    inner = _with_connector(inner, top, params.connector_id)
    options = screenshot_options(replace(inner, values={**inner.values, "url": _ANY_PAGE}))
    written = {**top.written, **inner.written}
    return BulkRequest(params.url, params.sitemap_url, options, max_pages, written, top.ignored + inner.ignored)


def _with_connector(inner: Named, top: Named, connector_id: str | None) -> Named:
    """The options with the connector that was named beside them."""
    if connector_id is None:
        return inner
    if "connector_id" in inner.values:
        raise inner.error("connector_id", "was given more than once")
    written = {**inner.written, "connector_id": top.written["connector_id"]}
    return replace(inner, values={**inner.values, "connector_id": connector_id}, written=written)


def _refuse_misplaced(top: Named) -> None:
    misplaced = named({name: top.values.get(name, True) for name in top.ignored}, _INNER)
    if misplaced.written:
        name = min(misplaced.written.values())
        raise InvalidOption(f"belongs into {_PLACE}", option=name)


def _options(top: Named) -> Named:
    """The options by their names; each is called as the caller wrote it, `options.maxPages`."""
    given = top.values.get(_PLACE, {})
    if isinstance(given, str):
        given = _from_json(given)
    if not isinstance(given, dict):
        raise InvalidOption("must be an object, or JSON of one", option=_PLACE)
    values: dict[str, object] = given
    try:
        found = named(values, _INNER)
    except InvalidOption as error:
        error.option = f"{_PLACE}.{error.option}"
        raise
    written = {name: f"{_PLACE}.{spelling}" for name, spelling in found.written.items()}
    return replace(found, written=written, ignored=tuple(f"{_PLACE}.{name}" for name in found.ignored))


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

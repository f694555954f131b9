"""The form that takes a picture, and shows the same request as curl in each dialect."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.capture.jobs import ThumbnailSize
from pagelapse.capture.urls import checked_url
from pagelapse.dialects import models
from pagelapse.dialects.curl import Curl, SimpleCapture, curl
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.registry import DIALECTS
from pagelapse.dialects.request_log import note
from pagelapse.errors import PagelapseError
from pagelapse.observability import log_url
from pagelapse.records import Picture
from pagelapse.web.access import Visit, go
from pagelapse.web.failures import status_of

THUMBNAIL = ThumbnailSize(width=640)
"""Of the wall's pictures."""


def with_scheme(value: object) -> object:
    """An address as people type it: without a scheme it is https."""
    text = value.strip() if isinstance(value, str) else value
    return f"https://{text}" if isinstance(text, str) and text and "://" not in text else text


Url = Annotated[str, BeforeValidator(with_scheme), AfterValidator(checked_url)]


class CaptureForm(BaseModel):
    """The fields; a checkbox that isn't ticked is not sent."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    url: Url
    width: int = Field(1280, ge=1, le=10_000)
    height: int = Field(800, ge=1, le=10_000)
    full_page: bool = False
    type: Literal["png", "jpeg", "webp"] = "png"
    delay_s: int | None = Field(None, ge=1, le=10)
    block_ads: bool = False
    reject_cookies: bool = False

    def capture(self) -> SimpleCapture:
        """What they ask for."""
        return SimpleCapture(**self.model_dump())


async def show(visit: Visit) -> Response:
    """The form; filled in, it shows the picture that was taken last of what it asks for."""
    if not visit.text("url"):
        return _page(visit, visit.form)
    try:
        capture = _asked(visit)
        found = composition.captures().find(visit.caller.account.account_id, capture.options().digest())
    except PagelapseError as error:
        return _refused(visit, error)
    return _page(visit, Parameters(asdict(capture)), capture=capture, picture=found.picture if found else None)


async def take(visit: Visit) -> Response:
    """Take the picture, and go to where it is shown."""
    try:
        capture = _asked(visit)
        options = capture.options()
        note(visit.request.scope, target=log_url(capture.url))
        found = composition.captures().find(visit.caller.account.account_id, options.digest())
        caller = replace(visit.caller, record=found)
        snaps = composition.services().snaps
        snap = snaps.snap(caller, options, ttl_s=0, thumbnail=THUMBNAIL, want_bytes=False)
    except PagelapseError as error:
        note(visit.request.scope, error=error.code, option=error.option)
        return _refused(visit, error)
    note(visit.request.scope, job_id=snap.picture.job_id)
    return go(f"/app/capture?{_query(capture)}#picture")


def _asked(visit: Visit) -> SimpleCapture:
    return models.parse(CaptureForm, visit.form).capture()


def _query(capture: SimpleCapture) -> str:
    """What differs from the form's own values, so that addresses stay short."""
    usual = asdict(SimpleCapture(url=""))
    return urlencode({name: value for name, value in asdict(capture).items() if value != usual[name]})


def _refused(visit: Visit, error: PagelapseError) -> Response:
    return _page(visit, visit.form, error=error)


def _page(
    visit: Visit,
    form: Parameters,
    *,
    capture: SimpleCapture | None = None,
    picture: Picture | None = None,
    error: PagelapseError | None = None,
) -> Response:
    return visit.render(
        "capture.html",
        status_of(error) if error else 200,
        form=asdict(SimpleCapture(url="")) | dict(form.values),
        error=error,
        picture=picture,
        link=composition.configurations().link,
        curls=_curls(visit, capture),
    )


def _curls(visit: Visit, capture: SimpleCapture | None) -> list[Curl]:
    if capture is None:
        return []
    base = base_of(visit)
    own_first = sorted((dialect.name for dialect in DIALECTS), key=lambda name: name != "native")
    return [curl(name, base, capture) for name in own_first]


def base_of(visit: Visit) -> str:
    """Of the API, as the visitor reaches it."""
    return composition.configurations().public_url or str(visit.request.base_url).rstrip("/")

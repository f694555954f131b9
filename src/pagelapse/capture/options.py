"""The one model of a capture. Field names and units are Playwright's wherever Playwright has the thing."""

from __future__ import annotations

import hashlib
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pagelapse.capture.actions import MAX_ACTIONS, MAX_OBSERVATIONS, Action, Script, Selector
from pagelapse.capture.urls import checked_url

MAX_HTML_BYTES = 3_000_000
"""UTF-8 bytes of HTML to be pictured. Lambda's synchronous payload ends at 6 MB, JSON escapes included."""

MAX_VIEWPORT = 10_000
"""CSS px on either side of the viewport."""

MAX_SCALED_VIEWPORT_PIXELS = 100_000_000
"""Device px of viewport area; above about 110 megapixels Chromium returns wrong rows."""

HEADER_VALUE = r"^[^\x00-\x08\x0a-\x1f\x7f]*$"
"""No control characters but tabs (RFC 9110, 5.5); Chromium does not survive them in a User-Agent."""

CookieBanners = Literal["keep", "reject", "accept", "hide"]
ImageType = Literal["jpeg", "png", "webp", "avif"]
Output = Literal["image", "html", "pdf", "text", "markdown"]
LoadState = Literal["load", "domcontentloaded", "networkidle"]
PaperFormat = Literal["A0", "A1", "A2", "A3", "A4", "A5", "A6", "Letter", "Legal", "Tabloid", "Ledger"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Viewport(_Frozen):
    """The browser window's inner size, CSS px."""

    width: int = Field(default=1280, ge=1, le=MAX_VIEWPORT)
    height: int = Field(default=800, ge=1, le=MAX_VIEWPORT)


class Geolocation(_Frozen):
    """What `navigator.geolocation` tells the page; granting it implies the permission.

    Degrees; accuracy in metres.
    """

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy: float = Field(default=0, ge=0)


class Header(_Frozen):
    """One request header. RFC 9110: a token as name, no control characters in the value."""

    name: str = Field(pattern=r"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$", max_length=256)
    value: str = Field(pattern=HEADER_VALUE, max_length=8192)


class Credentials(_Frozen):
    """HTTP authentication, offered to the page's own origin only. RFC 7617: no colon in the name."""

    username: str = Field(pattern=r"^[^\x00-\x1f\x7f:]*$", max_length=1000)
    password: str = Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=1000)


class Cookie(_Frozen):
    """A cookie for the page's own host, or for a domain and path that the page's server could set one for. RFC 6265."""

    name: str = Field(pattern=r"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$", max_length=256)
    value: str = Field(pattern=r"^[^\x00-\x1f\x7f;]*$", max_length=4096)
    domain: str | None = Field(default=None, max_length=253)
    """The page's host, or a parent of it that is no public suffix; `None` is the host alone."""
    path: str | None = Field(default=None, pattern=r"^/[^\x00-\x1f\x7f;]*$", max_length=1024)
    """`None` is `/`."""


class CaptureOptions(_Frozen):
    """Everything that decides what a capture looks like, and nothing else.

    Two equal instances ask for the same picture, so `digest` serves as the cache's key.

    Raises:
        pydantic.ValidationError: When a field is out of range or the fields contradict each other.
    """

    url: str | None = None
    """The page to open, http or https."""
    html: str | None = None
    """A document to render instead of a page; it has an opaque origin."""
    output: Output = "image"
    """`html` returns the rendered document's source instead of a picture, `text` what can be read of it, `markdown` the
    same with its structure; `pdf` prints the page: all of it with its style for paper, or with `full_page` as it looks
    on the screen on one long sheet. `selector` is for pictures."""
    pdf_format: PaperFormat = "A4"
    """Of the printed pages; used by `pdf` only."""
    inventory: bool = False
    """Also list what the page embeds; see `jobs.Inventory`."""
    keep_source: bool = False
    """Also store the rendered document's source, beside the picture."""
    keep_text: bool = False
    """Also store what can be read of the page, beside the picture."""
    ignored: tuple[Selector, ...] = Field(default=(), max_length=20)
    """Elements that comparisons leave out: the report says where they all are in the picture, and `keep_text` goes
    without them. The picture itself shows them."""

    viewport: Viewport = Viewport()
    device_scale_factor: float = Field(default=1, ge=0.1, le=5)
    full_page: bool = False
    is_mobile: bool = False
    """Honour the page's viewport meta tag, as phones do."""
    has_touch: bool = False
    color_scheme: Literal["light", "dark"] = "light"
    """What the page's `prefers-color-scheme` queries find."""
    selector: Selector | None = None
    """Picture this element only."""
    hover: bool = False
    """Put the pointer over `selector` first."""
    type: ImageType = "png"
    quality: int | None = Field(default=None, ge=1, le=100)
    """JPEG, WebP and AVIF; `None` is `images.DEFAULT_QUALITY`."""

    delay_ms: int | None = Field(default=None, ge=0, le=30_000)
    """A fixed wait after the page has loaded, milliseconds; `None` waits until the page is painted and quiet."""
    wait_until: LoadState = "load"
    """The event that the page counts as loaded with; `networkidle` is 500 ms without a request."""
    wait_for_selector: Selector | None = None
    scroll: bool = False
    """Scroll through the whole page first, so that lazy parts load, also when only a part of it is pictured."""

    user_agent: str | None = Field(default=None, min_length=1, max_length=1000, pattern=HEADER_VALUE)
    accept_language: str | None = Field(default=None, min_length=1, max_length=200, pattern=HEADER_VALUE)
    """In the form of the `Accept-Language` header. Its order of preference is kept; the browser writes the weights."""
    timezone_id: str | None = None
    geolocation: Geolocation | None = None
    location: str | None = Field(default=None, min_length=1, max_length=100)
    """A place of the operator's pool that the page is opened from, through a proxy there."""
    connector: str | None = Field(default=None, pattern=r"^[0-9A-Za-z_-]{1,100}$")
    """The agent, in somebody's own network, that opens the page instead of us."""
    referer: str | None = Field(default=None, pattern=r"^[\x21-\x7e]*$", max_length=8192)
    """`Referer` header of the page's own request."""
    post_data: str | None = Field(default=None, max_length=1_000_000)
    """Open the page by POST with this body, as `application/x-www-form-urlencoded`."""
    http_credentials: Credentials | None = None
    extra_http_headers: tuple[Header, ...] = Field(default=(), max_length=100)
    """Sent to the page's own origin only: a token meant for one site must not reach its advertisers."""
    cookies: tuple[Cookie, ...] = Field(default=(), max_length=100)

    deterministic: bool = False
    """The same page gives the same picture: its clock stands, its dice fall alike, nothing moves. For comparing."""
    java_script_enabled: bool = True
    block_third_party_scripts: bool = False
    """Drop scripts from other registrable domains than the page's."""
    block_ads: bool = False
    """Reach no host that only serves ads, and hide the places of ads."""
    block_trackers: bool = False
    """Reach no host that only watches visitors."""
    cookie_banners: CookieBanners = "keep"
    """`reject` opts out where the banner lets, `accept` clicks what agrees to all; whatever is left is hidden."""
    hide_widgets: bool = False
    """Chat windows, newsletter pop-ups, app banners and the like are neither loaded nor seen."""
    hide: tuple[Selector, ...] = Field(default=(), max_length=100)
    """Elements not to be seen: all that match, also those that come later."""
    style: Script | None = None
    """CSS added to the page once it has loaded."""
    script: Script | None = None
    """JavaScript run in the page once it has loaded."""
    actions: tuple[Action, ...] = Field(default=(), max_length=MAX_ACTIONS)
    """Done in the page after that, in this order."""
    last_scripts: tuple[Script, ...] = Field(default=(), max_length=10)
    """JavaScript run right before the picture, when all waiting is over; each by itself."""

    @field_validator("url")
    @classmethod
    def _http_url(cls, url: str | None) -> str | None:
        return None if url is None else checked_url(url)

    @field_validator("html")
    @classmethod
    def _html_size(cls, html: str | None) -> str | None:
        if html is not None and len(html.encode()) > MAX_HTML_BYTES:
            raise ValueError(f"is longer than {MAX_HTML_BYTES} bytes")
        return html

    @field_validator("timezone_id")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        if zone is not None and zone not in available_timezones():
            raise ValueError("is not an IANA time zone, such as Europe/Berlin")
        return zone

    @field_validator("actions")
    @classmethod
    def _few_observations(cls, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        if sum(action.type == "observe" for action in actions) > MAX_OBSERVATIONS:
            raise ValueError(f"read more than {MAX_OBSERVATIONS} texts")
        return actions

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.url is None) == (self.html is None):
            raise ValueError("exactly one of url and html is needed")
        area = self.viewport.width * self.viewport.height * self.device_scale_factor**2
        if area > MAX_SCALED_VIEWPORT_PIXELS:
            raise ValueError("viewport times device_scale_factor is more than 100 megapixels")
        return self

    def digest(self) -> str:
        """Lower-case hex SHA-256 of the canonical form: equal options, equal digest."""
        canonical = self.model_dump_json(exclude_defaults=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

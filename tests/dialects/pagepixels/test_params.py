"""The translation of "Screenshot API Options" into a capture, without HTTP."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagelapse.capture.options import CaptureOptions, Cookie, Geolocation, Header, Viewport
from pagelapse.dialects.pagepixels.params import SnapHtmlParams, SnapParams, known_names, parse
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption, InvalidUrl

URL = "https://example.com/"
HEADERS = (Header(name="X-One", value="1"), Header(name="X-Two", value="b: c"))
COOKIES = (Cookie(name="a", value="1"), Cookie(name="b", value="2=3"))


def options(**given: object) -> CaptureOptions:
    """What `/snap` makes of the parameters."""
    return parse(SnapParams, Parameters({"url": URL, **given})).options()


def refused(**given: object) -> InvalidOption:
    """The error that `/snap` makes of the parameters."""
    with pytest.raises(InvalidOption) as raised:
        options(**given)
    return raised.value


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("time_zone", "US/Eastern", "timezone_id", "US/Eastern"),
        ("selectors", "#a > b", "selector", "#a > b"),
        ("hover_on_selected", "true", "hover", True),
        ("wait", "0", "delay_ms", 0),
        ("wait", 20_000, "delay_ms", 20_000),
        ("wait_for", "#late", "wait_for_selector", "#late"),
        ("fullpage", "True", "full_page", True),
        ("fullpage", 1, "full_page", True),
        ("fullpage", "0", "full_page", False),
        ("page_width", "400", "viewport", Viewport(width=400, height=1000)),
        ("page_height", 300, "viewport", Viewport(width=1920, height=300)),
        ("image_format", "PNG", "type", "png"),
        ("image_format", "jpg", "type", "jpeg"),
        ("image_format", "webp", "type", "webp"),
        ("quality", "7", "quality", 7),
        ("scale_factor", "2", "device_scale_factor", 2),
        ("scale_factor", 1.5, "device_scale_factor", 1.5),
        ("css_inject", "p { color: red }", "style", "p { color: red }"),
        ("js_inject", "alert(1)", "script", "alert(1)"),
        ("accept_language", "de", "accept_language", "de"),
        ("user_agent", "Me/1", "user_agent", "Me/1"),
        ("disable_js", "true", "java_script_enabled", False),
        ("disable_third_party_js", True, "block_third_party_scripts", True),
    ],
)
def test_options(name: str, value: object, field: str, expected: object) -> None:
    """Each option, as text or as JSON's own type, reaches the capture."""
    assert getattr(options(**{name: value}), field) == expected


def test_defaults() -> None:
    """Without options, the vendor's documented defaults."""
    assert options() == CaptureOptions(
        url=URL, viewport=Viewport(width=1920, height=1000), type="jpeg", quality=100, delay_ms=1500
    )


def test_empty_values_count_as_not_given() -> None:
    """An empty value, as an HTML form sends it, leaves the default."""
    assert options(**dict.fromkeys(known_names(SnapParams) - {"url"}, "")) == options()
    assert options(wait=None, headers=None) == options()


@pytest.mark.parametrize("image_format", ["png", "webp"])
def test_quality_is_ignored_without_jpeg(image_format: str) -> None:
    """For PNG and WebP the quality is not even looked at."""
    given = options(image_format=image_format, quality="9999")
    assert (given, given.quality) == (options(image_format=image_format), None)


def test_location() -> None:
    """Latitude, longitude and accuracy make one location."""
    given = options(latitude="52.5", longitude=13, accuracy="10").geolocation
    assert given == Geolocation(latitude=52.5, longitude=13, accuracy=10)


@pytest.mark.parametrize(("given", "missing"), [("latitude", "longitude"), ("longitude", "latitude")])
def test_half_a_location(given: str, missing: str) -> None:
    """A location that lacks a half names the other."""
    assert refused(**{given: "1"}).option == missing


@pytest.mark.parametrize(
    "value",
    [
        "X-One: 1\nX-Two: b: c",
        "X-One:1\r\n\r\nX-Two:  b: c  ",
        [{"key": "X-One", "value": "1"}, {"key": "X-Two", "value": "b: c"}],
        [{"name": "X-One", "value": 1}, {"name": "X-Two", "value": "b: c"}],
        '[{"key": "X-One", "value": "1"}, {"key": "X-Two", "value": "b: c"}]',
        {"X-One": "1", "X-Two": "b: c"},
        '{"X-One": 1, "X-Two": "b: c"}',
    ],
)
def test_headers(value: object) -> None:
    """Headers come as lines, as an array of key and value, as an object, or as a JSON string of either."""
    assert options(headers=value).extra_http_headers == HEADERS


@pytest.mark.parametrize(
    "value",
    [
        "a=1; b=2=3",
        "a=1;b=2=3;",
        [{"key": "a", "value": "1"}, {"key": "b", "value": "2=3"}],
        '[{"key": "a", "value": 1}, {"key": "b", "value": "2=3"}]',
        {"a": 1, "b": "2=3"},
        '{"a": "1", "b": "2=3"}',
    ],
)
def test_cookies(value: object) -> None:
    """Cookies come as a Cookie header's text, as an array of key and value, as an object, or as JSON of either."""
    assert options(cookies=value).cookies == COOKIES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_zone", "Mars/Base"),
        ("hover_on_selected", "perhaps"),
        ("selectors", "x" * 2001),
        ("wait", "-1"),
        ("wait", "20001"),
        ("wait", "soon"),
        ("wait", "1" * 5000),
        ("wait_for", ["#a"]),
        ("fullpage", "2"),
        ("page_width", "0"),
        ("page_height", "10001"),
        ("image_format", "gif"),
        ("quality", "0"),
        ("quality", "101"),
        ("scale_factor", "0"),
        ("scale_factor", "nan"),
        ("scale_factor", "1e400"),
        ("css_inject", "x" * 200_001),
        ("js_inject", {"a": 1}),
        ("headers", "no colon"),
        ("headers", "Bad Name: secret-value"),
        ("headers", '[{"key": "X"'),
        ("headers", 5),
        ("headers", [["X", "1"]]),
        ("headers", {"X": "secret-value\nY: 2"}),
        ("headers", "X: 1\n" * 101),
        ("cookies", "no equals"),
        ("cookies", {"a b": "secret-value"}),
        ("accept_language", "x" * 201),
        ("user_agent", "x" * 1001),
        ("user_agent", "null\x00byte"),
        ("latitude", "91"),
        ("longitude", "181"),
        ("accuracy", "-1"),
        ("ttl", "-1"),
        ("ttl", "1" * 40),
        ("thumb_width", "0"),
        ("thumb_height", "4001"),
        ("json", "maybe"),
        ("html_only", []),
        ("css_inject", "\ud800"),
        ("user_agent", "a\r\nX-Injected: yes"),
        ("accept_language", "en\nX-Injected: yes"),
    ],
)
def test_bad_values(name: str, value: object) -> None:
    """A bad value is refused by the caller's own name of the parameter, and not quoted."""
    error = refused(**{name: value})
    assert error.option == name
    assert "secret-value" not in error.message
    assert not isinstance(error, InvalidUrl)


@pytest.mark.parametrize(
    "url",
    [None, "", "example.com", "ftp://a/", "http://", "https://a b/", "http://a:99999/", "x" * 9000, 5, ["https://a/"]],
)
def test_bad_urls(url: object) -> None:
    """A missing or impossible url has an error of its own."""
    assert isinstance(refused(url=url), InvalidUrl)


def test_ads_trackers_and_banners() -> None:
    """`no_ads` and `no_tracking` block, and `no_cookie_banners` rejects."""
    given = options(no_ads="true", no_tracking=True, no_cookie_banners="1")
    assert (given.block_ads, given.block_trackers, given.cookie_banners) == (True, True, "reject")


def test_options_that_ask_for_nothing_are_accepted() -> None:
    """The same options at their documented defaults are no reason to refuse."""
    given = options(
        no_ads="false",
        no_tracking=False,
        no_cookie_banners="0",
        real_location="false",
        proxy_server="",
        multi_step_actions="[]",
        analyze_image_with_ai="False",
        ai_prompt="What is it?",
        custom_title="T",
        custom_description="D",
        placeholder_url="https://example.com/p.png",
    )
    assert given == options()


def test_html_only_ignores_selectors() -> None:
    """For HTML the selector and the image's settings make no difference."""
    given = options(html_only="true", selectors="#a", image_format="png", hover_on_selected="true")
    assert given == options(html_only="true")
    assert (given.output, given.selector) == ("html", None)


def test_snap_html() -> None:
    """A document is captured with the same options, and html_only does not apply."""
    given = parse(
        SnapHtmlParams, Parameters({"html_content": "<h1>Hello World</h1>", "wait": "0", "html_only": "true"})
    )
    assert given.options() == CaptureOptions(
        html="<h1>Hello World</h1>", viewport=Viewport(width=1920, height=1000), type="jpeg", quality=100, delay_ms=0
    )


@pytest.mark.parametrize("html", [None, "", 5, "x" * 3_000_001])
def test_bad_documents(html: object) -> None:
    """A missing or oversized document is named."""
    with pytest.raises(InvalidOption) as raised:
        parse(SnapHtmlParams, Parameters({"html_content": html})).options()
    assert raised.value.option == "html_content"


def test_repeated_parameters_are_refused() -> None:
    """A known parameter that comes twice is refused, since there is no telling which one is meant."""
    given = Parameters({"url": URL, "wait": "5", "utm": "1"}, frozenset({"wait", "utm"}))
    with pytest.raises(InvalidOption) as raised:
        parse(SnapParams, given)
    assert raised.value.option == "wait"


def test_bracketed_parameters_are_refused() -> None:
    """Headers in PHP's or Rails' bracket notation are refused instead of silently dropped."""
    assert refused(**{"headers[0][key]": "X"}).option == "headers"


_NAMES = sorted(known_names(SnapParams))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=8), _JSON, max_size=6), st.booleans())
def test_anything_is_a_capture_or_a_named_refusal(sent: dict[str, object], with_url: bool) -> None:
    """Whatever is sent either asks for a capture or is refused by name; nothing else comes out."""
    assert _outcome({**sent, "url": URL} if with_url else sent) in known_names(SnapParams) | {"a capture"}


def _outcome(sent: dict[str, object]) -> str | None:
    try:
        parse(SnapParams, Parameters(sent)).options().digest()
    except InvalidOption as error:
        return error.option
    return "a capture"

"""Pixcap's parameters: each in both spellings, with its range, and what it asks the browser for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dialects.client import Client
from tests.dialects.pixcap.contract import error_of
from tests.world import World

from pagelapse.capture.options import CaptureOptions, Cookie

URL = "https://example.com/"
PATH = "/api/v1/screenshot"
DASHBOARD = [
    {"name": "session_id", "value": "abc123xyz", "domain": "example.com"},
    {"name": "auth_token", "value": "Bearer_token_here", "domain": ".example.com", "path": "/"},
]
COOKIES = (
    Cookie(name="session_id", value="abc123xyz", domain="example.com"),
    Cookie(name="auth_token", value="Bearer_token_here", domain=".example.com", path="/"),
)
BLOCKED = [".cookie-banner", ".newsletter-popup", "#modal-overlay", "[data-testid='promo-banner']"]


def _get(client: Client, world: World, params: Any) -> CaptureOptions:
    response = client.get(PATH, params=params, headers={"X-API-Key": world.new.private_key})
    assert response.status_code == 200, response.text
    return world.runner.jobs[-1].options


def _post(client: Client, world: World, body: dict[str, object]) -> CaptureOptions:
    response = client.post(PATH, json=body, headers={"X-API-Key": world.new.private_key})
    assert response.status_code == 200, response.text
    return world.runner.jobs[-1].options


def _refusal(client: Client, world: World, **body: object) -> str:
    response = client.post(PATH, json={"url": URL, **body}, headers={"X-API-Key": world.new.private_key})
    assert (response.status_code, error_of(response)) == (400, "INVALID_PARAMETER")
    assert world.runner.jobs == []
    return str(response.json()["error"]["message"])


def test_defaults(client: Client, world: World) -> None:
    """A url alone is a PNG of 1280 by 800 that waits for no fixed time."""
    assert _get(client, world, {"url": URL}) == CaptureOptions(url=URL, type="png")


SPELLINGS: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"width": 1920}, {"viewport": {"width": 1920, "height": 800}}),
    ({"height": 1080}, {"viewport": {"width": 1280, "height": 1080}}),
    ({"format": "jpeg"}, {"type": "jpeg", "quality": 80}),
    ({"format": "JPG", "quality": 5}, {"type": "jpeg", "quality": 5}),
    ({"quality": 5}, {}),
    ({"full_page": True}, {"full_page": True}),
    ({"fullPage": True}, {"full_page": True}),
    ({"delay": 500}, {"delay_ms": 500}),
    ({"delay": 0}, {"delay_ms": 0}),
    ({"selector": "#a"}, {"selector": "#a"}),
    ({"dark_mode": True}, {"color_scheme": "dark"}),
    ({"darkMode": "true"}, {"color_scheme": "dark"}),
    ({"scale": 1.5}, {"device_scale_factor": 1.5}),
    ({"wait_for_selector": ".main-content-loaded"}, {"wait_for_selector": ".main-content-loaded"}),
    ({"waitForSelector": ".main-content-loaded"}, {"wait_for_selector": ".main-content-loaded"}),
    ({"block_selectors": ".a, .b"}, {"hide": (".a, .b",)}),
    ({"block_selectors": ".a,.b, "}, {"hide": (".a,.b",)}),
    ({"blockSelectors": "[hidden]"}, {"hide": ("[hidden]",)}),
    ({"dismiss_cookie_consent": False}, {}),
    ({"dismissCookieConsent": "false"}, {}),
]


@pytest.mark.parametrize(("given", "asked"), SPELLINGS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_both_spellings_on_both_methods(
    client: Client, world: World, method: str, given: dict[str, object], asked: dict[str, object]
) -> None:
    """Each parameter in snake_case and in camelCase, by GET and by POST, asks for the same."""
    if method == "GET":
        texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}
        options = _get(client, world, {"url": URL, **texts})
    else:
        options = _post(client, world, {"url": URL, **given})
    assert options == CaptureOptions.model_validate({"url": URL, "type": "png", **asked})


def test_cookies(client: Client, world: World) -> None:
    """Cookies are an array in JSON and the JSON of one in a query; browsers' other attributes are let pass."""
    exported = [{**cookie, "httpOnly": True, "sameSite": "Lax", "expires": -1} for cookie in DASHBOARD]
    for options in (
        _post(client, world, {"url": URL, "cookies": DASHBOARD}),
        _post(client, world, {"url": URL, "cookies": exported}),
        _post(client, world, {"url": URL, "cookies": json.dumps(DASHBOARD)}),
        _get(client, world, {"url": URL, "cookies": json.dumps(DASHBOARD)}),
    ):
        assert options.cookies == COOKIES


def test_block_selectors(client: Client, world: World) -> None:
    """Selectors are an array in JSON; in a query a JSON string, or the parameter several times, also with brackets."""
    for options in (
        _post(client, world, {"url": URL, "blockSelectors": BLOCKED}),
        _get(client, world, {"url": URL, "block_selectors": json.dumps(BLOCKED)}),
        _get(client, world, [("url", URL), *[("block_selectors", selector) for selector in BLOCKED]]),
        _get(client, world, [("url", URL), *[("blockSelectors[]", selector) for selector in BLOCKED]]),
    ):
        assert options.hide == tuple(BLOCKED)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("width", [319, 3841, "wide", 1280.5]),
        ("height", [199, 2161]),
        ("format", ["webp", 1]),
        ("delay", [-1, 10_001]),
        ("scale", [0.9, 3.1, "NaN"]),
        ("fullPage", ["perhaps"]),
        ("full_page", [2]),
        ("darkMode", ["dark"]),
        ("selector", [5, "\x00"]),
        ("waitForSelector", [["#a"]]),
        ("cookies", ["a=1", 5, ["a"], [{"name": "a"}], [{"name": "a b", "value": ""}], [{"value": "x"}], "[{"]),
        ("blockSelectors", [5, [5], {"a": 1}, ["x" * 2001]]),
        ("dismiss_cookie_consent", [True]),
        ("dismissCookieConsent", [True]),
        ("connectorId", ["conn_abc123"]),
    ],
)
def test_bad_values_are_named_as_written(client: Client, world: World, name: str, values: list[object]) -> None:
    """A value outside its range or form is refused under the name that the caller wrote."""
    for value in values:
        assert _refusal(client, world, **{name: value}).startswith(f"{name}: ")


def test_the_quality_of_jpegs_has_a_range(client: Client, world: World) -> None:
    """The quality goes from 1 to 100 where it counts."""
    for quality in (0, 101):
        assert _refusal(client, world, format="jpeg", quality=quality).startswith("quality: ")


def test_a_parameter_in_both_spellings_is_refused(client: Client, world: World) -> None:
    """There is no telling which of two spellings is meant."""
    assert "more than once" in _refusal(client, world, full_page=True, fullPage=False)


def test_parameters_in_brackets_are_refused(client: Client, world: World) -> None:
    """A cookie that is sent in brackets is refused instead of forgotten."""
    assert _refusal(client, world, **{"cookies[0][name]": "a"}).startswith("cookies: can't be sent in brackets")


def test_urls_that_are_missing(client: Client, world: World) -> None:
    """Without a url, the vendor's answer for a bad one."""
    response = client.post(PATH, json={}, headers={"X-API-Key": world.new.private_key})
    assert (response.status_code, error_of(response)) == (400, "INVALID_URL")
    assert response.json()["error"]["message"] == "url: is missing"


def test_unknown_parameters_are_named_in_a_header(client: Client, world: World) -> None:
    """What nobody looks at is ignored, and said so."""
    params = {"url": URL, "viewport_width": "800", "api_key": world.new.private_key}
    assert client.get(PATH, params=params).headers["X-Pagelapse-Ignored"] == "viewport_width"

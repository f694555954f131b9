"""A capture in GetScreenshot's words."""

from __future__ import annotations

from pagelapse.dialects.curl import Asked, SimpleCapture, flags


def request(capture: SimpleCapture) -> Asked:
    """`GET /v1/get-screenshot` for it."""
    parameters: dict[str, str | int] = {
        "url": capture.url,
        "width": capture.width,
        "height": capture.height,
        "format": capture.type,
        **flags(fullpage=capture.full_page, hidecookie=capture.reject_cookies),
    }
    if capture.delay_s is not None:
        parameters["timewait"] = capture.delay_s * 1000
    reasons = {
        "answers with JSON that links to the picture": True,
        "scrolls through the page first": True,
        "waits 2 s after loading": capture.delay_s is None,
        "ads are not blocked": capture.block_ads,
        "cookie banners are hidden, not rejected": capture.reject_cookies,
    }
    differs = tuple(reason for reason, holds in reasons.items() if holds)
    return Asked("GetScreenshot", "/v1/get-screenshot", parameters, "apikey", differs, saves=False)

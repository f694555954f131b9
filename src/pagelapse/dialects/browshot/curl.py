"""A capture in Browshot's words."""

from __future__ import annotations

from pagelapse.dialects.curl import Asked, SimpleCapture


def request(capture: SimpleCapture) -> Asked:
    """`GET /api/v1/simple` for it."""
    delay = 5 if capture.delay_s is None else min(capture.delay_s, 10)
    parameters: dict[str, str | int] = {
        "url": capture.url,
        "screen": f"{capture.width}x{capture.height}",
        "size": "page" if capture.full_page else "screen",
        "delay": delay,
        "cache": 0,
    }
    reasons = {
        "the nearest of Browshot's screens is taken": True,
        "the picture is a PNG": capture.type != "png",
        f"waits {delay} s after loading": delay != capture.delay_s,
        "ads are not blocked": capture.block_ads,
        "cookie banners stay": capture.reject_cookies,
    }
    differs = tuple(reason for reason, holds in reasons.items() if holds)
    return Asked("Browshot", "/api/v1/simple", parameters, "key", differs)

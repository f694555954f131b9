"""A capture in Pixcap's words."""

from __future__ import annotations

from pagelapse.dialects.curl import Asked, SimpleCapture, flags


def request(capture: SimpleCapture) -> Asked:
    """`GET /api/v1/screenshot` for it, within Pixcap's ranges."""
    width, height = min(max(capture.width, 320), 3840), min(max(capture.height, 200), 2160)
    parameters: dict[str, str | int] = {
        "url": capture.url,
        "width": width,
        "height": height,
        "format": "jpeg" if capture.type == "jpeg" else "png",
        **flags(full_page=capture.full_page, dismiss_cookie_consent=capture.reject_cookies),
    }
    if capture.delay_s is not None:
        parameters["delay"] = capture.delay_s * 1000
    reasons = {
        f"the viewport is {width} by {height}": (width, height) != (capture.width, capture.height),
        "the picture is a PNG": capture.type == "webp",
        "JPEG quality is 80": capture.type == "jpeg",
        "ads are not blocked": capture.block_ads,
        "cookies are accepted": capture.reject_cookies,
    }
    differs = tuple(reason for reason, holds in reasons.items() if holds)
    return Asked("Pixcap", "/api/v1/screenshot", parameters, "api_key", differs)

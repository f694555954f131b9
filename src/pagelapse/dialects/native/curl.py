"""A capture in our own API's words."""

from __future__ import annotations

from pagelapse.dialects.curl import Asked, SimpleCapture, flags


def request(capture: SimpleCapture) -> Asked:
    """`GET /pagelapse/v1/picture` for it."""
    parameters: dict[str, str | int] = {
        "url": capture.url,
        "viewport": f"{capture.width}x{capture.height}",
        "type": capture.type,
        **flags(full_page=capture.full_page, block_ads=capture.block_ads, block_trackers=capture.block_ads),
    }
    if capture.reject_cookies:
        parameters["cookie_banners"] = "reject"
    if capture.delay_s is not None:
        parameters["delay_ms"] = capture.delay_s * 1000
    return Asked("Pagelapse", "/pagelapse/v1/picture", parameters, "key")

"""A capture in PagePixels' words."""

from __future__ import annotations

from pagelapse.dialects.curl import Asked, SimpleCapture, flags


def request(capture: SimpleCapture) -> Asked:
    """`GET /snap` for it."""
    parameters: dict[str, str | int] = {
        "url": capture.url,
        "page_width": capture.width,
        "page_height": capture.height,
        "image_format": capture.type,
        **flags(
            fullpage=capture.full_page,
            no_ads=capture.block_ads,
            no_tracking=capture.block_ads,
            no_cookie_banners=capture.reject_cookies,
        ),
        "ttl": 0,
    }
    differs = () if capture.type != "jpeg" else ("JPEG quality is 100",)
    if capture.delay_s is None:
        return Asked("PagePixels", "/snap", parameters, "access_token", (*differs, "waits 1.5 s after loading"))
    return Asked("PagePixels", "/snap", parameters | {"wait": capture.delay_s * 1000}, "access_token", differs)

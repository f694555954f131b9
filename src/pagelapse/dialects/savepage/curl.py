"""A capture in SavePage's words."""

from __future__ import annotations

from pagelapse.dialects.curl import Asked, SimpleCapture, flags


def request(capture: SimpleCapture) -> Asked:
    """`GET /v1/` for it."""
    parameters: dict[str, str | int] = {
        "q": capture.url,
        "width": capture.width,
        "height": capture.height,
        "format": "jpeg" if capture.type == "jpeg" else "png",
        **flags(fullpage=capture.full_page, noads=capture.block_ads, nocookie=capture.reject_cookies),
        "refresh": -1,
    }
    if capture.delay_s is not None:
        parameters["delay"] = capture.delay_s
    differs = ("the picture is a PNG",) if capture.type == "webp" else ()
    return Asked("SavePage", "/v1/", parameters, "key", differs)

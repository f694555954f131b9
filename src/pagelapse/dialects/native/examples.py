"""Example requests of our own API."""

from __future__ import annotations

from pagelapse.dialects.examples import Examples

_PAGE = {"url": "https://example.com/", "viewport": "1280x800", "block_ads": True, "cookie_banners": "reject"}

EXAMPLES = Examples(
    "header",
    "Authorization",
    "Bearer ",
    {
        "getPicture": {**_PAGE, "type": "webp", "max_age": 3600},
        "createCapture": {**_PAGE, "full_page": True, "thumbnail": "320x", "webhook": "https://example.com/hook"},
        "listCaptures": {"limit": 10},
        "createWatch": {
            "url": "https://example.com/",
            "every": "6 hours",
            "texts": ["#price", "h1"],
            "compare": {"ignore_selectors": [".ad"], "last": 3},
            "webhook": "https://example.com/hook",
        },
        "updateWatch": {"every": "day", "full_page": True},
        "createBatch": {"urls": ["https://example.com/", "https://example.org/"], "full_page": True},
        "createComparison": {
            "before": "https://example.com/",
            "after": "https://example.org/",
            "full_page": True,
            "compare": {"ignore_selectors": ["#clock"], "min_ratio": 0.001},
        },
        "testWebhook": {"url": "https://example.com/hook"},
    },
)

"""Example requests of PagePixels' API."""

from __future__ import annotations

from pagelapse.dialects.examples import Examples

_CHANGE = {"type": "change", "selector": "#price", "send_to": "webhook", "url": "https://example.com/hook"}

EXAMPLES = Examples(
    "header",
    "Authorization",
    "Bearer ",
    {
        "Snap": {"url": "https://example.com/", "fullpage": True, "no_ads": True, "no_cookie_banners": True},
        "SnapHtml": {"html_content": "<h1>Hello</h1>", "page_width": 800, "image_format": "png"},
        "createConfiguration": {
            "url": "https://example.com/",
            "scheduled_screenshot": True,
            "scheduled_every": 1,
            "scheduled_interval": "days",
            "multi_step_actions": [_CHANGE],
        },
        "updateConfiguration": {"page_width": 1280, "scheduled_screenshot": False},
        "listConfigurations": {"limit": 10, "order": "ASC"},
        "AiAnalyze": {"urls": ["https://example.com/cat.png"], "prompts": ["What is in this picture?"]},
    },
    frozenset({"embed", "placeholder"}),
)

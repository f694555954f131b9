"""Example requests of Browshot's API."""

from __future__ import annotations

from pagelapse.dialects.examples import Examples

_SCREENSHOT = {"id": "SCREENSHOT_ID"}

EXAMPLES = Examples(
    "parameter",
    "key",
    values={
        "Simple": {"url": "https://example.com/", "width": 640},
        "ScreenshotCreate": {"url": "https://example.com/", "instance_id": 12, "size": "page", "cache": 0},
        "ScreenshotInfo": {**_SCREENSHOT, "details": 3},
        "ScreenshotList": {"limit": 10, "status": "finished"},
        "ScreenshotSearch": {"url": "example"},
        "ScreenshotHtml": _SCREENSHOT,
        "ScreenshotThumbnail": {**_SCREENSHOT, "width": 320},
        "ScreenshotMultiple": {"url": "https://example.com/", "instance_id": 12},
        "ScreenshotHost": {**_SCREENSHOT, "hosting": "browshot", "width": 320},
        "ScreenshotShare": {**_SCREENSHOT, "note": "Have a look."},
        "ScreenshotDelete": {**_SCREENSHOT, "data": "image,metadata"},
        "InstanceInfo": {"id": 12},
        "InstanceCreate": {"width": 1280, "height": 800},
        "BrowserInfo": {"id": "BROWSER_ID"},
        "BrowserCreate": {"name": "Mine", "user_agent": "Mine/1.0", "javascript": 1},
    },
    public=frozenset({"sharePage"}),
)

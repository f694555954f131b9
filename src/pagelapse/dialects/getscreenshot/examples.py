"""Example requests of GetScreenshot's API."""

from __future__ import annotations

from pagelapse.dialects.examples import Examples

EXAMPLES = Examples(
    "parameter",
    "apikey",
    values={"getScreenshot": {"url": "https://example.com/", "preset": "iphone12", "hidecookie": True}},
)

"""Example requests of Pixcap's API."""

from __future__ import annotations

from pagelapse.dialects.examples import Examples

EXAMPLES = Examples(
    "header",
    "X-API-Key",
    values={
        "getScreenshot": {"url": "https://example.com/", "width": 1440, "full_page": True},
        "postScreenshot": {"url": "https://example.com/", "dark_mode": True, "block_selectors": [".banner", "#chat"]},
        "register": {"email": "you@example.com"},
        "createKey": {"name": "CI"},
        "createBulkJob": {"url": "example.com", "options": {"max_pages": 10}},
        "createConnector": {"name": "Office"},
    },
    public=frozenset({"register"}),
)

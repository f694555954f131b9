"""Example requests of SavePage's API."""

from __future__ import annotations

from pagelapse.dialects.examples import Examples

EXAMPLES = Examples(
    "parameter",
    "key",
    values={
        "getImage": {"q": "https://example.com/", "width": 1280, "fullpage": True},
        "postImage": {"q": "https://example.com/", "cookie": "a=1; b=2", "noads": True},
    },
)

"""How often Pixcap's endpoints may be asked ("Rate Limits" in its text)."""

from __future__ import annotations

from pagelapse.services.rate_windows import RateRule

SCREENSHOT = RateRule("screenshot", requests=60, seconds=60)
BULK = RateRule("bulk", requests=10, seconds=3600)
"""Jobs created; asking for one's status or its archive is `GENERAL`."""
GENERAL = RateRule("general", requests=100, seconds=60)
REGISTRATION = RateRule("registration", requests=10, seconds=900)

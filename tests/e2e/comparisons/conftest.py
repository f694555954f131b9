from __future__ import annotations

from tests.e2e.pagepixels.conftest import accounts, api

__all__ = ["accounts", "api"]

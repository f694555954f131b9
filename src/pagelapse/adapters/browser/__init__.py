"""Chromium through Playwright: the only package that knows either. Another engine would replace this folder."""

from pagelapse.adapters.browser.chromium import Chromium
from pagelapse.adapters.browser.executable import chromium_executable

__all__ = ["Chromium", "chromium_executable"]

"""Why a page could not be opened, or has broken down, by what Playwright says."""

from __future__ import annotations

import re

from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.guard import Refusal
from pagelapse.errors import CaptureError, TargetRefused, TargetUnreachable

_NET_ERROR = re.compile(r"net::(ERR_[A-Z0-9_]+)")
_GONE = re.compile(r"has been closed|(page|target) crashed|(connection|session|target) closed", re.IGNORECASE)

_PHRASES = {
    "ERR_EMPTY_RESPONSE": "the server closed the connection without an answer",
    "ERR_CONNECTION_RESET": "the server reset the connection",
    "ERR_CONNECTION_CLOSED": "the server closed the connection",
    "ERR_TOO_MANY_REDIRECTS": "the address redirects in a circle",
    "ERR_INVALID_RESPONSE": "the server's answer is not HTTP",
    "ERR_INVALID_HTTP_RESPONSE": "the server's answer is not HTTP",
    "ERR_HTTP_RESPONSE_CODE_FAILURE": "the server answered with an error and an empty document",
    "ERR_UNSAFE_REDIRECT": "the address redirects to something that is neither http nor https",
    "ERR_UNSAFE_PORT": "browsers refuse to open this port",
    "ERR_ABORTED": "the server answered without a document",
}


def navigation_error(message: str, refusal: Refusal | None) -> CaptureError:
    """The error for a failed navigation.

    Args:
        message: Playwright's message, which names Chromium's net error.
        refusal: What the guard refused last, if anything.
    """
    found = _NET_ERROR.search(message)
    name = found[1] if found else ""
    if "SOCKS" in name or "PROXY" in name:
        return _refused(refusal)
    if "Download is starting" in message:
        return CaptureError("the address answers with a download, not with a page", option="url")
    if name.startswith(("ERR_CERT", "ERR_SSL")):
        return TargetUnreachable(f"the server's certificate or TLS is not acceptable ({name})", option="url")
    return TargetUnreachable(_PHRASES.get(name, f"the page could not be opened ({name or 'unknown'})"), option="url")


def _refused(refusal: Refusal | None) -> CaptureError:
    if refusal is None:
        return TargetUnreachable("the server could not be reached", option="url")
    if refusal.blocked:
        return TargetUnreachable(f"{refusal.host}: {refusal.reason}", option="url")
    if refusal.by_rule:
        return TargetRefused(f"{refusal.host} is not an address that this deployment may reach", option="url")
    return TargetUnreachable(f"{refusal.host}: {refusal.reason}", option="url")


def is_gone(error: PlaywrightError) -> bool:
    """Whether the browser, its driver or the page has ended."""
    return _GONE.search(first_line(error)) is not None


def first_line(error: BaseException) -> str:
    """What Playwright says, without its call log."""
    return (str(error) or type(error).__name__).splitlines()[0]

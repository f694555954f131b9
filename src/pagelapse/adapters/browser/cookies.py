"""The caller's cookies, put into a page's context before its first request."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Error as PlaywrightError

from pagelapse.adapters.browser.navigation import is_gone
from pagelapse.adapters.browser.tabs import Session
from pagelapse.adapters.sites import cookie_domain, origin
from pagelapse.capture.options import Cookie
from pagelapse.errors import CaptureError


async def add_cookies(cdp: Session, url: str, cookies: tuple[Cookie, ...]) -> None:
    """Set what the server of `url` could have set.

    Raises:
        CaptureError: When it could not; the message names the cookie.
    """
    wanted = [_cookie(url, cookie) for cookie in cookies]
    try:
        await cdp.send("Network.setCookies", {"cookies": wanted})
    except PlaywrightError as error:
        if is_gone(error):
            raise
        names = ", ".join(cookie.name for cookie in cookies)
        raise CaptureError(f"the browser does not accept these cookies: {names[:300]}", option="cookies") from None


def _cookie(url: str, cookie: Cookie) -> dict[str, Any]:
    call = {"name": cookie.name, "value": cookie.value, "url": f"{origin(url)}/", "path": cookie.path or "/"}
    if cookie.domain is None:
        return call
    try:
        domain = cookie_domain(url, cookie.domain)
    except ValueError as error:
        raise CaptureError(f"the cookie {cookie.name} can't be set: {error}", option="cookies") from None
    return {**call, "domain": domain} if domain.startswith(".") else call

"""Cookie banners: opted out of by a consent engine that knows the providers, else clicked, else hidden."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Page

from pagelapse.adapters.browser import consent_scripts as scripts
from pagelapse.adapters.browser.navigation import first_line, is_gone
from pagelapse.adapters.filters import ConsentEngine
from pagelapse.capture.options import CookieBanners

logger = logging.getLogger(__name__)

MAX_FRAMES = 5
ENGINE_SHARE, FRAMES_SHARE, CLICK_SHARE = 0.55, 0.15, 0.3
"""Of the time that there is."""

OUT_OF_TIME = "out of time"

ENDED_EARLY = "ended early"
"""What a script says that its page has left, as answers to some banners make it."""

_CONSENT_FRAME = re.compile(
    r"consent|cookie|gdpr|\bcmp\b|privacy|trustarc|sourcepoint|usercentrics|didomi|quantcast", re.IGNORECASE
)


class CookieBanner:
    """The banner of one page, wherever it comes from.

    Args:
        page: Where to look.
        choice: What to do about it.
        engine: For `reject`; `None` when there is none, and then buttons are clicked by what they say.
    """

    def __init__(self, page: Page, choice: CookieBanners, engine: ConsentEngine | None) -> None:
        self._page = page
        self._choice = choice
        self._engine = engine
        self._looked = False

    async def dismiss(self, *, timeout_s: float) -> None:
        """Get rid of it; from the second time on only when there is a banner to be seen.

        Raises:
            TimeoutError: When it may still be there.
        """
        first, self._looked = not self._looked, True
        if not first and await self._say("look", timeout_s * FRAMES_SHARE, self._page.main_frame) == "none":
            return
        outcomes = []
        if self._choice == "reject" and (engine := self._engine) is not None:
            outcomes = await asyncio.gather(*(self._opt_out(engine, frame, timeout_s) for frame in self._frames()))
        if self._choice in ("reject", "accept"):
            inner = self._frames()[1:]
            await asyncio.gather(*(self._say(self._choice, timeout_s * FRAMES_SHARE, frame) for frame in inner))
        clicked = await self._say(self._choice, timeout_s * CLICK_SHARE, self._page.main_frame)
        if ENDED_EARLY in (*outcomes, clicked):
            await self._page.wait_for_load_state("load", timeout=timeout_s * 1000)
        logger.info("cookie banner", extra={"engine": [str(one) for one in outcomes], "outcome": clicked})
        if clicked == OUT_OF_TIME:
            raise TimeoutError

    def _frames(self) -> list[Frame]:
        """The main frame first, then those that a consent provider's dialog may be in."""
        main = self._page.main_frame
        inner = [frame for frame in self._page.frames if frame is not main and _CONSENT_FRAME.search(_named(frame))]
        return [main, *inner[:MAX_FRAMES]]

    async def _opt_out(self, engine: ConsentEngine, frame: Frame, timeout_s: float) -> Any:
        limit_s = timeout_s * ENGINE_SHARE
        return await _evaluate(frame, scripts.opt_out(engine.script, engine.rules, limit_s * 900), limit_s)

    async def _say(self, choice: str, limit_s: float, frame: Frame) -> Any:
        return await _evaluate(frame, scripts.dismiss(choice, limit_s * 900), limit_s)


def _named(frame: Frame) -> str:
    return f"{frame.name} {frame.url}"


async def _evaluate(frame: Frame, expression: str, limit_s: float) -> Any:
    """What the script says; a navigation that a click leads to, a hung frame and a thrown error end it quietly.

    Raises:
        PlaywrightError: When the browser is gone.
    """
    try:
        async with asyncio.timeout(limit_s):
            return await frame.evaluate(expression)
    except TimeoutError:
        return OUT_OF_TIME
    except PlaywrightError as error:
        if is_gone(error):
            raise
        logger.info("consent script ended early", extra={"reason": first_line(error)})
        return ENDED_EARLY

"""The capture's actions, by Playwright's locators and Chromium's own JavaScript domain."""

from __future__ import annotations

import asyncio
import re
from functools import singledispatch
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from pagelapse.adapters.browser import scripts
from pagelapse.adapters.browser.navigation import first_line, is_gone, navigation_error
from pagelapse.adapters.browser.tabs import Session
from pagelapse.adapters.guard import Refusal
from pagelapse.capture.actions import (
    Action,
    AddStyle,
    Click,
    ClickPoint,
    Evaluate,
    Fill,
    Goto,
    Hover,
    Observe,
    PressEnter,
    RunScript,
    SelectOption,
    SetChecked,
    WaitForSelector,
)
from pagelapse.capture.ports import ActionImpossibleError

SCRIPTS = (RunScript, Evaluate, AddStyle)
"""Those that may take too long without having failed."""

ElementAction = Click | Hover | Fill | SelectOption | SetChecked | WaitForSelector

DIAGNOSIS_LIMIT_S = 1.0

_LEAD = re.compile(r"^(Locator|Page|Keyboard)\.\w+: (Error: )?")


@singledispatch
async def perform(action: Action, page: Page, cdp: Session, timeout_s: float) -> str | None:
    """Do one action; returns what an `Observe` read.

    Raises:
        ActionImpossibleError: When the caller's script throws.
        PlaywrightError: When it can't be done.
        TimeoutError: When it takes longer than `timeout_s`; Playwright's own is one of `PlaywrightError`.
    """
    raise NotImplementedError(type(action).__name__)


@perform.register
async def _click(action: Click, page: Page, _cdp: Session, timeout_s: float) -> None:
    element = _element(page, action.selector)
    await element.evaluate(scripts.STAY_IN_WINDOW, timeout=timeout_s * 1000)
    await element.click(timeout=timeout_s * 1000, no_wait_after=True)


@perform.register
async def _click_point(action: ClickPoint, page: Page, cdp: Session, timeout_s: float) -> None:
    await _evaluate_in(cdp, timeout_s, expression=scripts.stay_in_window_at(action.x, action.y))
    async with asyncio.timeout(timeout_s):
        await page.mouse.click(action.x, action.y)


@perform.register
async def _hover(action: Hover, page: Page, _cdp: Session, timeout_s: float) -> None:
    await _element(page, action.selector).hover(timeout=timeout_s * 1000)


@perform.register
async def _fill(action: Fill, page: Page, _cdp: Session, timeout_s: float) -> None:
    await _element(page, action.selector).fill(action.value, timeout=timeout_s * 1000)


@perform.register
async def _select_option(action: SelectOption, page: Page, _cdp: Session, timeout_s: float) -> None:
    await _element(page, action.selector).select_option(action.value, timeout=timeout_s * 1000)


@perform.register
async def _set_checked(action: SetChecked, page: Page, _cdp: Session, timeout_s: float) -> None:
    await _element(page, action.selector).set_checked(action.checked, timeout=timeout_s * 1000)


@perform.register
async def _wait_for_selector(action: WaitForSelector, page: Page, _cdp: Session, timeout_s: float) -> None:
    await _element(page, action.selector).wait_for(state="visible", timeout=timeout_s * 1000)


@perform.register
async def _observe(action: Observe, page: Page, _cdp: Session, timeout_s: float) -> str | None:
    element = _element(page, action.selector)
    try:
        await element.wait_for(state="attached", timeout=timeout_s * 1000)
        return await _text(element, timeout_s)
    except PlaywrightTimeoutError:
        return None


@perform.register
async def _goto(action: Goto, page: Page, _cdp: Session, timeout_s: float) -> None:
    await page.goto(action.url, wait_until="commit", timeout=timeout_s * 1000)


@perform.register
async def _run_script(action: RunScript, _page: Page, cdp: Session, timeout_s: float) -> None:
    await _evaluate_in(cdp, timeout_s, expression=action.source)


@perform.register
async def _evaluate(action: Evaluate, _page: Page, cdp: Session, timeout_s: float) -> None:
    answer = await _evaluate_in(cdp, timeout_s, expression=action.source, awaitPromise=True, replMode=True)
    result = answer.get("result", {})
    if result.get("subtype") == "promise":
        answer = await _script(cdp, "Runtime.awaitPromise", {"promiseObjectId": result["objectId"]})
    if "exceptionDetails" in answer:
        raise ActionImpossibleError(f"the script threw {_thrown(answer['exceptionDetails'])}")


@perform.register
async def _add_style(action: AddStyle, _page: Page, cdp: Session, timeout_s: float) -> None:
    await _evaluate_in(cdp, timeout_s, expression=scripts.add_style(action.css))


@perform.register
async def _press_enter(_action: PressEnter, page: Page, _cdp: Session, _timeout_s: float) -> None:
    await page.keyboard.press("Enter")


def _element(page: Page, selector: str) -> Locator:
    return page.locator(f"css={selector}").first


async def _text(element: Locator, timeout_s: float) -> str | None:
    """What is shown; of what isn't HTML, such as a text in an SVG, all of its text."""
    try:
        return await element.inner_text(timeout=timeout_s * 1000)
    except PlaywrightTimeoutError:
        raise
    except PlaywrightError:
        return await element.text_content(timeout=timeout_s * 1000)


async def _evaluate_in(cdp: Session, timeout_s: float, **call: Any) -> dict[str, Any]:
    """Run a script, which Chromium itself stops when it never yields."""
    call |= {"userGesture": True, "allowUnsafeEvalBlockedByCSP": True, "timeout": timeout_s * 1000}
    return await _script(cdp, "Runtime.evaluate", call)


async def _script(cdp: Session, method: str, call: dict[str, Any]) -> dict[str, Any]:
    """Chromium's answer; empty when a navigation that the script started ended it.

    Raises:
        TimeoutError: When it was stopped; "Internal error" is how that is told of scripts with a top-level `await`.
    """
    try:
        return await cdp.send(method, call)
    except PlaywrightError as error:
        if "terminated" in error.message or "Internal error" in error.message:
            raise TimeoutError from None
        if is_gone(error):
            raise
        return {}


def _thrown(details: dict[str, Any]) -> str:
    value = details.get("exception", {})
    text = str(value.get("description") or value.get("value") or details.get("text") or "an exception")
    return text.splitlines()[0][:200]


async def why_not(action: Action, page: Page) -> str:
    """Why an action ran out of time."""
    if isinstance(action, Goto):
        return "the page did not begin to answer in time"
    if not isinstance(action, ElementAction):
        return "the page did not answer"
    element = _element(page, action.selector)
    try:
        async with asyncio.timeout(DIAGNOSIS_LIMIT_S):
            if await element.count() == 0:
                return "nothing on the page matches it"
            if not await element.is_visible():
                return "nothing visible matches it"
            return await _obstacle(action, element)
    except (TimeoutError, PlaywrightError):
        return "the page did not answer"


async def _obstacle(action: ElementAction, element: Locator) -> str:
    if not await element.is_enabled():
        return "the element is disabled"
    if isinstance(action, SelectOption):
        return "the element has no such option"
    if isinstance(action, Fill):
        return "the element can't be edited"
    return "the element is covered by another or keeps moving"


def explain(action: Action, error: PlaywrightError, refusal: Refusal | None) -> str:
    """Why Playwright would not do it, in the caller's words."""
    if isinstance(action, Goto):
        return navigation_error(error.message, refusal).message
    line = _LEAD.sub("", first_line(error))[:200]
    if "selector" in line or "querySelector" in line:
        return "its selector is not CSS"
    return line[:1].lower() + line[1:]

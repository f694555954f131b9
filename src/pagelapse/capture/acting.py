"""The step that does the caller's actions."""

from __future__ import annotations

from unicodedata import category

from pagelapse.capture.actions import (
    Action,
    AddStyle,
    Evaluate,
    Goto,
    Observe,
    RunScript,
    Wait,
    WaitForSelector,
    describe,
)
from pagelapse.capture.budget import MINIMUM_STEP_S, SHOT_RESERVE_S
from pagelapse.capture.jobs import MAX_OBSERVED_BYTES, Observation
from pagelapse.capture.ports import ActionImpossibleError
from pagelapse.capture.steps import (
    ELEMENT_LIMIT_S,
    LOAD_LIMIT_S,
    SCRIPT_LIMIT_S,
    STYLE_LIMIT_S,
    WAIT_FOR_LIMIT_S,
    Shooting,
    add_style,
)
from pagelapse.errors import ActionFailed

_LIMITS_S: dict[type[object], float] = {
    AddStyle: STYLE_LIMIT_S,
    Evaluate: SCRIPT_LIMIT_S,
    Goto: LOAD_LIMIT_S,
    RunScript: SCRIPT_LIMIT_S,
    WaitForSelector: WAIT_FOR_LIMIT_S,
}
"""Of the others: `ELEMENT_LIMIT_S`."""


async def run_actions(s: Shooting) -> None:
    """Do the caller's actions in their order, each on the page that those before it led to.

    The caller's style is added again where they led to another document, since the picture will show that one.

    Raises:
        ActionFailed: At the first that can't be done; the message names it.
    """
    for index, action in enumerate(s.options.actions, start=1):
        try:
            await _run(s, index, action)
        except ActionImpossibleError as error:
            raise ActionFailed(f"{describe(index, action)}: {error}", option="actions") from None
    if s.page.target() is not None:
        await add_style(s)


async def run_last_scripts(s: Shooting) -> None:
    """Run what is to be run on the finished page; one that throws or never ends spoils none of the others."""
    for source in s.options.last_scripts:
        action = RunScript(type="run_script", source=source)
        try:
            await s.page.act(action, timeout_s=_share_s(s, action))
        except (TimeoutError, ActionImpossibleError):
            s.progress.shortfalls.append("the last script had not ended")


async def _run(s: Shooting, index: int, action: Action) -> None:
    if s.budget.remaining() <= SHOT_RESERVE_S:
        raise ActionImpossibleError("the capture's time was used up before its turn")
    if isinstance(action, Wait):
        await _wait(s, index, action)
    else:
        await _act(s, index, action)
    try:
        await s.page.settle(timeout_s=s.budget.allow(LOAD_LIMIT_S))
    except TimeoutError:
        s.progress.shortfalls.append(f"the page after action {index} had not finished loading")


async def _act(s: Shooting, index: int, action: Action) -> None:
    try:
        text = await s.page.act(action, timeout_s=_share_s(s, action))
    except TimeoutError:
        s.progress.shortfalls.append(f"{describe(index, action)} had not ended")
        return
    if isinstance(action, Observe):
        s.progress.observations.append(
            Observation(action_index=index, selector=action.selector, text=_normalised(text))
        )


def _share_s(s: Shooting, action: Action) -> float:
    """Seconds for an action. A script that never ends leaves as much as it takes to the actions behind it."""
    share_s = s.budget.allow(_LIMITS_S.get(type(action), ELEMENT_LIMIT_S))
    if isinstance(action, RunScript | Evaluate):
        return min(share_s, max(MINIMUM_STEP_S, (s.budget.remaining() - SHOT_RESERVE_S) / 2))
    return share_s


async def _wait(s: Shooting, index: int, action: Wait) -> None:
    wanted_s = action.ms / 1000
    granted_s = min(wanted_s, s.budget.allow(wanted_s))
    await s.page.delay(granted_s)
    if granted_s < wanted_s:
        s.progress.shortfalls.append(f"action {index} (wait) was cut from {wanted_s:.1f} s to {granted_s:.1f} s")


def _normalised(text: str | None) -> str | None:
    """One line, with each run of white space as one space: a text that only wraps differently has not changed."""
    if text is None:
        return None
    line = " ".join(text[: 4 * MAX_OBSERVED_BYTES].split())
    visible = "".join(character for character in line if category(character) != "Cc")
    return visible.encode(errors="replace")[:MAX_OBSERVED_BYTES].decode(errors="ignore")

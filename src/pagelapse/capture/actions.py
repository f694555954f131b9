"""What a capture does in the page before the picture is taken, in the order given.

`type` has no default in any of them: `CaptureOptions.digest` leaves defaults out, and a click is no hover.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from pagelapse.capture.urls import checked_url

MAX_ACTIONS = 50
MAX_OBSERVATIONS = 10
"""`Observe` actions per capture. Their texts travel in one message of the result queue, which ends at 256 KB."""

MAX_WAIT_MS = 20_000

Selector = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""CSS; the first element that matches is meant."""

Script = Annotated[str, StringConstraints(max_length=200_000)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _OnElement(_Frozen):
    selector: Selector


class Click(_OnElement):
    """Click an element; a link that would open a window is followed in this one, which is pictured."""

    type: Literal["click"]


class ClickPoint(_Frozen):
    """Click whatever is at a point of the window, CSS px from its top left corner; links as with `Click`."""

    type: Literal["click_point"]
    x: float = Field(ge=0, le=10_000)
    y: float = Field(ge=0, le=10_000)


class Hover(_OnElement):
    """Put the pointer over an element."""

    type: Literal["hover"]


class Observe(_OnElement):
    """Read an element's text; see `jobs.Observation`. A missing element is no failure."""

    type: Literal["observe"]


class Fill(_OnElement):
    """Replace the text of an input field, which has the focus afterwards."""

    type: Literal["fill"]
    value: str = Field(max_length=100_000)


class SelectOption(_OnElement):
    """Choose an option of a `<select>` by its value or its label."""

    type: Literal["select_option"]
    value: str = Field(max_length=10_000)


class SetChecked(_OnElement):
    """Check or uncheck a box, or check a radio button."""

    type: Literal["set_checked"]
    checked: bool


class WaitForSelector(_OnElement):
    """Wait until an element is visible."""

    type: Literal["wait_for_selector"]


class Goto(_Frozen):
    """Open another page in the same window."""

    type: Literal["goto"]
    url: Annotated[str, AfterValidator(checked_url)]


class RunScript(_Frozen):
    """Run JavaScript as a `<script>` of the page's: nothing is awaited, and what it throws is the page's matter."""

    type: Literal["run_script"]
    source: Script


class Evaluate(_Frozen):
    """Evaluate JavaScript and await its promise; top-level `await` works, and what it throws is a failure."""

    type: Literal["evaluate"]
    source: Script


class AddStyle(_Frozen):
    """Add a style sheet to the document that is shown now."""

    type: Literal["add_style"]
    css: Script


class PressEnter(_Frozen):
    """Press Enter in the field that has the focus, which submits forms without a button."""

    type: Literal["press_enter"]


class Wait(_Frozen):
    """Let the page live for a while, milliseconds."""

    type: Literal["wait"]
    ms: int = Field(ge=0, le=MAX_WAIT_MS)


Action = Annotated[
    Click
    | ClickPoint
    | Hover
    | Observe
    | Fill
    | SelectOption
    | SetChecked
    | WaitForSelector
    | Goto
    | RunScript
    | Evaluate
    | AddStyle
    | PressEnter
    | Wait,
    Field(discriminator="type"),
]


def describe(index: int, action: Action) -> str:
    """An action in messages: its place, counted from 1, its type and its selector."""
    selector = getattr(action, "selector", "")
    where = f" {selector[:200]}" if selector else ""
    return f"action {index} ({action.type}{where})"

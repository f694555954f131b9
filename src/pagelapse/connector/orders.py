"""What travels between the agent and the processes that hold its browsers: one JSON object a line."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue

from pagelapse.capture.messages import RemoteJob

LONGEST_LINE = 64 << 20
"""Bytes."""


class TooLate(Exception):
    """A job's turn came when too little of its time was left for a capture."""


class Order(BaseModel):
    """A capture to take."""

    model_config = ConfigDict(frozen=True)

    work: RemoteJob | None
    """`None` asks for a picture of nothing, to see whether the browser works, and to have it warm."""
    budget_s: float = 0
    """For the capture itself."""
    viewport: tuple[int, int] = (1280, 800)
    """CSS px, where the capture asks for none."""


class Done(BaseModel):
    """The capture is over."""

    model_config = ConfigDict(frozen=True)

    report: dict[str, JsonValue] | None = None
    """A `CaptureReport`; `None` when it was uploaded, being too large for a message."""
    problem: str | None = None
    """Why the browser does not work."""

"""Histories as animations."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from tests.pixels import near, pixel

from pagelapse.comparison.film import LABEL_PX, Canvas, Frame, animated, canvas_for, most_frames
from pagelapse.comparison.marks import CHANGED
from pagelapse.comparison.model import Region

COLORS = ((200, 30, 30), (30, 160, 30), (30, 30, 200))
REGION = Region(kind="changed", x=100, y=100, width=80, height=40, before_y=100, before_height=40, pixels=1)


def _plain(color: tuple[int, int, int]) -> Callable[[], Image.Image]:
    return lambda: Image.new("RGB", (400, 300), color)


FRAMES = [Frame(f"2026-11-0{day}", _plain(color)) for day, color in enumerate(COLORS, start=1)]


def _frames(body: bytes) -> list[Image.Image]:
    image = Image.open(BytesIO(body))
    frames = []
    for place in range(getattr(image, "n_frames", 1)):
        image.seek(place)
        frames.append(image.convert("RGB"))
    return frames


@pytest.mark.parametrize("ending", ["webp", "gif", "png"])
def test_every_picture_is_a_frame(ending: str) -> None:
    """Each format has all pictures in their order, at the canvas's size, below their labels."""
    told: list[int] = []
    body = animated(FRAMES, Canvas(200, 150), ending, seconds=0.5, progress=told.append)
    frames = _frames(body)
    assert [frame.size for frame in frames] == [(200, 150 + LABEL_PX)] * 3
    assert all(near(pixel(frame, 100, 100), color, 40) for frame, color in zip(frames, COLORS, strict=True))
    assert all(near(pixel(frame, 195, 3), (32, 34, 40), 30) for frame in frames)
    assert (told[-1], told) == (3, sorted(set(told)))


def test_frames_last_as_long_as_asked_and_repeat() -> None:
    """A frame is shown for the seconds asked for, the last one two seconds longer, and all of it for ever."""
    image = Image.open(BytesIO(animated(FRAMES, Canvas(200, 150), "gif", seconds=0.5)))
    assert image.info["loop"] == 0
    durations = []
    for place in range(3):
        image.seek(place)
        durations.append(image.info["duration"])
    assert durations == [500, 500, 2500]


def test_changes_are_marked() -> None:
    """A frame's changed regions have a box around them, at the frame's scale."""
    frames = [FRAMES[0], Frame("later", _plain((255, 255, 255)), (REGION,), changed=True)]
    (_, marked) = _frames(animated(frames, Canvas(200, 150), "png", seconds=0.5))
    assert near(pixel(marked, 46, LABEL_PX + 60), CHANGED)
    assert near(pixel(marked, 70, LABEL_PX + 60), (255, 255, 255))


def test_a_picture_that_is_gone_leaves_the_one_before() -> None:
    """A frame whose picture has expired shows the one before it, and its label says so."""
    frames = [FRAMES[0], Frame("gone", lambda: None), FRAMES[2]]
    shown = _frames(animated(frames, Canvas(200, 150), "png", seconds=0.5))
    assert [near(pixel(frame, 100, 100), color) for frame, color in zip(shown, COLORS, strict=True)] == [
        True,
        False,
        True,
    ]
    assert near(pixel(shown[1], 100, 100), COLORS[0])


def test_one_picture_is_a_picture() -> None:
    """A history of one picture gives a file with one frame."""
    assert len(_frames(animated(FRAMES[:1], Canvas(200, 150), "webp", seconds=0.5))) == 1


def test_the_canvas_holds_the_highest_picture_within_bounds() -> None:
    """The canvas is as high as the highest picture at its width, unless that is higher than asked for."""
    assert canvas_for([(400, 300), (800, 1000)], width=200, max_height=1000) == Canvas(200, 250)
    assert canvas_for([(400, 30_000)], width=200, max_height=500) == Canvas(200, 500)


def test_formats_that_keep_their_frames_get_fewer() -> None:
    """GIF and PNG, whose encoders hold all frames in memory, are given a bounded number of them."""
    canvas = Canvas(1000, 970)
    assert most_frames(canvas, "webp") is None
    assert most_frames(canvas, "gif") == 600
    assert most_frames(canvas, "png") == 150

"""A configuration's pictures as one animation: each frame with its date, what has changed marked.

Frames are made when the encoder asks for them. WebP's keeps them encoded, so memory holds one picture whatever the
length; GIF's and PNG's keep the pixels of all frames, which bounds their number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import GifImagePlugin, Image, ImageDraw, ImageFont, PngImagePlugin, WebPImagePlugin  # noqa: F401

from pagelapse.comparison.marks import outline
from pagelapse.comparison.model import Region

LABEL_PX = 30
MAX_SIDE = 16_383
"""Of a WebP picture."""

KEPT_BYTES = {"webp": 0, "gif": 1, "png": 4}
"""That the encoder keeps of each pixel of each frame."""

MAX_KEPT = 600_000_000
LAST_FRAME_S = 2.0
_BACKGROUND, _INK, _MARK = (32, 34, 40), (235, 235, 240), (255, 90, 170)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the animation, not yet read."""

    label: str
    read: Callable[[], Image.Image | None]
    """Its pixels, in RGB; `None` when they are gone."""
    regions: tuple[Region, ...] = ()
    """What has changed, in its pixels."""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Canvas:
    """What all frames are drawn on, px, without the label."""

    width: int
    height: int


def canvas_for(sizes: Sequence[tuple[int, int]], *, width: int, max_height: int) -> Canvas:
    """As high as the highest picture is at this width, within bounds; what is higher is cut off at the bottom."""
    heights = [round(height * width / own) for own, height in sizes if own]
    return Canvas(width, max(1, min(max([*heights, 1]), max_height, MAX_SIDE - LABEL_PX)))


def most_frames(canvas: Canvas, ending: str) -> int | None:
    """How many frames of this size the encoder of a format may be given; `None` is any number."""
    kept = KEPT_BYTES[ending] * canvas.width * (canvas.height + LABEL_PX)
    return None if kept == 0 else max(2, MAX_KEPT // kept)


def animated(
    frames: Sequence[Frame],
    canvas: Canvas,
    ending: str,
    *,
    seconds: float,
    progress: Callable[[int], object] = lambda _done: None,
) -> bytes:
    """The animation, which repeats for ever.

    Args:
        frames: In their order; those whose picture is gone show the one before.
        canvas: What they are drawn on.
        ending: `webp`, `gif` or `png`.
        seconds: That a frame is shown; the last one longer.
        progress: Told how many frames are drawn.
    """
    film = _Film(frames, canvas, progress)
    durations = [round(seconds * 1000)] * len(frames)
    durations[-1] += round(LAST_FRAME_S * 1000)
    how: dict[str, Any] = {"save_all": True, "loop": 0, "duration": durations if len(frames) > 1 else durations[0]}
    if ending == "webp":
        how |= {"quality": 75, "method": 2}
    out = BytesIO()
    film.save(out, ending.upper(), **how)
    return out.getvalue()


class _Film(Image.Image):
    """Looks to Pillow's encoders like a picture of many frames that is read from a file."""

    def __init__(self, frames: Sequence[Frame], canvas: Canvas, progress: Callable[[int], object]) -> None:
        super().__init__()
        self._frames, self._canvas, self._progress = frames, canvas, progress
        self.n_frames, self.is_animated = len(frames), len(frames) > 1
        self._at, self._drawn = -1, 0
        self._shown = Image.new("RGB", (canvas.width, canvas.height), "white")
        self._mode, self._size = "RGB", (canvas.width, canvas.height + LABEL_PX)
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Draw a frame, unless it is drawn."""
        if frame >= self.n_frames:
            raise EOFError
        if frame != self._at:
            self.im = self._draw(self._frames[frame]).im
            self._at = frame
            if frame >= self._drawn:
                self._drawn = frame + 1
                self._progress(self._drawn)

    def tell(self) -> int:
        """The frame that is drawn."""
        return self._at

    def _draw(self, frame: Frame) -> Image.Image:
        found = frame.read()
        if found is not None:
            self._shown = _fitted(found, self._canvas, frame.regions)
        drawn = Image.new("RGB", self._size, _BACKGROUND)
        drawn.paste(self._shown, (0, LABEL_PX))
        label = frame.label if found is not None else f"{frame.label} (the picture is gone)"
        _label(ImageDraw.Draw(drawn), label, changed=frame.changed)
        return drawn


def _fitted(picture: Image.Image, canvas: Canvas, regions: Sequence[Region]) -> Image.Image:
    """The picture at the canvas's width, its changes marked."""
    scale = canvas.width / picture.width
    size = (canvas.width, max(1, round(picture.height * scale)))
    small = picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC, reducing_gap=2.0)
    outline(small, regions, scale)
    if small.height == canvas.height:
        return small
    fitted = Image.new("RGB", (canvas.width, canvas.height), "white")
    fitted.paste(small, (0, 0))
    return fitted


def _label(draw: ImageDraw.ImageDraw, text: str, *, changed: bool) -> None:
    if changed:
        draw.ellipse((8, LABEL_PX // 2 - 5, 18, LABEL_PX // 2 + 5), fill=_MARK)
    draw.text((26, LABEL_PX // 2), text, fill=_INK, font=ImageFont.load_default(14), anchor="lm")

"""Draws what a comparison found."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw

from pagelapse.capture.result import File, picture
from pagelapse.comparison.masks import around, bands
from pagelapse.comparison.model import Region

CHANGED = (214, 0, 110)
INSERTED = (0, 128, 60)
REMOVED = (200, 40, 0)
_FADED = [255 - (255 - value) * 2 // 5 for value in range(256)]
_LINE_PX = 2
_MARGIN_PX = 4
_MAX_JPEG_PX = 65_500


def drawn(after: Image.Image, mask: Image.Image, regions: Iterable[Region]) -> Image.Image:
    """The picture in pale grey, what differs in colour, and boxes around it."""
    faded = after.convert("L").point(_FADED).convert("RGB")
    for top, bottom in bands(0, mask.height):
        part = mask.crop((0, top, mask.width, bottom))
        if part.getbbox() is not None:
            faded.paste(CHANGED, (0, top, mask.width, bottom), around(part, ImageChops.lighter))
    outline(faded, regions)
    return faded


def outline(image: Image.Image, regions: Iterable[Region], scale: float = 1) -> None:
    """Draw boxes around regions on an RGB picture that is `scale` of the one they are of."""
    draw = ImageDraw.Draw(image)
    for region in regions:
        if region.kind == "removed":
            _line(draw, image, round(region.y * scale))
        elif region.kind == "inserted":
            _tinted(image, round(region.y * scale), round((region.y + region.height) * scale))
        else:
            left, top = round(region.x * scale) - _MARGIN_PX, round(region.y * scale) - _MARGIN_PX
            right = round((region.x + region.width) * scale) + _MARGIN_PX
            bottom = round((region.y + region.height) * scale) + _MARGIN_PX
            draw.rectangle((left, top, right, bottom), outline=CHANGED, width=_LINE_PX)


def _line(draw: ImageDraw.ImageDraw, image: Image.Image, y: int) -> None:
    """Where rows are gone."""
    at = min(max(y, _LINE_PX), image.height - _LINE_PX)
    draw.rectangle((0, at - _LINE_PX, image.width, at + _LINE_PX - 1), fill=REMOVED)


def _tinted(image: Image.Image, top: int, bottom: int) -> None:
    """Rows that are new."""
    box = (0, top, image.width, min(image.height, max(bottom, top + 1)))
    part = image.crop(box)
    image.paste(Image.blend(part, Image.new("RGB", part.size, INSERTED), 0.25), box)
    edge = (0, top, image.width - 1, box[3] - 1)
    ImageDraw.Draw(image).rectangle(edge, outline=INSERTED, width=_LINE_PX)


def encoded(image: Image.Image) -> File:
    """As JPEG, which is made fastest."""
    highest = max(image.size)
    if highest > _MAX_JPEG_PX:
        image = image.reduce(-(-highest // _MAX_JPEG_PX))
    out = BytesIO()
    image.save(out, "JPEG", quality=70)
    return picture(out.getvalue(), "jpeg", image.width, image.height)

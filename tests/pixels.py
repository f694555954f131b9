"""What tests ask of pictures."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

Color = tuple[int, int, int]
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
WHITE, BLACK, YELLOW, MAGENTA, CYAN = (255, 255, 255), (0, 0, 0), (255, 255, 0), (255, 0, 255), (0, 255, 255)


def load(body: bytes) -> Image.Image:
    """Decode a picture, all of it."""
    image = Image.open(BytesIO(body))
    image.load()
    return image


def pixel(body: bytes | Image.Image, x: int, y: int) -> Color:
    """The colour at a point, device px."""
    image = load(body) if isinstance(body, bytes) else body
    value = image.crop((x, y, x + 1, y + 1)).convert("RGB").getpixel((0, 0))
    assert isinstance(value, tuple)
    return int(value[0]), int(value[1]), int(value[2])


def near(one: Color, other: Color, tolerance: int = 12) -> bool:
    """Whether two colours are the same but for JPEG's losses."""
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))

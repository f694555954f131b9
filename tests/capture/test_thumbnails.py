"""Thumbnails: pixels in, pixels out; no browser."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from pydantic import ValidationError
from tests.pixels import load, near, pixel

from pagelapse.capture.images import encode_again, thumbnail
from pagelapse.capture.jobs import Crop, ThumbnailSize

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture(scope="module")
def quarters() -> bytes:
    """400 by 200 px: red and green above, blue and white below."""
    image = Image.new("RGB", (400, 200), WHITE)
    for color, place in ((RED, (0, 0)), (GREEN, (200, 0)), (BLUE, (0, 100))):
        image.paste(color, (*place, place[0] + 200, place[1] + 100))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _made(body: bytes, **size: object) -> Image.Image:
    made = thumbnail(body, ThumbnailSize.model_validate(size))
    image = load(made.body)
    assert (made.width, made.height, made.media_type) == (*image.size, "image/png")
    return image


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({"width": 100}, (100, 50)),
        ({"height": 100}, (200, 100)),
        ({"width": 100, "height": 100}, (100, 50)),
        ({"width": 1000, "height": 1000}, (400, 200)),
        ({"width": 100, "height": 100, "fill": True}, (100, 100)),
        ({"width": 600, "height": 300, "fill": True}, (600, 300)),
        ({"percent": 33}, (132, 66)),
        ({"percent": 50, "width": 100}, (100, 50)),
        ({"crop": {"right": 100, "bottom": 200}, "width": 50}, (50, 100)),
        ({"crop": {"right": 300, "bottom": 300}, "width": 200, "height": 100}, (150, 100)),
        ({"crop": {"left": 200, "top": 100}}, (200, 100)),
        ({"crop": {"left": 200}, "percent": 50}, (100, 100)),
    ],
)
def test_sizes(quarters: bytes, size: dict[str, object], expected: tuple[int, int]) -> None:
    """A part is cut out first, then made smaller, then fitted into its box, never enlarged, or it fills it exactly."""
    assert _made(quarters, **size).size == expected


def test_thumbnails_have_the_pictures_format(quarters: bytes) -> None:
    """A thumbnail comes in its picture's format, AVIF as well."""
    for image_type in ("png", "jpeg", "webp", "avif"):
        made = thumbnail(encode_again(quarters, image_type, None), ThumbnailSize(width=100))
        image = load(made.body)
        assert (image.format, made.media_type) == (image_type.upper(), f"image/{image_type}")
        assert near(pixel(image, 10, 10), RED)


def test_the_part_that_is_cut_out(quarters: bytes) -> None:
    """Only the part is in the picture: here the lower right quarter's neighbours are gone."""
    image = _made(quarters, crop={"left": 200, "top": 0, "right": 400, "bottom": 100}, width=50)
    assert all(near(pixel(image, x, y), GREEN) for x in (1, 48) for y in (1, 23))


def test_what_fills_a_box_keeps_top_and_middle(quarters: bytes) -> None:
    """Filling a box cuts off left and right alike, or the bottom: a page's head is what people know it by."""
    tall = _made(quarters, width=50, height=100, fill=True)
    assert [near(pixel(tall, x, 5), color) for x, color in ((5, RED), (45, GREEN))] == [True, True]
    flat = _made(quarters, width=400, height=50, fill=True)
    assert near(pixel(flat, 10, 48), RED)


def test_a_part_beyond_the_picture_is_refused(quarters: bytes) -> None:
    """Nothing can be made of a part in which there is nothing."""
    with pytest.raises(ValueError, match="beyond the picture"):
        thumbnail(quarters, ThumbnailSize(crop=Crop(left=400)))


def test_an_empty_part_is_refused() -> None:
    """A part's right edge lies right of its left one, and its bottom below its top."""
    for empty in ({"left": 10, "right": 10}, {"top": 5, "bottom": 4}):
        with pytest.raises(ValidationError):
            Crop.model_validate(empty)


def test_labels_tell_sizes_apart() -> None:
    """Two different sizes never share a label, under which a thumbnail is stored and found again."""
    sizes = [
        ThumbnailSize(width=320),
        ThumbnailSize(height=320),
        ThumbnailSize(width=320, height=320),
        ThumbnailSize(width=320, height=320, fill=True),
        ThumbnailSize(percent=33),
        ThumbnailSize(percent=33.5),
        ThumbnailSize(crop=Crop(left=1)),
        ThumbnailSize(crop=Crop(top=1)),
        ThumbnailSize(crop=Crop(right=1)),
        ThumbnailSize(crop=Crop(left=1, right=12)),
        ThumbnailSize(crop=Crop(left=11, right=2_000)),
    ]
    labels = [size.label() for size in sizes]
    assert labels[:3] == ["320x", "x320", "320x320"]
    assert len(set(labels)) == len(labels)
    assert not any("." in label for label in labels)

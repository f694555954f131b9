"""What is found between two pictures, drawn by Pillow."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont
from tests.comparison_fakes import drawn
from tests.pixels import load, near, pixel

from pagelapse.capture.jobs import Area
from pagelapse.comparison import pictures
from pagelapse.comparison.compare import Found, compare
from pagelapse.comparison.marks import CHANGED
from pagelapse.comparison.model import MAX_REGIONS, Region, Settings
from pagelapse.comparison.pictures import decode


def _found(before: bytes, after: bytes, **settings: object) -> Found:
    return compare(decode(before), decode(after), Settings.model_validate(settings))


def _place(region: Region) -> tuple[str, int, int, int, int]:
    return region.kind, region.x, region.y, region.width, region.height


def _page(height: int, *, banner: int = 0, seed: int = 1, word: str = "", width: int = 640) -> Image.Image:
    """A page of words and boxes, the same for the same seed, below a banner of so many rows from row 60 on."""
    dice, font = random.Random(seed), ImageFont.load_default(16)  # noqa: S311 - no secret
    image = Image.new("RGB", (width, height + banner), "white")
    draw = ImageDraw.Draw(image)
    draw.text((20, 20), f"A page {word}", fill="black", font=font)
    if banner:
        draw.rectangle((0, 60, width, 59 + banner), fill="#ffee88")
        draw.text((20, 70), "Our offer of the week", fill="black", font=font)
    y = 80 + banner
    while y < image.height - 20:
        words = ("".join(dice.choices("abcdefgh", k=dice.randint(2, 9))) for _ in range(dice.randint(2, 8)))
        draw.text((20, y), " ".join(words), fill="black", font=font)
        y += 24
        if dice.random() < 0.15:
            draw.rectangle((40, y, 400, y + 50), fill=(dice.randint(0, 255), dice.randint(0, 255), 90))
            y += 70
    return image


def _encoded(image: Image.Image, image_format: str = "PNG", **options: int) -> bytes:
    out = BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def test_equal_pictures_have_no_difference() -> None:
    """A picture compared with itself has not changed, has no regions, and a ratio of 0."""
    difference = _found(drawn((10, 10, 50, 50)), drawn((10, 10, 50, 50))).difference
    assert (difference.changed, difference.ratio, difference.pixels, difference.regions) == (False, 0, 0, ())


def test_a_single_pixel_is_found() -> None:
    """One pixel of another colour on a plain ground is a change, with its place and its share of the picture."""
    difference = _found(drawn(), drawn((300, 200, 301, 201))).difference
    assert (difference.changed, difference.pixels, difference.compared) == (True, 1, 400 * 300)
    assert difference.ratio == pytest.approx(1 / 120_000, abs=1e-6)
    assert [_place(region) for region in difference.regions] == [("changed", 300, 200, 1, 1)]


def test_what_is_far_apart_is_two_regions() -> None:
    """Differences close to each other are one region and others far away another one, each with a tight box."""
    difference = _found(drawn(), drawn((10, 10, 30, 20), (36, 12, 50, 30), (300, 200, 340, 210))).difference
    places = [_place(region) for region in difference.regions]
    assert places == [("changed", 10, 10, 40, 20), ("changed", 300, 200, 40, 10)]


def test_small_differences_of_colour_are_tolerated() -> None:
    """A colour that differs by less than the tolerance is the same, and with less tolerance it isn't."""
    before, after = (_encoded(Image.new("RGB", (100, 100), color)) for color in ("#808080", "#808094"))
    assert not _found(before, after).difference.changed
    assert _found(before, after, tolerance=0.05).difference.pixels == 10_000


def test_an_ignored_area_is_not_looked_at() -> None:
    """What differs inside of an ignored area is no difference, and its pixels are not among the compared ones."""
    ignore = [Area(x=0, y=0, width=100, height=100)]
    difference = _found(drawn(), drawn((10, 10, 50, 50)), ignore=ignore).difference
    assert (difference.changed, difference.compared) == (False, 400 * 300 - 10_000)
    outside = _found(drawn(), drawn((10, 10, 50, 50), (200, 200, 210, 210)), ignore=ignore).difference
    assert outside.pixels == 100


def test_a_change_below_the_threshold_is_none() -> None:
    """With `min_ratio`, a smaller share of differing pixels is told but does not count as a change."""
    difference = _found(drawn(), drawn((0, 0, 20, 10)), min_ratio=0.01).difference
    assert (difference.changed, difference.pixels) == (False, 200)
    assert _found(drawn(), drawn((0, 0, 20, 10)), min_ratio=0.001).difference.changed


@pytest.mark.parametrize("height", [800, 5000])
@pytest.mark.parametrize("removed", [False, True])
def test_what_a_banner_pushes_down_has_not_changed(height: int, removed: bool) -> None:
    """A banner that comes or goes near the top of a page is the only difference, whatever the page's height."""
    before, after = _encoded(_page(height)), _encoded(_page(height, banner=90))
    if removed:
        before, after = after, before
    difference = _found(before, after).difference
    (region,) = difference.regions
    rows = (region.before_y, region.before_height) if removed else (region.y, region.height)
    assert region.kind == ("removed" if removed else "inserted")
    assert abs(rows[0] - 60) <= 8
    assert rows[1] == 90
    assert difference.pixels == 90 * 640


def test_a_change_below_a_banner_is_found_in_its_new_place() -> None:
    """A word that changes where a banner has come in as well is a region of its own, with its place before and now."""
    before, after = _page(2000), _page(2000, banner=90)
    ImageDraw.Draw(after).rectangle((500, 1090, 540, 1109), fill="red")
    regions = _found(_encoded(before), _encoded(after)).difference.regions
    assert [region.kind for region in regions] == ["inserted", "changed"]
    assert _place(regions[1])[1:] == (500, 1090, 41, 20)
    assert (regions[1].before_y, regions[1].before_height) == (1000, 20)


def test_jpeg_pictures_are_compared_despite_their_noise() -> None:
    """Of two JPEG pictures, a banner that shifts all blocks of the encoding is still the only difference."""
    before, after = (_encoded(image, "JPEG", quality=80) for image in (_page(3000), _page(3000, banner=101)))
    difference = _found(before, after).difference
    assert max(difference.regions, key=lambda region: region.pixels).kind == "inserted"
    assert sum(region.pixels for region in difference.regions if region.kind == "changed") < 3000
    assert difference.ratio < 0.04


def test_another_page_is_not_taken_for_a_moved_one() -> None:
    """Two pages that have nothing in common differ all over, whatever their rows look like."""
    difference = _found(_encoded(_page(1500)), _encoded(_page(1500, seed=2))).difference
    assert difference.ratio > 0.1
    assert sum(region.height for region in difference.regions) > 1000


def test_an_ignored_element_may_grow() -> None:
    """An ignored advertisement that grows pushes the page down without a change."""
    before, after = _page(1500, banner=50), _page(1500, banner=140)
    areas = [Area(x=0, y=60, width=640, height=rows) for rows in (50, 140)]
    found = compare(decode(_encoded(before)), decode(_encoded(after)), Settings(), areas[:1], areas[1:])
    assert found.difference.regions == ()
    assert compare(decode(_encoded(before)), decode(_encoded(after)), Settings()).difference.changed


def test_pictures_of_other_widths_are_compared_as_far_as_they_go() -> None:
    """What one of two pictures is wider differs, and only that."""
    difference = _found(drawn(size=(400, 300)), drawn(size=(500, 300))).difference
    assert [_place(region) for region in difference.regions] == [("changed", 400, 0, 100, 300)]
    assert (difference.pixels, difference.compared) == (100 * 300, 500 * 300)


def test_large_pictures_are_made_smaller_and_told_in_their_own_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture above the limit is compared at half its size; regions and numbers are those of the picture itself."""
    monkeypatch.setattr(pictures, "MAX_PIXELS", 400 * 300 // 3)
    difference = _found(drawn(), drawn((200, 100, 240, 120))).difference
    assert (difference.reduced, difference.width, difference.height) == (2, 400, 300)
    assert [_place(region) for region in difference.regions] == [("changed", 200, 100, 40, 20)]
    assert (difference.pixels, difference.compared) == (800, 400 * 300)


def test_countless_regions_are_put_together() -> None:
    """However much differs, no more than `MAX_REGIONS` are listed; the others are counted."""
    dots = [(x, y, x + 2, y + 2) for x in range(0, 2000, 120) for y in range(0, 1200, 120)]
    difference = _found(drawn(size=(2000, 1200)), drawn(*dots, size=(2000, 1200))).difference
    assert len(difference.regions) == MAX_REGIONS
    assert (difference.more_regions, difference.pixels) == (len(dots) - MAX_REGIONS, 4 * len(dots))


def test_the_picture_of_a_difference_marks_it() -> None:
    """The picture shows the later one in grey, as large as it is, what differs in colour and a box around it."""
    file = _found(drawn(), drawn((100, 100, 140, 140), color="blue")).picture()
    image = load(file.body)
    assert (image.size, file.media_type) == ((400, 300), "image/jpeg")
    assert near(pixel(image, 120, 120), CHANGED, 30)
    assert near(pixel(image, 10, 10), (255, 255, 255))
    assert near(pixel(image, 97, 120), CHANGED, 60)


def test_transparency_shows_white() -> None:
    """A transparent picture is compared as it looks on white."""
    clear = _encoded(Image.new("RGBA", (50, 50), (255, 0, 0, 0)))
    assert not _found(clear, drawn(size=(50, 50))).difference.changed


@pytest.mark.parametrize("body", [b"", b"no picture", drawn()[:200]])
def test_what_is_no_picture_is_refused(body: bytes) -> None:
    """Bytes that are no picture, or a part of one, are refused instead of being called a change."""
    with pytest.raises(ValueError, match="no JPEG, PNG, WebP or AVIF"):
        decode(body)

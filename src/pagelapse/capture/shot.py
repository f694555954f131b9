"""The last step: the picture itself, in one shot or in strips."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

from pagelapse.capture.images import Strip, encode, encode_again, give_back, stitch
from pagelapse.capture.options import ImageType
from pagelapse.capture.ports import Box, BrowserGoneError
from pagelapse.capture.result import File, picture
from pagelapse.capture.steps import ELEMENT_LIMIT_S, Shooting
from pagelapse.errors import CaptureTimeout, ElementNotFound, PictureImpossible

MAX_SINGLE_SHOT_PX = 8_000
"""Device px of height. Above it Chromium's one-shot pictures fail or come back with wrong rows now and then."""

STRIP_PX = 3_000
"""Device px of a strip's height."""

MAX_PICTURE_PIXELS = 150_000_000
"""Device px: 450 MB of RGB in memory, what a 2 GB function can hold beside the browser."""

MAX_AVIF_PIXELS = 30_000_000
"""Device px; encoding AVIF takes about 24 bytes of memory for each, and half a second for a million."""

MAX_HEIGHT: dict[ImageType, int] = {"jpeg": 65_500, "webp": 16_383, "avif": 65_536, "png": 1_000_000}
"""Rows each format holds: libjpeg's JPEG_MAX_DIMENSION, the 14 bits of WebP's VP8 header, the 16 of AV1's sequence
header, our own bound for PNG. As many columns."""


async def take_picture(s: Shooting) -> File:
    """Take the picture of the viewport, the whole document or one element.

    Raises:
        ElementNotFound: Nothing visible matches the selector.
        PictureImpossible: The picture would be larger than its format or the memory holds.
        CaptureTimeout: The page's own scripts keep it from being painted.
        BrowserGoneError: The browser gave no bytes.
    """
    try:
        clip = await _clip(s)
        if clip is None:
            viewport = s.options.viewport
            return await _single(s, None, Box(0, 0, viewport.width, viewport.height))
        if s.options.selector is None:
            clip = _fitted(s, clip)
        s.progress.pictured = clip
        _check_size(s, clip)
        if clip.height * _scale(s, clip) <= MAX_SINGLE_SHOT_PX:
            return await _single(s, clip, clip)
        return await _strips(s, clip)
    except TimeoutError:
        raise CaptureTimeout("the page kept itself too busy to be painted", option="url") from None


async def _clip(s: Shooting) -> Box | None:
    if s.options.selector is not None:
        try:
            return await s.page.box(s.options.selector, timeout_s=s.budget.allow(ELEMENT_LIMIT_S, reserve_s=3))
        except TimeoutError:
            raise ElementNotFound("nothing visible on the page matches it", option="selector") from None
    if s.options.full_page:
        return await s.page.document_box(timeout_s=s.budget.allow(3, reserve_s=2))
    if s.options.device_scale_factor != 1:
        return await s.page.viewport_box(timeout_s=s.budget.allow(3, reserve_s=2))
    return None


def _scale(s: Shooting, box: Box) -> float:
    """Device px per CSS px of the picture."""
    return box.zoom * s.options.device_scale_factor


def _device_px(length: float) -> int:
    """As Chromium rounds a picture's sides."""
    return math.floor(length + 0.5)


def _fitted(s: Shooting, box: Box) -> Box:
    """The same box with the sides that are the screen's as long as the screen.

    Boxes come in whole CSS px, which a page that is shown smaller or larger has no whole number of on the screen.
    """
    viewport = s.options.viewport
    width, height = _side(s, box, box.width, viewport.width), _side(s, box, box.height, viewport.height)
    return replace(box, width=width, height=height)


def _side(s: Shooting, box: Box, length: float, screen: float) -> float:
    wanted = _device_px(screen * s.options.device_scale_factor)
    if box.zoom != 1 and _device_px((length - 1) * _scale(s, box)) == wanted:
        return length - 1
    return length


def _check_size(s: Shooting, box: Box) -> None:
    scale, image_type = _scale(s, box), s.options.type
    rows = round(box.height * scale)
    if rows > MAX_HEIGHT[image_type]:
        limit = MAX_HEIGHT[image_type]
        raise PictureImpossible(f"the picture is {rows} px high; {image_type} holds at most {limit}", option="type")
    columns = round(box.width * scale)
    if columns > MAX_HEIGHT[image_type]:
        limit = MAX_HEIGHT[image_type]
        raise PictureImpossible(f"the picture is {columns} px wide; {image_type} holds at most {limit}", option="type")
    if box.width * scale * rows > MAX_PICTURE_PIXELS:
        raise PictureImpossible(
            f"the picture has more than {MAX_PICTURE_PIXELS // 10**6} megapixels", option="full_page"
        )
    if image_type == "avif" and box.width * scale * rows > MAX_AVIF_PIXELS:
        most = MAX_AVIF_PIXELS // 10**6
        raise PictureImpossible(f"the picture has more than the {most} megapixels that avif is made of", option="type")


async def _single(s: Shooting, clip: Box | None, area: Box) -> File:
    image_type, beyond = s.options.type, s.options.full_page or s.options.selector is not None
    limit_s = s.budget.allow(30, reserve_s=0)
    if image_type == "avif":
        png = await s.page.shoot("png", quality=None, clip=clip, beyond=beyond, fast=True, timeout_s=limit_s)
        body = png and await asyncio.to_thread(encode_again, png, image_type, s.options.quality)
    else:
        body = await s.page.shoot(
            image_type, quality=s.options.quality, clip=clip, beyond=beyond, fast=False, timeout_s=limit_s
        )
    if not body:
        raise BrowserGoneError("the browser gave an empty picture")
    scale = _scale(s, area)
    return picture(body, image_type, _device_px(area.width * scale), _device_px(area.height * scale))


async def _strips(s: Shooting, clip: Box) -> File:
    scale = _scale(s, clip)
    step = STRIP_PX / scale
    strips: list[Strip] = []
    offset = 0.0
    while offset < clip.height:
        part = Box(clip.x, clip.y + offset, clip.width, min(step, clip.height - offset), clip.zoom)
        limit_s = s.budget.allow(30, reserve_s=0)
        body = await s.page.shoot("png", quality=None, clip=part, beyond=True, fast=True, timeout_s=limit_s)
        if not body:
            raise BrowserGoneError("the browser gave an empty strip")
        strips.append(Strip(body, round(offset * scale)))
        offset += step
    try:
        return _stitched(s, strips)
    finally:
        strips.clear()
        give_back()


def _stitched(s: Shooting, strips: list[Strip]) -> File:
    image = stitch(strips)
    return picture(encode(image, s.options.type, s.options.quality), s.options.type, image.width, image.height)

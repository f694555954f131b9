"""Pictures as pixels, by Pillow: stitching strips, encoding, thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from pagelapse.capture.jobs import Crop, ThumbnailSize
from pagelapse.capture.options import ImageType
from pagelapse.capture.result import MEDIA_TYPES, File

DEFAULT_QUALITY = {"jpeg": 80, "webp": 80, "avif": 60}
"""When the caller leaves it open: Chromium's own for JPEG and WebP screenshots, and about as true in AVIF."""

AVIF_SPEED = 8
"""Of 10. Below it a picture takes seconds, above it more bytes than WebP (docs/adr/0038)."""

MOST_NOISE = 6
"""Of 255: how far the values of a channel may lie apart in a picture of one colour."""

Image.MAX_IMAGE_PIXELS = 200_000_000
"""Device px. Pillow refuses at twice this as a decompression bomb; our own pictures end at 150 million."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A PNG and the row of the whole picture it begins at, device px."""

    body: bytes
    top: int


def stitch(strips: Sequence[Strip]) -> Image.Image:
    """Paste strips under each other; they are decoded one at a time, so memory holds one picture and one strip."""
    with Image.open(BytesIO(strips[-1].body)) as last:
        width, height = last.width, strips[-1].top + last.height
    whole = Image.new("RGB", (width, height), "white")
    for strip in strips:
        with Image.open(BytesIO(strip.body)) as part:
            whole.paste(part.convert("RGB"), (0, strip.top))
    return whole


def give_back() -> None:
    """Return the memory of pixels that are gone: glibc keeps it in pieces, 150 MB after a few tall pictures.

    malloc_trim(3) is glibc's; where there is another C library, nothing is kept and nothing is done.
    """
    import ctypes  # what few captures need

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def encode(image: Image.Image, image_type: ImageType, quality: int | None) -> bytes:
    """Encode pixels; PNG at zlib level 6, WebP at method 2, which costs a quarter of Pillow's default."""
    out = BytesIO()
    if image_type == "png":
        image.save(out, "PNG", compress_level=6)
        return out.getvalue()
    quality = quality or DEFAULT_QUALITY[image_type]
    if image_type == "webp":
        from PIL import WebPImagePlugin  # noqa: F401  # or Pillow imports each of its forty formats

        image.save(out, "WEBP", quality=quality, method=2)
    elif image_type == "avif":
        from PIL import AvifImagePlugin  # noqa: F401

        image.save(out, "AVIF", quality=quality, speed=AVIF_SPEED, subsampling="4:4:4")
    else:
        image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def encode_again(png: bytes, image_type: ImageType, quality: int | None) -> bytes:
    """The same picture in another format."""
    with Image.open(BytesIO(png), formats=("PNG",)) as image:
        return encode(image.convert("RGB"), image_type, quality)


def is_uniform(body: bytes) -> bool:
    """Whether a picture has a single colour, but for what lossy formats do to it; `False` for what is no picture."""
    try:
        with Image.open(BytesIO(body), formats=("JPEG", "PNG", "WEBP", "AVIF")) as image:
            image.draft("RGB", (image.width // 4, image.height // 4))
            plain = image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")
            return all(high - low <= MOST_NOISE for low, high in _extrema(plain))
    except (OSError, Image.DecompressionBombError):
        return False


def _extrema(image: Image.Image) -> list[tuple[int, int]]:
    """The least and the greatest value of each band, without a copy of any."""
    found: Any = image.getextrema()
    return list(found) if isinstance(found[0], tuple) else [found]


def first_frame(body: bytes) -> bytes | None:
    """The first frame of an animated picture, as PNG; `None` when it does not move or is no picture."""
    try:
        with Image.open(BytesIO(body), formats=("GIF", "WEBP", "PNG", "AVIF")) as image:
            if not getattr(image, "is_animated", False):
                return None
            out = BytesIO()
            image.convert("RGBA").save(out, "PNG", compress_level=1)
            return out.getvalue()
    except Exception:  # noqa: BLE001 - a damaged picture makes Pillow raise whatever it meets
        return None


def thumbnail(body: bytes, size: ThumbnailSize) -> File:
    """A smaller picture in the same format, made as `size` says; only filling a box ever enlarges.

    Raises:
        ValueError: When `body` is no picture that Chromium makes, or nothing of it lies in the part to be cut out.
    """
    try:
        with Image.open(BytesIO(body), formats=("JPEG", "PNG", "WEBP", "AVIF")) as image:
            return _resized(image, size)
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError("no JPEG, PNG, WebP or AVIF picture") from error


def _resized(image: Image.Image, size: ThumbnailSize) -> File:
    image_type = _type_of(image)
    if size.crop is None and size.percent is None and not size.fill:
        image.draft("RGB", _box(image, size))
    part = _cropped(image, size.crop).convert("RGB")
    if size.percent is not None:
        part = _scaled(part, size.percent / 100)
    box = _box(part, size)
    if size.fill:
        small = ImageOps.fit(part, box, Image.Resampling.LANCZOS, centering=(0.5, 0))
    else:
        small = ImageOps.contain(part, _never_larger(part, box), Image.Resampling.LANCZOS)
    extension = "jpg" if image_type == "jpeg" else image_type
    body = encode(small, image_type, None)
    return File(body, MEDIA_TYPES[image_type], extension, small.width, small.height)


def _box(image: Image.Image, size: ThumbnailSize) -> tuple[int, int]:
    return size.width or image.width, size.height or image.height


def _cropped(image: Image.Image, crop: Crop | None) -> Image.Image:
    if crop is None:
        return image
    right, bottom = min(crop.right or image.width, image.width), min(crop.bottom or image.height, image.height)
    if crop.left >= right or crop.top >= bottom:
        raise ValueError("the part to be cut out lies beyond the picture")
    return image.crop((crop.left, crop.top, right, bottom))


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(size, Image.Resampling.LANCZOS)


def _never_larger(image: Image.Image, box: tuple[int, int]) -> tuple[int, int]:
    return min(box[0], image.width), min(box[1], image.height)


def _type_of(image: Image.Image) -> ImageType:
    types: dict[str | None, ImageType] = {"PNG": "png", "WEBP": "webp", "AVIF": "avif"}
    return types.get(image.format, "jpeg")

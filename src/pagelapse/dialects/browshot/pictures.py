"""Browshot's answers that are pictures."""

from __future__ import annotations

from fastapi.responses import RedirectResponse, Response

from pagelapse import services as composition
from pagelapse.capture.jobs import ThumbnailSize
from pagelapse.dialects.answers import SAFE_HEADERS, target_headers
from pagelapse.dialects.browshot.errors import describe, not_found_picture
from pagelapse.errors import CaptureError, InvalidOption, JobNotFound, JobPending
from pagelapse.records import Order
from pagelapse.services.order_pictures import result_of


def picture_response(order: Order, size: ThumbnailSize | None) -> Response:
    """The screenshot or its thumbnail; 404 with the not-found picture while or when there is none.

    Raises:
        InvalidOption: When the part to be cut out lies beyond the screenshot.
    """
    try:
        return _picture(order, size)
    except (JobPending, JobNotFound, CaptureError) as error:
        return not_found_picture(describe(error))


def _picture(order: Order, size: ThumbnailSize | None) -> Response:
    result = result_of(order)
    file = result.file
    if size is not None:
        _check_crop(size, file.width or 1, file.height or 1)
        file = composition.order_pictures().thumbnail(order, size)
    headers = {**SAFE_HEADERS, "Cache-Control": "private, max-age=3600", **target_headers(result.target)}
    body = composition.order_pictures().body(file)
    if body is None:
        return RedirectResponse(composition.order_pictures().link(file), 302, headers=headers)
    return Response(body, media_type=file.media_type, headers=headers)


def _check_crop(size: ThumbnailSize, width: int, height: int) -> None:
    if size.crop is None:
        return
    for name, edge, limit in (("left", size.crop.left, width), ("top", size.crop.top, height)):
        if edge >= limit:
            raise InvalidOption(f"lies beyond the screenshot, which ends at {limit}", option=name)

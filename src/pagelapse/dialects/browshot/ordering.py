"""From Browshot's parameters to an order."""

from __future__ import annotations

from dataclasses import replace

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.adapters.http import HttpError
from pagelapse.dialects.browshot.catalog import DEFAULT_INSTANCE, Instance, find_instance, instance_for_screen
from pagelapse.dialects.browshot.params import CreateParams, OrderParams
from pagelapse.dialects.browshot.picture_params import HostParams
from pagelapse.dialects.browshot.values import screen
from pagelapse.errors import ExportFailed, InvalidOption
from pagelapse.records import Account, Order, PictureCopy, PictureExport
from pagelapse.services.exports import destination
from pagelapse.services.orders import Placed

MAX_SCRIPT_BYTES = 150_000
_SCRIPT_TIMEOUT_S = 5.0


def place(caller: Caller, params: CreateParams) -> Placed:
    """Find the screenshot that is asked for in the cache, or order it; raises as `Orders.place`."""
    instance = chosen_instance(caller, params.instance_id, params.screen)
    return place_on(caller, params, params.url, instance, script_of(params))


def place_on(caller: Caller, params: OrderParams, url: str, instance: Instance, script: str | None) -> Placed:
    """The same for a page and an instance; raises likewise."""
    check_hosting(params)
    placed = _placed(caller, params, url, instance, script, params.cache)
    hosted = params.hosted()
    if hosted is None or not placed.found:
        return placed
    if placed.order.picture is None:
        # It is under way, and its copies are settled.
        return _placed(caller, params, url, instance, script, 0)
    try:
        host_now(caller.account, placed.order, hosted)
    except ExportFailed:
        composition.order_pictures().remember_copy(placed.order, PictureCopy(wishes=hosted.wishes()))
    return replace(placed, order=composition.orders().get(placed.order.account_id, placed.order.number))


def host_now(account: Account, order: Order, params: HostParams) -> str:
    """The address of a finished screenshot or its thumbnail, copied there if need be.

    Raises:
        ExportFailed: The bucket's owner does not let us.
        JobNotFound, CaptureError: When there is no picture, or no thumbnail of it can be made.
    """
    pictures, size = composition.order_pictures(), params.thumbnail()
    file = pictures.original(order) if size is None else pictures.thumbnail(order, size)
    url = pictures.link(file)
    if params.hosting == "s3":
        name = params.file or f"{order.number}{file_name(params.width, params.height, params.scale)}"
        url = composition.exports().export(account, file, destination(params.bucket or "", name))
    pictures.remember_copy(order, PictureCopy(wishes=params.wishes(), url=url))
    return url


def _placed(
    caller: Caller, params: OrderParams, url: str, instance: Instance, script: str | None, max_age_s: int
) -> Placed:
    hosted = params.hosted()
    return composition.orders().place(
        caller,
        params.options(url, instance, script),
        params.wishes(url, instance),
        max_age_s=max_age_s,
        thumbnail=hosted.thumbnail() if hosted else None,
        export=_export(params),
        alike=("instance_id",),
    )


def chosen_instance(caller: Caller, number: int | None, screen_text: str | None) -> Instance:
    """The instance of a number; without one, that of the screen, and without both the default one.

    Raises:
        InvalidOption: When the account has no such instance.
    """
    if number is None and screen_text:
        return instance_for_screen(*screen(screen_text))
    found = find_instance(caller.account.account_id, DEFAULT_INSTANCE if number is None else number)
    if found is None:
        raise InvalidOption("Instance not found", option="instance_id")
    return found


def script_of(params: OrderParams) -> str | None:
    """The text of the JavaScript file.

    Raises:
        InvalidOption: When it can't be read.
    """
    if not params.script:
        return None
    try:
        answer = composition.http_client().get(params.script, max_bytes=MAX_SCRIPT_BYTES, timeout_s=_SCRIPT_TIMEOUT_S)
        if answer.status != 200:
            raise InvalidOption(f"could not be read: its server answered {answer.status}", option="script")
        return answer.body.decode()
    except HttpError as error:
        raise InvalidOption(f"could not be read: {error}", option="script") from None
    except UnicodeDecodeError:
        raise InvalidOption("could not be read: it is not UTF-8", option="script") from None


def check_hosting(params: OrderParams) -> None:
    """Refuse a place that can't be; raises `InvalidOption`."""
    if params.hosting != "s3":
        return
    if not params.hosting_bucket:
        raise InvalidOption("is needed with hosting=s3", option="hosting_bucket")
    check_destination(params.hosting_bucket, params.hosting_file or "a", "hosting_")


def check_destination(bucket: str, file: str, prefix: str = "") -> None:
    """Refuse a bucket or a file name that can't be; raises `InvalidOption`."""
    try:
        destination(bucket, file)
    except InvalidOption as error:
        name = "file" if error.option == "name" else "bucket"
        raise InvalidOption(error.message, option=prefix + name) from None


def file_name(width: int | None, height: int | None, scale: float | None) -> str:
    """What follows the number in a hosted file's name: `-640-480.png`, as in the vendor's example."""
    parts = [str(part) for part in (width, height, scale and f"{scale:g}") if part]
    return "".join(f"-{part}" for part in parts) + ".png"


def _export(params: OrderParams) -> PictureExport | None:
    hosted = params.hosted()
    if hosted is None or hosted.hosting != "s3":
        return None
    return PictureExport(
        wishes=hosted.wishes(),
        bucket=hosted.bucket or "",
        name=hosted.file,
        suffix=file_name(hosted.width, hosted.height, hosted.scale),
    )

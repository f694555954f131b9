"""Captures: taken while somebody waits or later, kept, listed and deleted; and pictures for `<img>`."""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects import answers
from pagelapse.dialects.answers import snap_headers
from pagelapse.dialects.native.access import BASE, answer, identified, success
from pagelapse.dialects.native.batches import batch_capture
from pagelapse.dialects.native.pages import page_params, page_response
from pagelapse.dialects.native.params import CaptureParams, PictureParams, options_of, own_params, shown
from pagelapse.dialects.native.problems import error_response, internal_error
from pagelapse.dialects.native.watches import watch_capture
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidOption, InvalidPage, InvalidSignature, JobNotFound, PagelapseError, capture_error
from pagelapse.observability import log_url
from pagelapse.records import Order
from pagelapse.services.order_documents import Document, capture_document
from pagelapse.services.orders import number_of
from pagelapse.signatures import check_signature

router = APIRouter(prefix=BASE)
_SIGNATURE = b"&signature="


@router.get("/picture", operation_id="getPicture")
async def picture(request: Request) -> Response:
    """Capture a page and answer with the picture itself."""
    return await answers.guarded(request, lambda: _picture(request), error_response, internal_error)


async def _picture(request: Request) -> Response:
    """The key is judged first, though its lookup already fetches the capture's record."""
    parameters = await read_parameters(request)
    asked = _asked(parameters)
    digest = None if isinstance(asked, PagelapseError) else asked[1].digest()
    caller = identified(request, parameters, digest=digest)
    if isinstance(asked, PagelapseError):
        raise asked
    params, options = asked
    note(request.scope, target=log_url(options.url))
    if caller.must_sign:
        signed = await _signed_text(request)
        check_signature(caller.account, signed, params.signature, sign=_sign, option="signature")
    snap = composition.services().snaps.snap(
        caller, options, ttl_s=params.max_age, thumbnail=params.thumbnail, resized=params.thumbnail is not None
    )
    note(request.scope, job_id=snap.picture.job_id, source=snap.source, shortfall=snap.picture.shortfall)
    headers = snap_headers(snap) | {"Cache-Control": f"private, max-age={snap.max_age_s}"}
    if snap.body is None:
        return RedirectResponse(snap.link, HTTPStatus.FOUND, headers=headers)
    return Response(snap.body, media_type=snap.file.media_type, headers=headers)


def _asked(parameters: Parameters) -> tuple[PictureParams, CaptureOptions] | PagelapseError:
    try:
        params, given = own_params(PictureParams, parameters)
        if "html" in given:
            raise InvalidOption("is for POST /captures only", option="html")
        return params, options_of(given)
    except InvalidOption as error:
        return error


async def _signed_text(request: Request) -> str:
    """What the signature must be of: the query before it. Nothing may come after it, nor in a body."""
    signed, _, signature = request.scope["query_string"].rpartition(_SIGNATURE)
    if b"&" in signature or await request.body():
        raise InvalidSignature("The signature must be the query's last parameter.", option="signature")
    return str(signed.decode(errors="replace"))


def _sign(secret_token: str, text: str) -> str:
    return hmac.new(secret_token.encode(), text.encode(), hashlib.sha256).hexdigest()


@router.post("/captures", operation_id="createCapture")
async def create(request: Request) -> Response:
    """Take a capture and keep it."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        params, given = own_params(CaptureParams, parameters)
        options = options_of(given)
        note(request.scope, target=log_url(options.url))
        placed = composition.prompt_captures().capture(
            caller,
            options,
            {"url": options.url or "", "request": shown(given)},
            max_age_s=params.max_age,
            wait_s=params.wait,
            thumbnail=params.thumbnail,
            webhook=params.webhook,
        )
        note(request.scope, job_id=placed.order.job_id)
        return _response(placed.order, waited=params.wait > 0, found=placed.found)

    return await answer(request, handle)


@router.get("/captures", operation_id="listCaptures")
async def list_captures(request: Request) -> Response:
    """The account's captures, newest first; those of watches and batches are listed there."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        limit, after = page_params(parameters)
        if after is not None and not after.isdecimal():
            raise InvalidPage("is none that this list gave as next", option="cursor")
        before = None if after is None else int(after)
        found = composition.orders().recent(caller.account.account_id, limit + 1, before=before)
        return page_response(found, limit, lambda order: str(order.number), _document)

    return await answer(request, handle)


@router.get("/captures/{capture_id}", operation_id="getCapture")
async def get(request: Request, capture_id: str) -> Response:
    """One capture: one by itself, a watch's, or a batch's."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        order = _order(caller, capture_id)
        if order is not None:
            return success(_document(order))
        return success(batch_capture(caller, capture_id) or watch_capture(caller, capture_id))

    return await answer(request, handle)


@router.delete("/captures/{capture_id}", operation_id="deleteCapture")
async def delete(request: Request, capture_id: str) -> Response:
    """Delete a capture's files and what it tells of the page."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        order = _order(caller, capture_id)
        if order is None:
            raise JobNotFound("There is no such capture in this account.")
        composition.order_pictures().erase(order, ("picture", "url", "metadata"), ("url", "request", "webhook"))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return await answer(request, handle)


def _order(caller: Caller, capture_id: str) -> Order | None:
    number = number_of(capture_id) if len(capture_id) == 36 else None
    if number is None:
        return None
    order = composition.orders().get(caller.account.account_id, number)
    return order if order.job_id == capture_id else None


def _response(order: Order, *, waited: bool, found: bool) -> Response:
    """The capture as far as it has come; whoever waited for one that failed is told as of any other failure."""
    if order.failure is not None and waited:
        raise capture_error(order.failure.code, order.failure.message, option=order.failure.option)
    status = HTTPStatus.ACCEPTED if order.pending else HTTPStatus.OK if found else HTTPStatus.CREATED
    return success(_document(order), status, location=f"{BASE}/captures/{order.job_id}")


def _document(order: Order) -> Document:
    return capture_document(order, composition.order_pictures().link)

"""Comparisons: what was found between a watch's captures, and any two captures or pages on demand."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import JsonValue

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.comparing import comparing_of
from pagelapse.dialects.native.access import BASE, answer, success
from pagelapse.dialects.native.pages import page_params, page_response
from pagelapse.dialects.native.params import CompareParams, options_of, own_params
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import CannotCompare, InvalidOption, JobNotFound
from pagelapse.monitoring.comparisons import Comparing, Comparison
from pagelapse.monitoring.listings import FIRST, Page, record_key
from pagelapse.monitoring.visual_notices import numbers
from pagelapse.services.comparisons import WAIT_S, Compared, Comparisons, Side
from pagelapse.services.order_documents import Document, iso_time
from pagelapse.services.orders import number_of

COMPARE_S = 6.0
"""Of the request's time, kept for the comparison itself."""

router = APIRouter(prefix=BASE)


@router.post("/comparisons", operation_id="createComparison")
async def create(request: Request) -> Response:
    """Compare two captures, or two pages, which are captured for it."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        params, given = own_params(CompareParams, parameters)
        comparing = comparing_of(params.compare) or Comparing()
        started = time.monotonic()
        before, after = (
            _side(caller, name, params, given, comparing, spent_s=time.monotonic() - started)
            for name in ("before", "after")
        )
        left_s = max(1.0, WAIT_S - (time.monotonic() - started))
        found = composition.comparisons().compare(before, after, comparing.settings, wait_s=left_s)
        return success(_compared(found, composition.comparisons()))

    return await answer(request, handle)


@router.get("/watches/{watch_id}/comparisons", operation_id="listWatchComparisons")
async def list_watch_comparisons(request: Request, watch_id: str) -> Response:
    """What was found between a watch's captures, newest first."""
    return await _comparisons(request, watch_id)


@router.get("/comparisons", operation_id="listComparisons")
async def list_comparisons(request: Request) -> Response:
    """The changes that were found between captures of any watch, newest first."""
    return await _comparisons(request, None)


async def _comparisons(request: Request, watch_id: str | None) -> Response:
    def handle(caller: Caller, parameters: Parameters) -> Response:
        limit, beyond = page_params(parameters)
        page = Page(limit=limit + 1, beyond=beyond or FIRST)
        comparisons = composition.comparisons()
        if watch_id is None:
            found = comparisons.of_account(caller, page)
        else:
            found = comparisons.of_configuration(caller, watch_id, page)
        return page_response(found, limit, record_key, lambda each: comparison_document(each, comparisons))

    return await answer(request, handle)


def _side(
    caller: Caller, name: str, params: CompareParams, given: dict[str, Any], comparing: Comparing, *, spent_s: float
) -> Side:
    """A capture of the caller's, or one taken now of a page; raises as either, naming the parameter."""
    text = getattr(params, name)
    if "://" not in text:
        return _capture(caller, name, text)
    if "url" in given or "html" in given:
        raise InvalidOption("contradicts before and after", option="url" if "url" in given else "html")
    try:
        options = comparing.options(options_of({**given, "url": text}))
    except InvalidOption as error:
        raise type(error)(error.message, option=name if error.option == "url" else error.option) from None
    known = composition.captures().find(caller.account.account_id, options.digest())
    snap = composition.services().snaps.snap(
        replace(caller, record=known), options, ttl_s=params.max_age, want_bytes=False, reserve_s=COMPARE_S + spent_s
    )
    return replace(Side.of(snap.picture), job_id=None)


def _capture(caller: Caller, name: str, capture_id: str) -> Side:
    try:
        number = number_of(capture_id) if len(capture_id) == 36 else None
        if number is None:
            return Side.of(composition.configurations().screenshot(caller, capture_id))
        order = composition.orders().get(caller.account.account_id, number)
    except JobNotFound as error:
        raise JobNotFound(error.message, option=name) from None
    if order.job_id != capture_id:
        raise JobNotFound("There is no such capture in this account.", option=name)
    picture = order.picture
    if picture is None:
        raise CannotCompare("has no picture", option=name)
    return Side(order.job_id, picture.file, picture.taken_at_ms, picture.text, picture.ignored)


def _compared(found: Compared, comparisons: Comparisons) -> Document:
    def side(each: Side) -> Document:
        return _side_document(each.job_id, each.taken_at_ms, each.file.key, comparisons)

    return {
        "object": "comparison",
        "verdict": "changed" if found.difference.changed else "same",
        "watch": None,
        "before": side(found.before),
        "after": side(found.after),
        **numbers(found.difference),
        "diff": found.diff_link,
        "text": found.text.model_dump(mode="json") if found.text else None,
        "seen_in": None,
    }


def comparison_document(found: Comparison, comparisons: Comparisons) -> Document:
    """A recorded comparison."""
    before: JsonValue = None
    if found.against_job_id is not None:
        before = _side_document(found.against_job_id, found.against_taken_at_ms or 0, found.against_key, comparisons)
    return {
        "object": "comparison",
        "verdict": found.verdict,
        "watch": found.configuration_id,
        "before": before,
        "after": _side_document(found.job_id, found.taken_at_ms, found.key, comparisons),
        **(numbers(found.difference) if found.difference else {}),
        "diff": comparisons.link(found.diff_key) if found.diff_key else None,
        "text": found.text.model_dump(mode="json") if found.text else None,
        "seen_in": found.seen_in_job_id,
    }


def _side_document(capture_id: str | None, taken_at_ms: int, key: str | None, comparisons: Comparisons) -> Document:
    link = comparisons.link(key) if key else None
    return {"capture": capture_id, "taken_at": iso_time(taken_at_ms), "url": link}
